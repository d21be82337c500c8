// weft/cpu/reduce_each.hpp: kernels of the other reductions: a user's callable, which joins one
// element after the other; one whose results are finished by a function; and a stored
// sub-expression, which joins nothing.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cpu/reduce_loop.hpp"

namespace weft::kernel {

template <class F, class T, class Form, int Slots>
struct reduce<reductions::folded<F, T>, Form, Slots> {
  using R = reductions::folded<F, T>;
  using S = compute_t<T>;
  static constexpr int N = std::max(lanes_of<Form>::value, lane::count_for<S>);
  using read = reader<Form, S, Slots, N>;

  static S join(const void* self, S x, S y) {
    return static_cast<S>(static_cast<const R*>(self)->join(x, y));
  }

  static void along(const tile& t, const void* self, void* states, const places&) {
    for_each_row<Slots>(t, [&](void* const* data, index_t r) {
      S& s = static_cast<S*>(states)[r];
      read::in_batches(t, data, 1, [&](index_t first, const S* x, index_t count) {
        if (first == 0) s = x[0];
        for (index_t i = first == 0; i < count; ++i) s = join(self, s, x[i]);
      });
    });
  }
  static void across(const tile& t, const void* self, void* to, const places&) {
    for_each_row<Slots>(t, [&](void* const* data, index_t r) {
      read::in_batches(t, data, 1, [&](index_t first, const S* x, index_t count) {
        S* const states = static_cast<S*>(to) + first;
        for (index_t i = 0; i < count; ++i) states[i] = r == 0 ? x[i] : join(self, states[i], x[i]);
      });
    });
  }
  static void segments(const tile& t, const void* self, void* to, index_t length) {
    auto* states = static_cast<S*>(to);
    read::in_batches(t, t.data, length, [&](index_t, const S* x, index_t count) {
      for (; count > 0; count -= length, x += length) {
        *states = x[0];
        for (index_t i = 1; i < length; ++i) *states = join(self, *states, x[i]);
        ++states;
      }
    });
  }
  static void combine(const void* self, void* to, const void* later, index_t count) {
    for (index_t i = 0; i < count; ++i) {
      S& x = static_cast<S*>(to)[i];
      x = join(self, x, static_cast<const S*>(later)[i]);
    }
  }
  static void finish(const void* self, void* results, const void* states, index_t count) {
    for (index_t i = 0; i < count; ++i)
      static_cast<S*>(results)[i] =
          join(self, static_cast<const R*>(self)->init, static_cast<const S*>(states)[i]);
  }
  static void empty(const void* self, void* to, index_t count) {
    std::fill_n(static_cast<S*>(to), count, static_cast<const R*>(self)->init);
  }

  static constexpr auto code =
      kernel::joined(program<Form>::code, one_instruction{{{.spelling = R::name,
                                                            .arity = 1,
                                                            .type = dtype_of<S>,
                                                            .cost = call_cost::in_kernels,
                                                            .call = &call_cost_of<F>,
                                                            .is_call = true}}});
  static constexpr reducer functions{along,  across, segments,  combine,
                                     finish, empty,  sizeof(S), false};
  static constexpr stage what = operand_stage<Form, Slots>(code, N, false);
};

template <class R, class F, class Form, int Slots>
struct reduce<reductions::finished<R, F>, Form, Slots> : reduce<R, Form, Slots> {
  using before = reduce<R, Form, Slots>;
  using S = typename before::S;

  static void finish(const void* self, void* results, const void* states, index_t count) {
    const F f = self ? static_cast<const reductions::finished<R, F>*>(self)->f : F{};
    const auto* const from = static_cast<const S*>(states);
    auto* const to = static_cast<S*>(results);
    if constexpr (lane::has_batch<S>) {
      constexpr index_t step = lane::batch<S>::size;
      index_t i = 0;
      for (; i + step <= count; i += step) f(lane::batch<S>::load(from + i)).store(to + i);
      if (i == count) return;
      S rest[step];  // in a register too, so that equal sums become equal results
      std::fill_n(rest, step, from[i]);
      std::copy_n(from + i, count - i, rest);
      f(lane::batch<S>::load(rest)).store(rest);
      std::copy_n(rest, count - i, to + i);
    } else {
      for (index_t i = 0; i < count; ++i) to[i] = S(f(from[i]));
    }
  }
  static void empty(const void* self, void* to, index_t count) {
    before::empty(self, to, count);
    finish(self, to, to, count);
  }

  static constexpr auto code =
      kernel::joined(before::code, one_instruction{{{F::name, 1, dtype_of<S>, 0}}});
  static constexpr reducer functions{
      before::along,   before::across, before::segments,
      before::combine, finish,         R::has_empty ? empty : nullptr,
      sizeof(S),       false,          false,
      sizeof(F)};
  static constexpr stage what = operand_stage<Form, Slots>(code, before::N, lane::has_batch<S>);
};

template <class Form, int Slots>
struct reduce<reductions::store, Form, Slots> {
  using R = reductions::store;
  using S = compute_t<typename element<Form>::type>;
  static constexpr int N = std::max(lanes_of<Form>::value, lane::count_for<S>);
  using read = reader<Form, S, Slots, N>;

  [[gnu::flatten]] static void across(const tile& t, const void*, void* states, const places&) {
    auto* to = static_cast<S*>(states);
    for_each_row<Slots>(t, [&](void* const* data, index_t) {
      const read x(t, data);
      const index_t n = t.columns;
      index_t i = 0;
      fetcher ahead(t, data);
      for (; i + 2 * N <= n; i += 2 * N) {
        ahead.fetch<2 * N * sizeof(S)>(i * index_t(sizeof(S)));
        const auto first = x.at(i), second = x.at(i + N);
        lane::store(to + i, first);
        lane::store(to + i + N, second);
      }
      if (i + N <= n) lane::store(to + i, x.at(i)), i += N;
      if (const index_t rest = n - i; rest > 0 && n >= N) {
        lane::store(to + n - N, x.at(n - N));
      } else if (rest > 0) {
        const lane::array<S, N> few = lane::to_array(read::few(t, data, i, rest));
        std::copy_n(few.v, rest, to + i);
      }
      to += n;
    });
  }
  static void empty(const void*, void*, index_t) {}

  static constexpr auto code =
      kernel::joined(program<Form>::code, one_instruction{{{R::name, 1, dtype_of<S>, 1}}});
  // One element at most is along a row, and there are never two states to join.
  static constexpr reducer functions{across, across,    nullptr, nullptr, nullptr,
                                     empty,  sizeof(S), false,   true};
  static constexpr stage what = operand_stage<Form, Slots>(code, N, false);
};

}  // namespace weft::kernel
