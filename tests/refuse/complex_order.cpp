// refuse: weft: operator< does not take these element types \(its rule is ordering\)
// Complex numbers have no order.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

auto smaller(const weft::tensor<std::complex<double>>& a, const weft::tensor<double>& b) {
#ifdef WEFT_REFUSE
  return a < b;
#else
  return abs(a) < b;
#endif
}
