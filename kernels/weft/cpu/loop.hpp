// weft/cpu/loop.hpp: the fused loop, the only code that is instantiated for each expression.
// It sees contiguous pointers, a length and scalar values; layouts are the planner's business.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include "weft/cpu/simd.hpp"
#include "weft/form.hpp"

namespace weft::kernel {

/// The pointers of one row, handed out in the order in which binder::push made the slots.
struct cursor {
  void* const* data;
  const index_t* mask = no_repeats;
  // While the last few elements of a row run in padded copies: where those copies are.
  std::byte* padded = nullptr;
  index_t first = 0;
  std::uint32_t count = 0, lanes = 0;

  // Largest row of a padded copy: 64 lanes of 16 bytes.
  static constexpr std::size_t padded_bytes = 1024;

  template <class T>
  T* next() {
    auto* p = static_cast<std::byte*>(*data++);
    const index_t begin = first & *mask++;
    if (!padded) return reinterpret_cast<T*>(p);
    std::byte* copy = std::exchange(padded, padded + padded_bytes);
    std::memcpy(copy, p + begin * index_t(sizeof(T)), count * sizeof(T));
    // The other lanes repeat the first one: a callable never sees a value that is not there.
    for (std::size_t k = count; k < lanes; ++k) std::memcpy(copy + k * sizeof(T), copy, sizeof(T));
    return reinterpret_cast<T*>(copy);
  }
  const void* next_value() { return ++mask, *data++; }
};

/// How one part of a kernel's form gives its lanes for elements i, i + 1, ...
template <class Form, int N>
struct part;

template <class T, int N>
struct part<in<T>, N> {
  index_t mask;
  const T* p;
  explicit part(cursor& c) : mask(*c.mask), p(c.next<T>()) {}
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::load<T, N>(p + (i & mask))); }
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

template <class... T, class... X, int N>
auto parts_from(cursor& c, std::integral_constant<int, N>, outputs<out<T, X>...>) {
  const auto targets = std::tuple<T*...>{c.next<T>()...};  // braces: from left to right
  return std::apply([&](T*... p) { return std::tuple<part<out<T, X>, N>...>{{p, c}...}; }, targets);
}

/// U steps of N lanes from element i on. Everything is read before anything is written: an output
/// may be an operand, and the U chains do not wait for each other.
template <int U, int N, class... T, class... X>
void steps(const std::tuple<part<out<T, X>, N>...>& parts, index_t i) {
  const auto one = [&](index_t at) {
    return std::apply([&](const auto&... o) { return std::tuple{lane::convert<T>(o.x.at(at))...}; },
                      parts);
  };
  [&]<int... K>(std::integer_sequence<int, K...>) {
    const std::array values{one(i + K * N)...};
    const auto write = [&](const auto& v, index_t at) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (lane::store(std::get<I>(parts).p + at, std::get<I>(v)), ...);
      }(std::index_sequence_for<T...>());
    };
    (write(values[K], i + K * N), ...);
  }(std::make_integer_sequence<int, U>());
}

/// The elements of a row that can be stored around the cache: outputs that are aligned to a line
/// at the same element are. A first plain step covers what comes before; returns where it ended.
template <int N, class... T, class... X>
[[gnu::noinline]] index_t stream_row(const std::tuple<part<out<T, X>, N>...>& parts, index_t n) {
  const auto address = [](const auto* p) { return reinterpret_cast<std::uintptr_t>(p); };
  using First = std::tuple_element_t<0, std::tuple<T...>>;
  const auto first = address(std::get<0>(parts).p);
  if (n < 4 * N || first % sizeof(First) != 0) return 0;
  index_t i = index_t((64 - first % 64) % 64 / sizeof(First));
  const bool aligned = std::apply(
      [&](const auto&... o) {
        return ((address(o.p + i) % 64 == 0 && N * sizeof(*o.p) % 64 == 0) && ...);
      },
      parts);
  if (!aligned) return 0;
  if (i > 0) steps<1>(parts, 0);
  for (; i + N <= n; i += N)
    std::apply([&](const auto&... o) { (lane::stream(o.p + i, lane::convert<T>(o.x.at(i))), ...); },
               parts);
  return i;
}

/// Elements [i, n) of a row, fewer than N of them, in padded copies.
template <int Slots, int N, class... T, class... X>
[[gnu::noinline]] void run_rest(const tile& t, void* const* data, index_t i,
                                outputs<out<T, X>...> form) {
  alignas(64) std::byte padded[std::size_t(Slots)][cursor::padded_bytes];
  cursor rest{data, t.mask, padded[0], i, std::uint32_t(t.columns - i), N};
  const auto copies = parts_from(rest, std::integral_constant<int, N>(), form);
  steps<1>(copies, 0);
  cursor back{data, t.mask};
  std::apply(
      [&](const auto&... o) {
        (std::memcpy(back.next<T>() + i, o.p, std::size_t(t.columns - i) * sizeof(T)), ...);
      },
      copies);
}

/// One row: whole steps of N lanes, then the rest, either as one more whole step that ends at the
/// last element, or, when an element must not be computed twice, in padded copies.
template <int Slots, int N, int U, class... T, class... X>
void run_row(const tile& t, void* const* data, outputs<out<T, X>...> form) {
  const index_t n = t.columns;
  cursor c{data, t.mask};
  const auto parts = parts_from(c, std::integral_constant<int, N>(), form);
  index_t i = 0;
  if (t.stream) i = stream_row(parts, n);
  if constexpr (U > 1)
    for (; i + U * N <= n; i += U * N) steps<U>(parts, i);
  for (; i + N <= n; i += N) steps<1>(parts, i);
  if (i == n) return;
  if (n >= N && !t.in_place)
    steps<1>(parts, n - N);
  else
    run_rest<Slots, N>(t, data, i, form);
}

/// Elements that the kernel of outputs Out... takes at a time.
template <class... Out>
inline constexpr int lanes = std::max({lanes_of<Out>::value..., 1});

/// The kernel of outputs Out..., as the executor calls it.
template <int Slots, class... Out>
void loop(const tile& t) {
  constexpr int N = lanes<Out...>;
  // Cheap trees are unrolled, so that several loads are under way at once.
  constexpr int cost = (0 + ... + cost_of(program<Out>::code));
  constexpr int U = cost <= 10 ? 4 : cost <= 20 ? 2 : 1;
  void* of_this_row[Slots];
  void* const* data = t.data;
  for (index_t row = 1;; ++row) {
    run_row<Slots, N, U>(t, data, outputs<Out...>{});
    if (row == t.rows) return;
    for (int s = 0; s < Slots; ++s)
      of_this_row[s] = static_cast<std::byte*>(data[s]) + t.row_step[s];
    data = of_this_row;
  }
}

}  // namespace weft::kernel
