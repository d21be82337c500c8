// refuse: no matching function for call to 'where
// where has one form: a condition and two values.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

auto positive(const weft::tensor<float>& x) {
#ifdef WEFT_REFUSE
  return where(x > 0, x);
#else
  return where(x > 0, x, 0);
#endif
}
