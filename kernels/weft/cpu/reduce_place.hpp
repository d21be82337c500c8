// weft/cpu/reduce_place.hpp: kernels of argmin and argmax. Along a row the best value comes first,
// as for min and max, and its place from a second look at the tile, which is in the cache; across
// rows each column keeps its best value and the number of its row, in lanes of the same type.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstring>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/reduce_loop.hpp"

namespace weft::kernel {

/// Rows shorter than a run that follow one another, N or more at a time as columns: f(r, x, pitch,
/// n) for the n rows from r on, where x[i * pitch + k] is element i of the one number k, and lanes
/// beyond them are no elements.
template <int N, class S, class F>
void in_columns(const S* rows, index_t count, index_t length, F f) {
  constexpr index_t size = sizeof(S), room = std::max<index_t>(1024, shortest_run * N);
  alignas(64) S x[std::size_t(room)] = {};
  const index_t pitch = std::max<index_t>(room / length / N * N, N);
  for (index_t r = 0; r < count; r += pitch) {
    const index_t n = std::min(pitch, count - r);
    copy_block(sizeof(S), reinterpret_cast<std::byte*>(x), {pitch * size, size},
               reinterpret_cast<const std::byte*>(rows + r * length), {size, length * size}, length,
               n);
    f(r, static_cast<const S*>(x), pitch, n);
  }
}

template <class Choice, class Form, int Slots>
struct reduce<reductions::arg<Choice>, Form, Slots> {
  using R = reductions::arg<Choice>;
  using S = typename R::template state<typename element<Form>::type>;
  static constexpr int N = std::max(lanes_of<Form>::value, lane::count_for<S>);
  using lanes = lane::lanes<S, N>;
  using read = reader<Form, S, Slots, N>;
  using best = reduce<Choice, Form, Slots>;
  static constexpr bool smallest = std::same_as<Choice, reductions::min>;

  struct state {
    S value;
    index_t place;
  };

  static bool is_nan(S x) { return x != x; }
  // Without branches, which random elements would take at random.
  static int beats(S x, S y) { return int(!is_nan(y)) & int(!(smallest ? y <= x : x <= y)); }
  static int beats(const state& x, const state& y) {
    return beats(x.value, y.value) | (int(x.place < y.place) & ~beats(y.value, x.value));
  }

  // Which of these lanes have the value, one bit each.
  static std::uint64_t with(const lanes& x, const lanes& value, bool nan) {
    return (nan ? lane::apply<op::not_equal>(x, x) : lane::apply<op::equal>(x, value)).bits;
  }
  static index_t place_of(const tile& t, void* const* data, S value) {
    const lanes wanted = lane::broadcast<N>(value);
    const bool nan = is_nan(value);
    const read x(t, data);
    index_t i = 0;
    for (; i + N <= t.columns; i += N)
      if (const std::uint64_t found = with(x.at(i), wanted, nan))
        return i + std::countr_zero(found);
    if (i == t.columns) return t.columns - 1;
    const std::uint64_t found = with(read::few(t, data, i, t.columns - i), wanted, nan);
    return std::min<index_t>(i + std::countr_zero(found), t.columns - 1);
  }

  [[gnu::flatten]] static void along(const tile& t, const void*, void* states, const places& p) {
    for_each_row<Slots>(t, [&](void* const* data, index_t r) {
      const auto value = S(best::template of_row<typename best::read>(t, data));
      static_cast<state*>(states)[r] = {value, p.first + r * p.row + place_of(t, data, value)};
    });
  }

  // A column's best value with the number of its row, which a tile has few enough of for any type.
  struct column {
    lanes value, row;

    void visit(const lanes& x, const lanes& r) {
      if constexpr (lane::has_batch<S>) {
        for (int k = 0; k < lanes::count; ++k) {
          const auto y = value.v[k];
          // Not "x is larger": a NaN in x counts too, one in y has been there before.
          const auto m = !(smallest ? y <= x.v[k] : x.v[k] <= y) && y == y;
          value.v[k] = choose(m, x.v[k], y);
          row.v[k] = choose(m, r.v[k], row.v[k]);
        }
      } else {
        for (int k = 0; k < N; ++k) {
          const bool m = smallest ? x.v[k] < value.v[k] : value.v[k] < x.v[k];
          row.v[k] = m ? r.v[k] : row.v[k];
          value.v[k] = m ? x.v[k] : value.v[k];
        }
      }
    }
  };

  template <class At>
  static void strip(const tile& t, state* to, index_t count, const places& p, At at) {
    column c{at(0), lane::broadcast<N>(S(0))};
    for (index_t r = 1; r < t.rows; ++r) c.visit(at(r), lane::broadcast<N>(S(r)));
    write(c, to, count, p);
  }
  static void write(const column& c, state* to, index_t count, const places& p) {
    const lane::array<S, N> value = lane::to_array(c.value), row = lane::to_array(c.row);
    for (index_t k = 0; k < count; ++k) to[k] = {value.v[k], p.first + index_t(row.v[k]) * p.row};
  }

  // The better one of two columns, of which the first one's rows come first; neither has a NaN.
  static column better(const column& x, const column& y)
    requires best::loses_nan
  {
    column result;
    for (int k = 0; k < lanes::count; ++k) {
      const auto &v = x.value.v[k], &w = y.value.v[k];
      result.value.v[k] = best::better_one(v, w);
      result.row.v[k] = choose(smallest ? w < v : v < w, y.row.v[k], x.row.v[k]);
    }
    return result;
  }
  // Of rows [First, First + K), halves compared with one another, as many at a time as there are.
  template <int K, int First = 0>
  static column best_of(const lanes* x, const lanes* number) {
    if constexpr (K == 1)
      return {x[First], number[First]};
    else
      return better(best_of<K / 2, First>(x, number), best_of<K / 2, First + K / 2>(x, number));
  }

  template <int K>
  static lanes sum_of(const lanes* x) {
    if constexpr (K == 1)
      return *x;
    else
      return lane::apply<op::add>(sum_of<K / 2>(x), sum_of<K / 2>(x + K / 2));
  }

  // What a pass reads and writes: columns [first, first + count) of a tile, each one's best value
  // and its row.
  struct strip_of_columns {
    const tile& t;
    index_t first, count, further;  // elements that are so many further on are fetched
    S *value, *row;
  };
  // Rows [r, r + K), with which columns begin when r is 0; numbers are those of the rows. Returns a
  // sum which is NaN if one of the elements is, where that has to be known.
  template <bool HasNan, int K>
  static lanes pass(const strip_of_columns& c, index_t r) {
    const auto x = readers_of<read, Slots, K>(c.t, r);
    lanes number[K], sum = lane::broadcast<N>(S(0));
    for (int k = 0; k < K; ++k) number[k] = lane::broadcast<N>(S(r + k));
    index_t further = c.further;
    for (index_t i = 0; i < c.count; i += N) {
      asm("" : "+r"(further));  // compilers would make two loops of this one
      if (K > 1 && further != 0)
        for (const read& each : x) each.fetch(c.first + i + further);
      lanes v[K];
      for (int k = 0; k < K; ++k) v[k] = x[std::size_t(k)].at(c.first + i);
      column all{v[0], number[0]};
      if (r > 0) all = {lane::load<S, N>(c.value + i), lane::load<S, N>(c.row + i)};
      if constexpr (HasNan) {
        for (int k = r > 0 ? 0 : 1; k < K; ++k) all.visit(v[k], number[k]);
      } else {
        const column next = best_of<K>(v, number);
        all = r > 0 ? better(all, next) : next;
        sum = lane::apply<op::add>(sum, sum_of<K>(v));
      }
      // As if elsewhere: compilers would store a choice among what is there by its mask, slowly.
      S* row = c.row + i;
      asm("" : "+r"(row));
      lane::store(c.value + i, all.value);
      lane::store(row, all.row);
    }
    return sum;
  }
  // All rows. False if there may be a NaN and HasNan is not.
  template <bool HasNan>
  static bool passes(const strip_of_columns& c) {
    lanes sum = lane::broadcast<N>(S(0));
    const auto add = [&](const lanes& x) {
      if constexpr (!HasNan) sum = lane::apply<op::add>(sum, x);
    };
    index_t r = 0;
    for (; r + 4 <= c.t.rows; r += 4) add(pass<HasNan, 4>(c, r));
    for (; r < c.t.rows; ++r) add(pass<HasNan, 1>(c, r));
    if constexpr (!HasNan) return lane::apply<op::not_equal>(sum, sum).bits == 0;
    return true;
  }

  [[gnu::flatten]] static void across(const tile& t, const void*, void* states, const places& p) {
    constexpr index_t room = 1024;
    alignas(64) S value[room], row[room];
    auto* const to = static_cast<state*>(states);
    const index_t whole = t.columns - t.columns % N, further = elements_ahead<Form>(t);
    for (index_t first = 0; first < whole; first += room) {
      const strip_of_columns c{t, first, std::min(room, whole - first), further, value, row};
      bool has_nan = true;
      if constexpr (best::loses_nan) has_nan = !passes<false>(c);
      if (has_nan) passes<true>(c);
      for (index_t i = 0; i < c.count; ++i)
        to[first + i] = {value[i], p.first + index_t(row[i]) * p.row};
    }
    const index_t rest = t.columns - whole;
    if (rest == 0) return;
    strip(t, to + whole, rest, p,
          [&](index_t r) { return read::few(t, pointers_of<Slots>(t, r).data(), whole, rest); });
  }

  static void segments(const tile& t, const void*, void* to, index_t length) {
    auto* states = static_cast<state*>(to);
    read::in_batches(t, t.data, length, [&](index_t, const S* x, index_t count) {
      if constexpr (lane::has_batch<S>)
        if (length > 4) return void(states = find_each(x, count / length, length, states));
      states = visit_each(x, count / length, length, states);
    });
  }
  // Of rows that follow one another, first the best values, then where they are.
  static state* find_each(const S* x, index_t count, index_t length, state* states)
    requires lane::has_batch<S>
  {
    constexpr index_t room = 256, size = lane::batch<S>::size;
    S values[room];
    const S* const end = x + count * length;
    while (count > 0) {
      const index_t n = std::min(room, count);
      best::fold_each(x, n, length, values);
      for (index_t r = 0; r < n; ++r, x += length) {
        // A register may reach beyond the row: what is there comes after it.
        const lane::batch<S> value(values[r]);
        index_t i = 0;
        std::uint64_t found = 0;
        do {
          if (end - x < i + size) break;
          found = lane::to_bits(lane::batch<S>::load(x + i) == value);
        } while (found == 0 && (i += size) < length);
        *states++ = {values[r],
                     found ? i + std::countr_zero(found) : place_in(x, length, values[r])};
      }
      count -= n;
    }
    return states;
  }
  // Of a NaN, or in the last rows.
  [[gnu::noinline]] static index_t place_in(const S* row, index_t length, S value) {
    index_t i = 0;
    while (i + 1 < length && (is_nan(value) ? !is_nan(row[i]) : row[i] != value)) ++i;
    return i;
  }
  static state* visit_each(const S* x, index_t count, index_t length, state* states) {
    in_columns<N>(x, count, length, [&](index_t, const S* columns, index_t pitch, index_t n) {
      for (index_t k = 0; k < n; k += N, columns += N) {
        column c{lane::load<S, N>(columns), lane::broadcast<N>(S(0))};
        for (index_t i = 1; i < length; ++i)
          c.visit(lane::load<S, N>(columns + i * pitch), lane::broadcast<N>(S(i)));
        write(c, states, std::min<index_t>(N, n - k), {0, 1});
        states += std::min<index_t>(N, n - k);
      }
    });
    return states;
  }

  static void combine(const void*, void* to, const void* later, index_t count) {
    auto* x = static_cast<state*>(to);
    const auto* y = static_cast<const state*>(later);
    for (index_t i = 0; i < count; ++i) {
      const state* const either[] = {x + i, y + i};
      x[i] = *either[beats(y[i], x[i])];
    }
  }
  static void finish(const void*, void* results, const void* states, index_t count) {
    for (index_t i = 0; i < count; ++i) {
      const std::int64_t place = static_cast<const state*>(states)[i].place;
      std::memcpy(static_cast<std::byte*>(results) + std::size_t(i) * sizeof place, &place,
                  sizeof place);
    }
  }

  static constexpr auto code =
      kernel::joined(program<Form>::code, one_instruction{{{R::name, 1, dtype::int64, 2}}});
  static constexpr reducer functions{along,  across,  segments,      combine,
                                     finish, nullptr, sizeof(state), true};
  static constexpr stage what = operand_stage<Form, Slots>(code, N, lane::has_batch<S>);
};

}  // namespace weft::kernel
