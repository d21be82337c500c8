// tests/unit/checked_callable.cpp: trees with callables and with work that repeats compile with
// g++'s -fsanitize=undefined, for which no address is a constant that could be compared with null.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/weft.hpp"

weft::tensor<float> checked_callable(const weft::tensor<float>& x) {
  return weft::sum(weft::map([](float v) { return v + 1; }, x), 0) * 2.0f;
}
weft::tensor<float> checked_work(const weft::tensor<float>& x) {
  const auto centered = x - weft::max(x, -1, weft::keepdims);
  return weft::exp(centered) / weft::sum(weft::exp(centered), -1, weft::keepdims);
}
