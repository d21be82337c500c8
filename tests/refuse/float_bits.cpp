// refuse: weft: operator\^ does not take these element types \(its rule is integral\)
// Floats have no bits to combine; pow is the power.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

auto square(const weft::tensor<double>& x) {
#ifdef WEFT_REFUSE
  return x ^ 2;
#else
  return pow(x, 2);
#endif
}
