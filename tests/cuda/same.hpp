// tests/cuda/same.hpp: tensors to try things on, and whether two have the same elements.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <string>

#include "weft/weft.hpp"

namespace cuda_tests {

/// Whether two expressions have the same elements, wherever they are.
template <class A, class B>
bool same(const A& a, const B& b) {
  const auto x = weft::copy(a).to(weft::cpu);
  const auto y = weft::copy(b).to(weft::cpu);
  if (!(x.shape() == y.shape())) return false;
  if (x.dtype() == y.dtype() && x.size() > 0 &&
      std::memcmp(x.data(), y.data(), std::size_t(x.size()) * weft::size_of(x.dtype())) == 0)
    return true;
  for (weft::index_t i = 0; i < x.size(); ++i)
    if (!(x.data()[i] == y.data()[i])) return false;
  return true;
}

/// Small whole numbers, so that sums and products are exact in every type.
template <class T = float>
weft::tensor<T> counting(const weft::shape& s, int from = 1) {
  weft::tensor<T> x(s);
  for (weft::index_t i = 0; i < x.size(); ++i) x.data()[i] = T(int(i % 11) + from);
  return x;
}

/// What f() throws, in words.
template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const weft::error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace cuda_tests
