// refuse: weft: max does not take complex elements
// There is no largest one of complex numbers.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

auto largest(const weft::tensor<std::complex<double>>& a) {
#ifdef WEFT_REFUSE
  return weft::max(a, 0);
#else
  return weft::max(abs(a), 0);
#endif
}
