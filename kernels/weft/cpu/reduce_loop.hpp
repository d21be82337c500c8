// weft/cpu/reduce_loop.hpp: the kernels of a reduction, instantiated for each form of operand. Like
// the fused loop they see contiguous pointers and lengths; which axis is which is the planner's
// business. Two shapes of loop: along a row, with several chains of lanes, and across rows, with a
// row of states that stays in the L1 cache and some rows joined at each visit. In both the order in
// which elements are joined depends on the tile alone.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include "weft/cpu/lane_fold.hpp"
#include "weft/cpu/loop.hpp"
#include "weft/reduction.hpp"

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

/// The kernels of reduction R of an operand of this form.
template <class R, class Form, int Slots>
struct reduce {
  using T = typename element<Form>::type;
  using S = typename R::template state<T>;
  static constexpr int N = std::max(lanes_of<Form>::value, lane::count_for<S>);
  using lanes = lane::lanes<S, N>;
  using read = reader<Form, S, Slots, N>;
  using plain = reader<Form, S, Slots, N, reads::whole>;  // where no operand is one element

  static S join(S x, S y) { return op::evaluate<typename R::join>(x, y); }
  static lanes join(const lanes& x, const lanes& y) { return lane::apply<typename R::join>(x, y); }
  static constexpr S identity = R::template identity<S>();
  // One of the elements, which may as well be looked at twice.
  static constexpr bool is_choice =
      std::same_as<typename R::join, op::maximum> || std::same_as<typename R::join, op::minimum>;
  static constexpr bool is_larger =
      std::same_as<typename R::join, op::maximum> || std::same_as<typename R::join, op::fmax>;

  // The lanes of one value, halves joined; HasNan: they may be NaN.
  template <bool HasNan = true>
  static S fold(const lanes& x) {
    if constexpr (lane::has_batch<S>)
      return fold_vector<lanes::size, HasNan>(one_register(x).raw.data);
    lane::array<S, N> a = lane::to_array(x);
    for (int half = N / 2; half > 0; half /= 2)
      for (int k = 0; k < half; ++k) a.v[k] = join(a.v[k], a.v[k + half]);
    return a.v[0];
  }
  // A vector of the compiler's, whose halves are as wide as they need to be.
  template <int Size, bool HasNan, class V>
  static S fold_vector(const V& x) {
    if constexpr (Size == 1) {
      return x[0];
    } else {
      constexpr int half = Size / 2;
      return [&]<int... K>(std::integer_sequence<int, K...>) {
        return fold_vector<half, HasNan>(joined_vectors<HasNan>(
            __builtin_shufflevector(x, x, K...), __builtin_shufflevector(x, x, (K + half)...)));
      }(std::make_integer_sequence<int, half>());
    }
  }
  template <bool HasNan, class V>
  static V joined_vectors(const V& x, const V& y) {
    using way = typename R::join;
    constexpr bool skips_nan = std::same_as<way, op::fmin> || std::same_as<way, op::fmax>;
    if constexpr (std::same_as<way, op::add>) {
      return x + y;
    } else if constexpr (std::same_as<way, op::multiply>) {
      return x * y;
    } else {
      const auto better = is_larger ? x > y : x < y;
      if constexpr (HasNan) return better | (skips_nan ? y != y : x != x) ? x : y;
      return better ? x : y;
    }
  }

  static constexpr int U = read::unrolled;

  // The first Half chains joined with the others, until one is left. Written out, as their loops
  // are, so that chains stay in registers.
  template <int Half>
  static lanes joined_halves(lanes* chain) {
    if constexpr (Half > 0) {
      [&]<int... K>(std::integer_sequence<int, K...>) {
        ((chain[K] = join(chain[K], chain[K + Half])), ...);
      }(std::make_integer_sequence<int, Half>());
      return joined_halves<Half / 2>(chain);
    }
    return chain[0];
  }

  // The elements of a row in the lanes of one value.
  template <class Read>
  static lanes lanes_of_row(const tile& t, void* const* data) {
    const index_t n = t.columns;
    const Read x(t, data);
    const lanes none = lane::broadcast<N>(identity);
    lanes sum = none;
    index_t i = 0;
    if (n >= U * N) {
      [&]<int... K>(std::integer_sequence<int, K...>) {
        lanes chain[] = {x.at(K * N)...};
        for (i = U * N; i + U * N <= n; i += U * N)
          ((chain[K] = join(chain[K], x.at(i + K * N))), ...);
        sum = joined_halves<U / 2>(chain);
      }(std::make_integer_sequence<int, U>());
    }
    for (; i + N <= n; step_on(i, N)) sum = join(sum, x.at(i));
    if (i == n) return sum;
    if constexpr (is_choice)
      if (n >= N) return join(sum, x.at(n - N));
    const int rest = int(n - i);
    // Lanes that end at the last element, less those that were there before.
    const lanes last = n >= N ? only<S, N>(x.at(n - N), N - rest, N, identity)
                              : only<S, N>(Read::few(t, data, i, rest), 0, rest, identity);
    return join(sum, last);
  }
  template <class Read>
  static S row(const tile& t, void* const* data) {
    return fold(lanes_of_row<Read>(t, data));
  }

  // Of the larger and the smaller of floats processors know half: their own lose NaN.
  static constexpr bool loses_nan = lane::has_batch<S> && is_cheap<Form> && is_choice;
  static lane::batch<S> choose_one(const lane::batch<S>& x, const lane::batch<S>& y)
    requires loses_nan
  {
    if constexpr (is_larger)
      return larger(x, y);
    else
      return smaller(x, y);
  }

  // The best of a row of N or more; by row() if there may be NaN in it, which a sum keeps.
  template <class Read>
  static S choice_of_row(const tile& t, void* const* data) {
    constexpr int C = 4;
    const index_t n = t.columns;
    const Read x(t, data);
    const auto better = [](lanes& best, const lanes& v) {
      for (int k = 0; k < lanes::count; ++k) best.v[k] = choose_one(best.v[k], v.v[k]);
    };
    const auto plus = [](const lanes& a, const lanes& b) { return lane::apply<op::add>(a, b); };
    lanes best = x.at(0), sum = best;
    index_t i = N;
    if (n >= C * N) {
      const lanes second = x.at(N), third = x.at(2 * N), fourth = x.at(3 * N);
      lanes chain[] = {best, second, third, fourth};
      sum = plus(plus(best, second), plus(third, fourth));
      for (i = C * N; i + C * N <= n; step_on(i, C * N)) {
        const lanes v[] = {x.at(i), x.at(i + N), x.at(i + 2 * N), x.at(i + 3 * N)};
        better(chain[0], v[0]), better(chain[1], v[1]);
        better(chain[2], v[2]), better(chain[3], v[3]);
        sum = plus(sum, plus(plus(v[0], v[1]), plus(v[2], v[3])));
      }
      better(chain[0], chain[2]), better(chain[1], chain[3]), better(chain[0], chain[1]);
      best = chain[0];
    }
    const auto take = [&](const lanes& v) { better(best, v), sum = plus(sum, v); };
    for (; i + N <= n; step_on(i, N)) take(x.at(i));
    if (i < n) take(x.at(n - N));
    for (int k = 1; k < lanes::count; ++k) sum.v[0] = sum.v[0] + sum.v[k];
    return any(isnan(sum.v[0])) ? row<Read>(t, data) : fold<false>(best);
  }

  template <class Read>
  static S of_row(const tile& t, void* const* data) {
    if constexpr (loses_nan)
      if (t.columns >= N) return choice_of_row<Read>(t, data);
    return row<Read>(t, data);
  }
  template <class Read>
  static void rows(const tile& t, S* states) {
    if constexpr (lane::has_batch<S>) {
      if (t.columns >= N && t.columns <= longest_together) {
        for (index_t r = rows_together<Read>(t, states); r < t.rows; ++r)
          states[r] = row<Read>(t, pointers_of<Slots>(t, r).data());
        return;
      }
    }
    for_each_row<Slots>(t,
                        [&](void* const* data, index_t r) { states[r] = of_row<Read>(t, data); });
  }
  // Short rows, as many at a time as a register has lanes; how many they are.
  static constexpr index_t longest_together = (is_choice ? 3 : 4) * N;
  template <class Read>
  static index_t rows_together(const tile& t, S* states) {
    constexpr index_t size = lane::batch<S>::size;
    index_t r = 0;
    for (; r + size <= t.rows; r += size)
      lane::fold_in_order<S>(
          [&](int k) {
            return one_register(lanes_of_row<Read>(t, pointers_of<Slots>(t, r + k).data()));
          },
          joined_registers{})
          .store(states + r);
    return r;
  }
  struct joined_registers {
    auto operator()(const auto& x, const auto& y) const { return R::join::apply(x, y); }
  };
  static lane::batch<S> one_register(const lanes& x) {
    std::array<lane::batch<S>, lanes::count> v;
    std::copy_n(x.v, lanes::count, v.begin());
    for (std::size_t half = lanes::count / 2; half > 0; half /= 2)
      for (std::size_t k = 0; k < half; ++k) v[k] = R::join::apply(v[k], v[k + half]);
    return v[0];
  }

  [[gnu::flatten]] static void along(const tile& t, const void*, void* states, const places&) {
    if (holds<Form> && t.paces) return rows<read>(t, static_cast<S*>(states));
    rows<plain>(t, static_cast<S*>(states));
  }

  // Rows that are joined at each visit of the states: as many as there are pointers for.
  static constexpr int most_rows = Slots <= 2 ? 8 : 4;

  // Rows [r, r + K) of whole lanes into the states, which begin with them when r is 0. Meanwhile
  // those that are so many elements further on are fetched.
  template <class Read, int K>
  static void pass(const tile& t, index_t r, S* states, index_t whole, index_t further) {
    const auto x = readers_of<Read, Slots, K>(t, r);
    for (index_t i = 0; i < whole; i += N) {
      asm("" : "+r"(further));  // compilers would make two loops of this one
      if (K > 1 && further != 0)
        for (const Read& row : x) row.fetch(i + further);
      const lanes sum = joined(x, [&](const Read& row) { return row.at(i); });
      lane::store(states + i, r == 0 ? sum : join(lane::load<S, N>(states + i), sum));
    }
  }
  template <class Read, std::size_t K, class At>
  static lanes joined(const std::array<Read, K>& x, At at) {
    const auto four = [&](std::size_t k) {
      return join(join(at(x[k]), at(x[k + 1])), join(at(x[k + 2]), at(x[k + 3])));
    };
    if constexpr (K == 8)
      return join(four(0), four(4));
    else if constexpr (K == 4)
      return four(0);
    else
      return at(x[0]);
  }

  // The columns from `first` on in one value of lanes, in the order of pass().
  template <class At>
  static lanes strip(const tile& t, At at) {
    lanes sum = lane::broadcast<N>(identity);
    index_t r = 0;
    const auto next = [&](const lanes& x) { sum = r == 0 ? x : join(sum, x); };
    const auto four = [&](index_t k) {
      return join(join(at(k), at(k + 1)), join(at(k + 2), at(k + 3)));
    };
    if constexpr (most_rows == 8)
      for (; r + 8 <= t.rows; r += 8) next(join(four(r), four(r + 4)));
    for (; r + 4 <= t.rows; r += 4) next(four(r));
    for (; r < t.rows; ++r) next(at(r));
    return sum;
  }

  // Rows whose elements are all in the L1 cache, K at a time, in the order of pass(): a value of
  // lanes after the other, which stays in its register from the first row to the last.
  template <class Read, int K>
  static void columns(const tile& t, index_t rows, S* states, index_t whole) {
    index_t step[Slots];
    for (int s = 0; s < Slots; ++s) step[s] = K * t.row_step[s];
    for (index_t i = 0; i < whole; i += N) {
      auto x = readers_of<Read, Slots, K>(t, 0);
      const auto all = [&] { return joined(x, [&](const Read& row) { return row.at(i); }); };
      lanes sum = all();
      for (index_t r = K; r < rows; r += K) {
        for (Read& row : x) row.advance(step);
        sum = join(sum, all());
      }
      lane::store(states + i, sum);
    }
  }

  template <class Read>
  static void passes(const tile& t, S* states, index_t whole) {
    constexpr index_t near = 16384;  // bytes
    const index_t further = elements_ahead<Form>(t);
    index_t r = 0;
    if constexpr (is_cheap<Form>)
      if (t.rows >= most_rows && t.rows * whole * index_t(sizeof(T)) * Slots <= near) {
        r = t.rows - t.rows % most_rows;
        columns<Read, most_rows>(t, r, states, whole);
      }
    if constexpr (most_rows == 8)
      for (; r + 8 <= t.rows; r += 8) pass<Read, 8>(t, r, states, whole, further);
    for (; r + 4 <= t.rows; r += 4) pass<Read, 4>(t, r, states, whole, further);
    for (; r < t.rows; ++r) pass<Read, 1>(t, r, states, whole, 0);
  }

  [[gnu::flatten]] static void across(const tile& t, const void*, void* to, const places&) {
    auto* states = static_cast<S*>(to);
    const index_t n = t.columns, whole = n - n % N;
    if (holds<Form> && t.paces)
      passes<read>(t, states, whole);
    else
      passes<plain>(t, states, whole);
    if (whole == n) return;
    if (n >= N) {  // those that pass() has done come out the same
      lane::store(states + n - N, strip(t, [&](index_t row) {
                    return read(t, pointers_of<Slots>(t, row).data()).at(n - N);
                  }));
      return;
    }
    const lane::array<S, N> few = lane::to_array(strip(
        t, [&](index_t row) { return read::few(t, pointers_of<Slots>(t, row).data(), 0, n); }));
    std::copy_n(few.v, n, states);
  }

  static void segments(const tile& t, const void*, void* to, index_t length) {
    auto* states = static_cast<S*>(to);
    read::in_batches(t, t.data, length, [&](index_t, const S* x, index_t count) {
      states = fold_each(x, count / length, length, states);
    });
  }
  static S* fold_each(const S* x, index_t count, index_t length, S* states) {
    if constexpr (lane::has_batch<S>)
      if (length >= 5) {
        lane::fold_rows(x, count, length, identity, states, joined_registers{});
        return states + count;
      }
    const auto by = [&](auto l) {
      for (index_t k = 0; k < count; ++k, x += l) {
        S sum = x[0];
        for (index_t i = 1; i < l; ++i) sum = join(sum, x[i]);
        *states++ = sum;
      }
    };
    switch (length) {  // a length that the compiler knows, where a loop would cost the most
      case 2:
        by(std::integral_constant<index_t, 2>());
        break;
      case 3:
        by(std::integral_constant<index_t, 3>());
        break;
      case 4:
        by(std::integral_constant<index_t, 4>());
        break;
      default:
        by(length);
    }
    return states;
  }

  static void combine(const void*, void* to, const void* later, index_t count) {
    auto* x = static_cast<S*>(to);
    const auto* y = static_cast<const S*>(later);
    index_t i = 0;
    for (; i + N <= count; i += N)
      lane::store(x + i, join(lane::load<S, N>(x + i), lane::load<S, N>(y + i)));
    for (; i < count; ++i) x[i] = join(x[i], y[i]);
  }
  static void empty(const void*, void* to, index_t count) {
    std::fill_n(static_cast<S*>(to), count, identity);
  }

  static constexpr auto code = kernel::joined(
      program<Form>::code, one_instruction{{{R::name, 1, dtype_of<S>, cost<typename R::join, S>}}});
  static constexpr reducer functions{
      along, across, segments, combine, nullptr, R::has_empty ? empty : nullptr, sizeof(S), false};
  static constexpr stage what{.program = code,
                              .count = Slots,
                              .cost = cost_of(code),
                              .lanes = N,
                              .holds = holds<Form>,
                              .folds_rows = lane::has_batch<S>};
};

}  // namespace weft::kernel
