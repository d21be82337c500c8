// weft/cpu/loop.hpp: the fused loop, the only code that is instantiated for each expression.
// It sees contiguous pointers, a length and scalar values; layouts are the planner's business.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "weft/cpu/simd.hpp"
#include "weft/form.hpp"

namespace weft::kernel {

/// The pointers of one row, handed out in the order in which binder::push made the slots.
struct cursor {
  void* const* data;
  const index_t* row_step;
  index_t row;
  // While the last few elements of a row run in padded copies: where those copies are.
  std::byte* padded = nullptr;
  index_t first = 0, count = 0, lanes = 0;

  // Largest row of a padded copy: 64 lanes of 16 bytes.
  static constexpr std::size_t padded_bytes = 1024;

  template <class T>
  T* next() {
    std::byte* p = static_cast<std::byte*>(*data++) + row * *row_step++;
    if (!padded) return reinterpret_cast<T*>(p);
    std::byte* copy = std::exchange(padded, padded + padded_bytes);
    std::memset(copy, 0, std::size_t(lanes) * sizeof(T));
    std::memcpy(copy, p + first * index_t(sizeof(T)), std::size_t(count) * sizeof(T));
    return reinterpret_cast<T*>(copy);
  }
  const void* next_value() { return ++row_step, *data++; }
};

/// How one part of a kernel's form gives its lanes for elements i, i + 1, ...
template <class Form, int N>
struct part;

template <class T, int N>
struct part<in<T>, N> {
  const T* p;
  explicit part(cursor& c) : p(c.next<T>()) {}
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::load<T, N>(p + i)); }
};

template <class T, int N>
struct part<value<T>, N> {
  lane::lanes<compute_t<T>, N> v;
  explicit part(cursor& c)
      : v(lane::broadcast<N>(*static_cast<const compute_t<T>*>(c.next_value()))) {}
  const auto& at(index_t) const { return v; }
};

template <class Op, class... X, int N>
struct part<apply<Op, X...>, N> {
  std::tuple<part<X, N>...> x;
  // Braces, so that the operands take their pointers from left to right.
  explicit part(cursor& c) : x{part<X, N>(c)...} {}
  auto at(index_t i) const { return at(i, std::index_sequence_for<X...>()); }

 private:
  template <std::size_t... I>
  auto at(index_t i, std::index_sequence<I...>) const {
    return lane::apply<Op>(lane::convert<op::operand_t<Op, int(I), typename element<X>::type...>>(
        std::get<I>(x).at(i))...);
  }
};

template <class T, class X, int N>
struct part<apply<cast_to<T>, X>, N> {
  part<X, N> x;
  explicit part(cursor& c) : x(c) {}
  // Through T itself, so that a cast to a half rounds.
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::convert<T>(x.at(i))); }
};

template <class F, class R, class... X, int N>
struct part<call<F, R, X...>, N> {
  const called<F>* f;
  std::tuple<part<X, N>...> x;
  explicit part(cursor& c)
      : f(static_cast<const called<F>*>(c.next_value())), x{part<X, N>(c)...} {}
  auto at(index_t i) const {
    return std::apply([&](const auto&... p) { return each(lane::to_array(p.at(i))...); }, x);
  }

 private:
  template <class... A>
  auto each(const A&... a) const {
    lane::array<compute_t<R>, N> r;
    for (int k = 0; k < N; ++k) r.v[k] = static_cast<compute_t<R>>(f->function(a.v[k]...));
    return lane::from_array<compute_t<R>, N>(r.v);
  }
};

/// An output with what is written to it.
template <class T, class X, int N>
struct part<out<T, X>, N> {
  T* p;
  part<X, N> x;
  part(T* target, cursor& c) : p(target), x(c) {}
};

/// Lanes of a kernel: a register of the smallest type in its form that has 4 bytes or more.
template <class Form>
struct lanes_of;
template <class T>
struct lanes_of<in<T>> {
  static constexpr int value = lane::count_for<compute_t<T>>;
};
template <class T>
struct lanes_of<weft::kernel::value<T>> : lanes_of<in<T>> {};
template <class Op, class... X>
struct lanes_of<apply<Op, X...>> {
  static constexpr int value = std::max(
      {lanes_of<in<typename element<apply<Op, X...>>::type>>::value, lanes_of<X>::value...});
};
template <class F, class R, class... X>
struct lanes_of<call<F, R, X...>> {
  static constexpr int value = std::max({lanes_of<in<R>>::value, lanes_of<X>::value...});
};
template <class T, class X>
struct lanes_of<out<T, X>> {
  static constexpr int value = std::max(lanes_of<in<T>>::value, lanes_of<X>::value);
};

template <class... Out>
struct outputs {};

/// One row: whole steps of N lanes; then the rest, either as one more whole step that ends at the
/// last element, or, when an element must not be computed twice, in padded copies.
template <int Slots, int N, class... T, class... X>
void run_row(const tile& t, index_t row, outputs<out<T, X>...>) {
  constexpr auto count = sizeof...(T);
  const auto parts_from = [&](cursor& c) {
    const auto targets = std::tuple<T*...>{c.next<T>()...};
    return std::apply([&](T*... p) { return std::tuple<part<out<T, X>, N>...>{{p, c}...}; },
                      targets);
  };
  const index_t n = t.columns;
  cursor c{t.data, t.row_step, row};
  auto parts = parts_from(c);

  // Streamed stores need aligned addresses: one plain step first, then from the first aligned
  // element on. Outputs that are not aligned there are stored plainly.
  bool stream[count] = {};
  index_t aligned = 0;
  const bool streams = t.stream && n >= 4 * N;
  if (streams) {
    const auto address = [](const auto* p) { return reinterpret_cast<std::uintptr_t>(p); };
    const auto first = address(std::get<0>(parts).p);
    using First = std::tuple_element_t<0, std::tuple<T...>>;
    if (first % sizeof(First) == 0) aligned = index_t((64 - first % 64) % 64 / sizeof(First));
    const bool ready = std::apply(
        [&](const auto&... o) {
          bool* s = stream;
          ((*s++ = address(o.p + aligned) % 64 == 0 && N * sizeof(*o.p) % 64 == 0), ...);
          return stream[0];
        },
        parts);
    if (!ready) aligned = 0;
  }
  alignas(64) std::byte padded[std::size_t(Slots)][cursor::padded_bytes];
  index_t i = 0, stop = aligned > 0 ? N : n;
  index_t tail = -1;  // where the padded copies begin
  bool plain = aligned > 0;
  for (;;) {
    for (; i + N <= stop; i += N) {
      std::apply(
          [&](auto&... o) {
            // Everything is read before anything is written: an output may be an operand.
            const auto values = std::tuple{lane::convert<T>(o.x.at(i))...};
            const bool* s = stream;
            [&]<std::size_t... I>(std::index_sequence<I...>) {
              ((*s++ && !plain ? lane::stream(o.p + i, std::get<I>(values))
                               : lane::store(o.p + i, std::get<I>(values))),
               ...);
            }(std::index_sequence_for<T...>());
          },
          parts);
    }
    if (aligned > 0 && tail < 0) {  // the step before the aligned ones
      i = std::exchange(aligned, index_t(0));
      stop = n;
      plain = false;
      continue;
    }
    if (i == stop) break;
    plain = true;
    if (stop >= N && !t.in_place) {
      i = stop - N;
      continue;
    }
    cursor rest{t.data, t.row_step, row, padded[0], i, stop - i, N};
    parts = parts_from(rest);
    tail = std::exchange(i, index_t(0));
    stop = N;
  }
  if (tail >= 0) {
    cursor back{t.data, t.row_step, row};
    std::apply(
        [&](const auto&... o) {
          (std::memcpy(back.next<T>() + tail, o.p, std::size_t(n - tail) * sizeof(T)), ...);
        },
        parts);
  }
}

/// The kernel of outputs Out..., as the executor calls it.
template <int Slots, class... Out>
void loop(const tile& t) {
  constexpr int N = std::max({lanes_of<Out>::value..., 1});
  for (index_t row = 0; row < t.rows; ++row) run_row<Slots, N>(t, row, outputs<Out...>{});
}

}  // namespace weft::kernel
