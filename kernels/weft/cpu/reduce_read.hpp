// weft/cpu/reduce_read.hpp: how the kernels of a reduction get the elements of their operand: row
// by row, as lanes of what they are reduced in.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "weft/cpu/lane_fold.hpp"
#include "weft/cpu/loop.hpp"

namespace weft::kernel {

/// The rows of a tile, one after another: f(data, row).
template <int Slots, class F>
void for_each_row(const tile& t, F f) {
  void* of_this_row[std::size_t(Slots)];
  void* const* data = t.data;
  for (index_t row = 0;; data = of_this_row) {
    f(data, row);
    if (++row == t.rows) return;
    for (int s = 0; s < Slots; ++s)
      of_this_row[s] = static_cast<std::byte*>(data[s]) + t.row_step[s];
  }
}

/// The pointers of row `r`.
template <int Slots>
std::array<void*, std::size_t(Slots)> pointers_of(const tile& t, index_t r) {
  std::array<void*, std::size_t(Slots)> p;
  for (int s = 0; s < Slots; ++s)
    p[std::size_t(s)] = static_cast<std::byte*>(t.data[s]) + r * t.row_step[s];
  return p;
}

/// x in lanes [first, last), `other` in the rest.
template <class S, int N>
lane::lanes<S, N> only(const lane::lanes<S, N>& x, int first, int last, S other) {
  if constexpr (lane::has_batch<S>) {
    constexpr int size = lane::lanes<S, N>::size;
    alignas(64) static constexpr auto numbers = [] {
      std::array<S, size> a{};
      for (int k = 0; k < size; ++k) a[std::size_t(k)] = S(k);
      return a;
    }();
    lane::lanes<S, N> result;
    for (int k = 0; k < lane::lanes<S, N>::count; ++k) {
      const auto number = lane::batch<S>::load(numbers.data());
      const lane::batch<S> from(S(first - k * size)), to(S(last - k * size));
      result.v[k] = choose(number >= from && number < to, x.v[k], lane::batch<S>(other));
    }
    return result;
  } else {
    lane::array<S, N> a = lane::to_array(x);
    for (int k = 0; k < N; ++k)
      if (k < first || k >= last) a.v[k] = other;
    return lane::from_array<S, N>(a.v);
  }
}

/// Whether an operand of this form may have one element for a whole row; one alone would be all
/// that there is.
template <class Form>
inline constexpr bool holds = operands<Form> >= 2 && operands<Form> <= 4;

/// Whether an element is hardly any work beside reading it.
template <class Form>
inline constexpr bool is_cheap = code_of<Form>.size <= 10;

/// The stage of an operand of this form, of which a reduction takes so many lanes at a time.
template <class Form, int Slots>
constexpr stage operand_stage(std::span<const instruction> code, int lanes, bool folds_rows) {
  return {.program = code,
          .count = Slots,
          .cost = cost_of(code),
          .lanes = lanes,
          .holds = holds<Form>,
          .folds_rows = folds_rows};
}

/// How the elements of an operand of this form arrive, as lanes of S.
template <class Form, class S, int Slots, int N,
          reads How = holds<Form> ? reads::held : reads::whole>
struct reader {
  using lanes = lane::lanes<S, N>;
  // As many values as hide the latency of a join, fewer where an element is much work by itself.
  static constexpr int unrolled = holds<Form> || !is_cheap<Form> ? 4 : 8;
  part<Form, N, How> p;

  explicit reader(cursor c) : p(c) {}
  reader(const tile& t, void* const* data) : reader(cursor{data, t.paces}) {}
  lanes at(index_t i) const { return lane::convert<S>(p.at(i)); }
  void fetch(index_t i) const { p.fetch(i); }
  /// To a row further on, by so many bytes in each slot.
  void advance(const index_t* bytes) {
    row_steps r{bytes};
    p.advance(r);
  }

  /// Elements [i, i + count), fewer than N, in the first lanes; the others repeat the first, so
  /// that a callable never sees a value that is no element.
  [[gnu::noinline]] static lanes few(const tile& t, void* const* data, index_t i, index_t count) {
    cursor c{data, t.paces, 0, int(count)};
    return lane::convert<S>(part<Form, N, reads::first>(c).at(i));
  }

  /// f(first, elements, count) of some hundreds of a row's elements at a time, whole multiples of
  /// `length` of them.
  template <class F>
  static void in_batches(const tile& t, void* const* data, index_t length, F f) {
    if constexpr (std::same_as<Form, in<S>> && !std::same_as<S, bool>)
      if (reinterpret_cast<std::uintptr_t>(data[0]) % alignof(S) == 0)
        return f(index_t(0), static_cast<const S*>(data[0]), t.columns);
    constexpr index_t room = 1024;
    alignas(64) S buffer[std::size_t(room + N)];
    const reader x(t, data);
    const index_t step = std::max<index_t>(room / length, 1) * length;
    for (index_t first = 0; first < t.columns; first += step) {
      const index_t count = std::min(step, t.columns - first);
      index_t i = 0;
      for (; i + N <= count; i += N) lane::store(buffer + i, x.at(first + i));
      if (i < count)
        lane::store(buffer + i, first + i + N <= t.columns ? x.at(first + i)
                                                           : few(t, data, first + i, count - i));
      f(first, static_cast<const S*>(buffer), count);
    }
  }
};

/// Those of rows [r, r + K).
template <class Reader, int Slots, int K>
std::array<Reader, std::size_t(K)> readers_of(const tile& t, index_t r) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Reader, std::size_t(K)>{
        Reader(t, pointers_of<Slots>(t, r + index_t(I)).data())...};
  }(std::make_index_sequence<std::size_t(K)>());
}

/// What a tile says to fetch, as elements of its operands further on; 0 for nothing.
template <class Form>
index_t elements_ahead(const tile& t) {
  return t.ahead == 0 ? 0 : t.ahead / operand_bytes<Form>[std::size_t(t.ahead_slot)];
}

}  // namespace weft::kernel
