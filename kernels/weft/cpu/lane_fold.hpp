// weft/cpu/lane_fold.hpp: as many registers as one has lanes, folded together: each one's lanes
// become one lane of the result, by the steps of a transposition.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <utility>

#include "weft/cpu/lane_pace.hpp"

namespace weft::lane {

/// Every second unit of some elements, from the first or the second one on (Odd), of x and then of
/// y, block by block.
template <int Block, int Unit, bool Odd, class T>
batch<T> every_second_unit(const batch<T>& x, const batch<T>& y) {
  constexpr int size = batch<T>::size, half = Block / Unit / 2;
  return [&]<int... P>(std::integer_sequence<int, P...>) {
    constexpr auto from = [](int p) {
      const int unit = p % Block / Unit, number = unit % half * 2 + int(Odd);
      return p / Block * Block + number * Unit + p % Unit + (unit < half ? 0 : size);
    };
    const auto v = __builtin_shufflevector(x.raw.data, y.raw.data, from(P)...);
    return batch<T>(typename batch<T>::raw_type(v));
  }(std::make_integer_sequence<int, size>());
}

/// Elements of 16 bytes, within which every processor moves them in one step.
template <class T>
inline constexpr int near = 16 / int(sizeof(T));

/// Lane k of the result joins all lanes of row(k), each half with the other one until one is left.
/// Of rows `near` apart from number First on, so many of them, for so many numbers.
template <class T, int First = 0, int Numbers = near<T>, int Count = batch<T>::size / near<T>,
          class Row, class Join>
[[gnu::always_inline]] inline batch<T> fold_together(const Row& row, const Join& join) {
  constexpr int size = batch<T>::size, unit = size / (Numbers * Count);
  if constexpr (Numbers == 1 && Count == 1) {
    return row(First);
  } else {
    constexpr bool by_number = Numbers > 1;
    constexpr int block = by_number ? near<T> : size, numbers = by_number ? Numbers / 2 : 1,
                  count = by_number ? Count : Count / 2,
                  second = First + (by_number ? numbers : count * near<T>);
    const batch<T> x = fold_together<T, First, numbers, count>(row, join),
                   y = fold_together<T, second, numbers, count>(row, join);
    return join(every_second_unit<block, unit, false>(x, y),
                every_second_unit<block, unit, true>(x, y));
  }
}

/// The same of rows that are read in their order first: memory that is walked in another one takes
/// twice as long.
template <class T, class Row, class Join>
[[gnu::always_inline]] inline batch<T> fold_in_order(const Row& row, const Join& join) {
  return [&]<int... K>(std::integer_sequence<int, K...>) {
    const batch<T> all[] = {row(K)...};
    return fold_together<T>([&](int k) { return all[k]; }, join);
  }(std::make_integer_sequence<int, batch<T>::size>());
}

/// The first `count` lanes.
template <class T>
mask<T> first_lanes(index_t count) {
  alignas(64) static constexpr auto numbers = [] {
    std::array<T, std::size_t(batch<T>::size)> a{};
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = T(k);
    return a;
  }();
  return batch<T>::load(numbers.data()) < batch<T>(T(count));
}

/// Rows of `length` elements that follow one another, each joined: result k goes to results[k].
template <class T, class Join>
[[gnu::flatten]] void fold_rows(const T* x, index_t count, index_t length, T identity, T* results,
                                const Join& join) {
  constexpr index_t size = batch<T>::size;
  const index_t whole = (length - 1) / size * size, rest = length - whole;
  const mask<T> there = first_lanes<T>(rest);
  // Rows up to this one may be read with what lies beyond them.
  const index_t inside = (count * length - whole - size) / length;
  const auto joined = [&](const T* row, const batch<T>& last) {
    batch<T> all = choose(there, last, batch<T>(identity));
    for (index_t i = 0; i < whole; i += size) all = join(all, batch<T>::load(row + i));
    return all;
  };
  for (index_t r = 0; r < count; r += size) {
    const T* const first = x + r * length;
    if (r + size <= count && r + size - 1 <= inside) {
      const auto row = [&](int k) {
        const T* const p = first + k * length;
        return joined(p, batch<T>::load(p + whole));
      };
      fold_in_order<T>(row, join).store(results + r);
      continue;
    }
    const int n = int(std::min(size, count - r));
    const auto row = [&](int k) {
      const T* const p = first + std::min(k, n - 1) * length;
      return joined(p, load_first<T, int(size)>(p + whole, int(rest)).v[0]);
    };
    alignas(64) T few[size];
    fold_together<T>(row, join).store(few);
    std::copy_n(few, n, results + r);
  }
}

}  // namespace weft::lane
