// weft/cpu/lane_fold.hpp: as many registers as one has lanes, folded together: each one's lanes
// become one lane of the result, by the steps of a transposition.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "weft/cpu/lane_pace.hpp"
#include "weft/cpu/row.hpp"

namespace weft::lane {

/// Every second unit of some elements, from the first or the second one on (Odd), of x and then of
/// y, block by block.
template <int Block, int Unit, bool Odd, class T>
[[gnu::always_inline]] inline batch<T> every_second_unit(const batch<T>& x, const batch<T>& y) {
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
/// twice as long. All of it is inlined, or registers would be saved for each row.
template <class T, class Row, class Join, int... K>
[[gnu::always_inline]] inline batch<T> fold_in_order(const Row& row, const Join& join,
                                                     std::integer_sequence<int, K...>) {
  const batch<T> all[] = {row(K)...};
  return fold_together<T>([&](int k) { return all[k]; }, join);
}
template <class T, class Row, class Join>
[[gnu::always_inline]] inline batch<T> fold_in_order(const Row& row, const Join& join) {
  return fold_in_order<T>(row, join, std::make_integer_sequence<int, batch<T>::size>());
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

/// Rows of `length` elements that follow one another, `count` of them, as registers.
template <class T, class Join>
class short_rows {
  static constexpr index_t size = batch<T>::size;

 public:
  short_rows(const T* x, index_t count, index_t length, T identity, const Join& join)
      : x_(x),
        count_(count),
        length_(length),
        whole_((length - 1) / size * size),
        there_(first_lanes<T>(length - whole_)),
        identity_(identity),
        join_(join) {
    const index_t spare = count * length - whole_ - size;
    inside_ = spare < 0 ? 0 : spare / length + 1;
  }
  /// Rows before this one may be read with what lies beyond them.
  index_t inside() const { return inside_; }

  const T* first_of(index_t r) const { return x_ + r * length_; }

  /// All elements of a row before inside(), in the lanes of one register. `first` goes on to the
  /// next row, by a step that compilers do not see through: they would keep pointers to as many
  /// rows as are read together.
  [[gnu::always_inline]] batch<T> next_row(const T*& first) const {
    const T* const row = first;
    kernel::step_on(first, length_);
    return joined(row, batch<T>::load(row + whole_));
  }
  /// The same of any row; of the last one for those beyond it.
  batch<T> any_row(index_t r) const {
    r = std::min(r, count_ - 1);
    const T* first = first_of(r);
    if (r < inside_) return next_row(first);
    return joined(first, load_first<T, int(size)>(first + whole_, int(length_ - whole_)).v[0]);
  }

 private:
  [[gnu::always_inline]] batch<T> joined(const T* first, const batch<T>& last) const {
    batch<T> all = choose(there_, last, batch<T>(identity_));
    for (index_t i = 0; i < whole_; i += size) all = join_(all, batch<T>::load(first + i));
    return all;
  }

  const T* x_;
  index_t count_, length_, whole_, inside_;
  mask<T> there_;  // of a row's last register
  T identity_;
  const Join& join_;
};

/// Rows of `length` elements that follow one another, each joined: result k goes to results[k].
template <class T, class Join>
void fold_rows(const T* x, index_t count, index_t length, T identity, T* results,
               const Join& join) {
  constexpr index_t size = batch<T>::size;
  const short_rows<T, Join> rows(x, count, length, identity, join);
  index_t r = 0;
  for (const T* next = x; r + size <= rows.inside(); r += size)
    fold_in_order<T>([&](int) __attribute__((always_inline)) { return rows.next_row(next); }, join)
        .store(results + r);
  for (; r < count; r += size) {
    batch<T> all[size];
    for (index_t k = 0; k < size; ++k) all[k] = rows.any_row(r + k);
    alignas(64) T few[size];
    fold_together<T>([&](int k) { return all[k]; }, join).store(few);
    std::copy_n(few, std::min(size, count - r), results + r);
  }
}

}  // namespace weft::lane
