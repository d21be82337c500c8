// tests/unit/checked_callable.cpp: a callable in a tree compiles with g++'s -fsanitize=undefined,
// for which the address of a variable is no constant that could be compared with null.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/weft.hpp"

weft::tensor<float> checked_callable(const weft::tensor<float>& x) {
  return weft::sum(weft::map([](float v) { return v + 1; }, x), 0) * 2.0f;
}
