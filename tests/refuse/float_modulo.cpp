// refuse: weft: operator% does not take these element types \(its rule is integral\)
// As in C++; fmod is the remainder of floats.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

auto rest(const weft::tensor<float>& x) {
#ifdef WEFT_REFUSE
  return x % 2;
#else
  return fmod(x, 2);
#endif
}
