// weft/cpu/reduce_loop.hpp: the kernels of a reduction, instantiated for each form of operand. Like
// the fused loop they see contiguous pointers and lengths; which axis is which is the planner's
// business. Two shapes of loop: along a row, with several chains of lanes, and across rows, with a
// row of states that stays in the L1 cache and some rows joined at each visit. In both the order in
// which elements are joined depends on the tile alone; that of extremes on NaN in it, too, which
// only the sign of a zero can tell.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include "weft/cpu/lane_fold.hpp"
#include "weft/cpu/reduce_read.hpp"
#include "weft/reduction.hpp"

namespace weft::kernel {

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

  // The elements of a row, N or more, in the lanes of one value.
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
    const lanes last = x.at(n - N);  // less those lanes that were there before, unless one may win
    return join(sum, is_choice ? last : only<S, N>(last, N - int(n - i), N, identity));
  }
  template <class Read>
  static S row(const tile& t, void* const* data) {
    const index_t n = t.columns;
    if (n >= N) return fold(lanes_of_row<Read>(t, data));
    return fold(only<S, N>(Read::few(t, data, 0, n), 0, int(n), identity));
  }

  // Of the larger and the smaller of floats processors know half: a NaN that meets one of their own
  // is kept until the next one does, and has to be seen before.
  static constexpr bool loses_nan = lane::has_batch<S> && is_cheap<Form> && is_choice;
  static lane::batch<S> better_one(const lane::batch<S>& x, const lane::batch<S>& y)
    requires loses_nan
  {
    if constexpr (is_larger)
      return larger(x, y);
    else
      return smaller(x, y);
  }
  static void take_better(lanes& best, const lanes& x) {
    for (int k = 0; k < lanes::count; ++k) best.v[k] = better_one(best.v[k], x.v[k]);
  }
  static auto nan_in(const lanes& x, const lanes& y) {
    auto all = lane::nan_in(x.v[0], y.v[0]);
    for (int k = 1; k < lanes::count; ++k) all = all || lane::nan_in(x.v[k], y.v[k]);
    return all;
  }
  // Four chains, and whether one of them has met NaN.
  static auto nan_in_four(const lanes* best) {
    return nan_in(best[0], best[1]) || nan_in(best[2], best[3]);
  }
  static const lanes& best_of_four(lanes* best) {
    take_better(best[0], best[2]), take_better(best[1], best[3]);
    take_better(best[0], best[1]);
    return best[0];
  }

  // The best of a row of N or more; by row() if there is NaN in it.
  template <class Read>
  static S choice_of_row(const tile& t, void* const* data) {
    const index_t n = t.columns;
    const Read x(t, data);
    lanes best = x.at(0);
    auto nan = nan_in(best, best);
    index_t i = N;
    if (n >= 4 * N) {
      lanes chain[] = {best, x.at(N), x.at(2 * N), x.at(3 * N)};
      nan = nan_in_four(chain);
      for (i = 4 * N; i + 4 * N <= n; step_on(i, 4 * N)) {
        take_better(chain[0], x.at(i)), take_better(chain[1], x.at(i + N));
        take_better(chain[2], x.at(i + 2 * N)), take_better(chain[3], x.at(i + 3 * N));
        nan = nan || nan_in_four(chain);
      }
      best = best_of_four(chain);
    }
    const auto take = [&](const lanes& v) {
      take_better(best, v);
      nan = nan || nan_in(best, best);
    };
    for (; i + N <= n; step_on(i, N)) take(x.at(i));
    if (i < n) take(x.at(n - N));
    return any(nan) ? row<Read>(t, data) : fold<false>(best);
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
    [[gnu::always_inline]] auto operator()(const auto& x, const auto& y) const {
      return R::join::apply(x, y);
    }
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

  // Rows whose elements are all in the L1 cache, K at a time, in the order of pass(): a few values
  // of lanes, from column i on, which stay in their registers from the first row to the last.
  template <class Read, int K, int... W>
  static void columns(const tile& t, index_t rows, S* states, index_t i,
                      std::integer_sequence<int, W...>) {
    index_t step[Slots];
    for (int s = 0; s < Slots; ++s) step[s] = K * t.row_step[s];
    auto x = readers_of<Read, Slots, K>(t, 0);
    const auto all = [&](int w) {
      return joined(x, [&](const Read& row) { return row.at(i + w * N); });
    };
    lanes sum[] = {all(W)...};
    for (index_t r = K; r < rows; r += K) {
      for (Read& row : x) row.advance(step);
      ((sum[W] = join(sum[W], all(W))), ...);
    }
    (lane::store(states + i + W * N, sum[W]), ...);
  }
  // The best of one value of lanes; false if there may be NaN in it.
  template <class Read>
  static bool choice_of_columns(const tile& t, index_t rows, S* states, index_t i) {
    index_t step[Slots];
    for (int s = 0; s < Slots; ++s) step[s] = 4 * t.row_step[s];
    auto x = readers_of<Read, Slots, 4>(t, 0);
    lanes best[] = {x[0].at(i), x[1].at(i), x[2].at(i), x[3].at(i)};
    auto nan = nan_in_four(best);
    for (index_t r = 4; r < rows; r += 4) {
      for (Read& row : x) row.advance(step);
      take_better(best[0], x[0].at(i)), take_better(best[1], x[1].at(i));
      take_better(best[2], x[2].at(i)), take_better(best[3], x[3].at(i));
      nan = nan || nan_in_four(best);
    }
    if (any(nan)) return false;
    lane::store(states + i, best_of_four(best));
    return true;
  }

  template <class Read>
  static void passes(const tile& t, S* states, index_t whole) {
    constexpr index_t near = 16384;  // bytes
    const index_t further = elements_ahead<Form>(t);
    index_t r = 0;
    if constexpr (is_cheap<Form>)
      if (t.rows >= most_rows && t.rows * whole * index_t(sizeof(T)) * Slots <= near) {
        r = t.rows - t.rows % most_rows;
        index_t i = 0;
        if constexpr (loses_nan)
          while (i < whole && choice_of_columns<Read>(t, r, states, i)) i += N;
        for (; i + 2 * N <= whole; i += 2 * N)
          columns<Read, most_rows>(t, r, states, i, std::integer_sequence<int, 0, 1>());
        if (i < whole) columns<Read, most_rows>(t, r, states, i, std::integer_sequence<int, 0>());
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
  static constexpr stage what = operand_stage<Form, Slots>(code, N, lane::has_batch<S>);
};

}  // namespace weft::kernel
