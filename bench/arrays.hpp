// bench/arrays.hpp: the operands and outputs of a case: extents, and the values that every
// implementation gets, in row-major order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <type_traits>
#include <variant>
#include <weft/shape.hpp>

namespace bench {

using weft::index_t;

/// The extents of an operand or an output, and how many of its elements a case uses.
template <class T, std::size_t Rank>
struct described {
  std::array<index_t, Rank> extents;
  index_t used_elements;

  index_t size() const {
    index_t n = 1;
    for (const index_t extent : extents) n *= extent;
    return n;
  }
  double bytes() const { return double(used_elements) * double(sizeof(T)); }
  described used(index_t n) const { return {extents, n}; }
};
template <class T, std::same_as<index_t>... N>
described<T, sizeof...(N)> array(N... n) {
  return {{n...}, (n * ... * 1)};
}

/// Element number i of operand number k: floats in [0.1, 1.1), integers in [0, 1009). The period
/// is prime, so that rows of any length differ.
template <class T>
void fill(T* to, index_t n, int k) {
  constexpr int period = 1009;
  T values[period];
  for (int i = 0; i < period; ++i) {
    const int value = (i * 619 + 211 * k) % period;
    values[i] = std::is_integral_v<T> ? T(value) : T(0.1 + value * (1.0 / period));
  }
  for (index_t i = 0; i < n; i += period)
    std::copy_n(values, std::min<index_t>(period, n - i), to + i);
}

/// The elements of an output.
struct elements {
  std::variant<const float*, const double*> data;
  index_t size;
};

}  // namespace bench
