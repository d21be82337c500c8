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

  template <class T>
  T* next() {
    ++mask;
    return static_cast<T*>(*data++);
  }
  const void* next_value() { return ++mask, *data++; }
};

/// Takes pointers from one row to the next, in the order of the cursor's slots.
struct row_steps {
  const index_t* step;

  template <class T>
  T* next(T* p) {
    using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    return reinterpret_cast<T*>(reinterpret_cast<byte*>(p) + *step++);
  }
};

/// p += by. Compilers would compute where a pointer ends up after a loop from the number of its
/// rounds, which takes longer than a short row; they do not see that this adds up.
template <class T>
void step_on(T*& p, index_t by) {
  p += by;
  asm("" : "+r"(p));
}

/// How one part of a kernel's form gives its lanes for elements i, i + 1, ... of a row. Masked says
/// that an operand may be one register for a whole row.
template <class Form, int N, bool Masked>
struct part;

template <class T, int N>
struct part<in<T>, N, true> {
  index_t mask;
  const T* p;
  explicit part(cursor& c) : mask(*c.mask), p(c.next<T>()) {}
  void advance(row_steps& r) { p = r.next(p); }
  void move(index_t by) { step_on(p, by & mask); }
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::load<T, N>(p + i)); }
};
template <class T, int N>
struct part<in<T>, N, false> {
  const T* p;
  explicit part(cursor& c) : p(c.next<T>()) {}
  void advance(row_steps& r) { p = r.next(p); }
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::load<T, N>(p + i)); }
};

template <class T, int N, bool Masked>
struct part<value<T>, N, Masked> {
  lane::lanes<compute_t<T>, N> v;
  explicit part(cursor& c)
      : v(lane::broadcast<N>(*static_cast<const compute_t<T>*>(c.next_value()))) {}
  void advance(row_steps& r) { ++r.step; }
  void move(index_t) {}
  const auto& at(index_t) const { return v; }
};

/// Whether Op is where() by a comparison of lanes as wide as those that it chooses among.
template <class Op, class... X>
inline constexpr bool chooses_by_comparison = false;
template <class C, class A, class B, class X, class Y>
inline constexpr bool chooses_by_comparison<op::where, apply<C, A, B>, X, Y> = [] {
  using from = op::operand_t<C, 0, typename element<A>::type, typename element<B>::type>;
  using to =
      op::operand_t<op::where, 1, bool, typename element<X>::type, typename element<Y>::type>;
  return std::same_as<from, to> && lane::on_batches<C, from> &&
         std::same_as<typename element<apply<C, A, B>>::type, bool>;
}();

template <class Op, class... X, int N, bool Masked>
struct part<apply<Op, X...>, N, Masked> {
  std::tuple<part<X, N, Masked>...> x;
  // Braces, so that the operands take their pointers from left to right.
  explicit part(cursor& c) : x{part<X, N, Masked>(c)...} {}
  void advance(row_steps& r) {
    std::apply([&](auto&... p) { (p.advance(r), ...); }, x);
  }
  void move(index_t by) {
    std::apply([&](auto&... p) { (p.move(by), ...); }, x);
  }
  auto at(index_t i) const { return at(i, std::index_sequence_for<X...>()); }
  /// Of a comparison.
  auto masks(index_t i) const { return lane::compare<Op>(operand<0>(i), operand<1>(i)); }

 private:
  template <int I>
  auto operand(index_t i) const {
    return lane::convert<op::operand_t<Op, I, typename element<X>::type...>>(std::get<I>(x).at(i));
  }
  template <std::size_t... I>
  auto at(index_t i, std::index_sequence<I...>) const {
    if constexpr (chooses_by_comparison<Op, X...>)
      return lane::choose(std::get<0>(x).masks(i), operand<1>(i), operand<2>(i));
    else
      return lane::apply<Op>(operand<int(I)>(i)...);
  }
};

template <class T, class X, int N, bool Masked>
struct part<apply<cast_to<T>, X>, N, Masked> {
  part<X, N, Masked> x;
  explicit part(cursor& c) : x(c) {}
  void advance(row_steps& r) { x.advance(r); }
  void move(index_t by) { x.move(by); }
  // Through T itself, so that a cast to a half rounds.
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::convert<T>(x.at(i))); }
};

template <class F, class R, class... X, int N, bool Masked>
struct part<call<F, R, X...>, N, Masked> {
  const called<F>* f;
  std::tuple<part<X, N, Masked>...> x;
  explicit part(cursor& c)
      : f(static_cast<const called<F>*>(c.next_value())), x{part<X, N, Masked>(c)...} {}
  void advance(row_steps& r) {
    ++r.step;
    std::apply([&](auto&... p) { (p.advance(r), ...); }, x);
  }
  void move(index_t by) {
    std::apply([&](auto&... p) { (p.move(by), ...); }, x);
  }
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
template <class T, class X, int N, bool Masked>
struct part<out<T, X>, N, Masked> {
  T* p;
  part<X, N, Masked> x;
  part(T* target, cursor& c) : p(target), x(c) {}
  void move(index_t by) {
    step_on(p, by);
    x.move(by);
  }
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

/// The operands of a form that are in memory.
template <class Form>
inline constexpr int operands = 0;
template <class T>
inline constexpr int operands<in<T>> = 1;
template <class Op, class... X>
inline constexpr int operands<apply<Op, X...>> = (0 + ... + operands<X>);
template <class F, class R, class... X>
inline constexpr int operands<call<F, R, X...>> = (0 + ... + operands<X>);
template <class T, class X>
inline constexpr int operands<out<T, X>> = operands<X>;

/// Whether the kernel of these outputs takes an operand that is one register for a whole row. With
/// more operands than this their masks would no longer fit into the machine's registers.
template <class... Out>
inline constexpr bool takes_repeats = (0 + ... + operands<Out>) <= 4;

/// The outputs of a kernel.
template <class... Out>
struct outputs {};

template <int N, bool Masked, class... T, class... X>
auto parts_from(cursor& c, outputs<out<T, X>...>) {
  const auto targets = std::tuple<T*...>{c.next<T>()...};  // braces: from left to right
  return std::apply([&](T*... p) { return std::tuple<part<out<T, X>, N, Masked>...>{{p, c}...}; },
                    targets);
}

/// To the next row.
template <class... Part>
void advance(std::tuple<Part...>& parts, const index_t* row_step) {
  row_steps r{row_step};
  std::apply([&](auto&... o) { ((o.p = r.next(o.p)), ...); }, parts);
  std::apply([&](auto&... o) { (o.x.advance(r), ...); }, parts);
}

/// U steps of N lanes from element i on. Everything is read before anything is written: an output
/// may be an operand, and the U chains do not wait for each other. `around` the cache, or into it.
template <int U, int N, bool Masked, class... T, class... X>
void steps(const std::tuple<part<out<T, X>, N, Masked>...>& parts, index_t i, bool around) {
  const auto one = [&](index_t at) {
    return std::apply([&](const auto&... o) { return std::tuple{lane::convert<T>(o.x.at(at))...}; },
                      parts);
  };
  [&]<int... K>(std::integer_sequence<int, K...>) {
    const std::array values{one(i + K * N)...};
    const auto write = [&](auto* p, const auto& v) {
      if (around)
        lane::stream(p, v);
      else
        lane::store(p, v);
    };
    const auto write_all = [&](const auto& v, index_t at) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (write(std::get<I>(parts).p + at, std::get<I>(v)), ...);
      }(std::index_sequence_for<T...>());
    };
    (write_all(values[K], i + K * N), ...);
  }(std::make_integer_sequence<int, U>());
}

/// The parts `by` elements further along their row.
template <class Parts>
void move(Parts& parts, index_t by) {
  std::apply([&](auto&... o) { (o.move(by), ...); }, parts);
}

/// U steps from element i on, which moves on. With masks the parts move along, so that loads and
/// stores have constant offsets and an operand that is the same for a whole row stands still.
template <int U, int N, bool Masked, class... Form>
void take(std::tuple<part<Form, N, Masked>...>& ahead, index_t& i, bool around) {
  steps<U>(ahead, Masked ? 0 : i, around);
  if constexpr (Masked) move(ahead, U * N);
  i += U * N;
}

/// Where a row's outputs may begin to be stored around the cache: where all are aligned to a line;
/// -1 where they never are at the same element, or the row is short.
template <int N, bool Masked, class... T, class... X>
index_t first_line(const std::tuple<part<out<T, X>, N, Masked>...>& parts, index_t n) {
  constexpr index_t line = 64;
  const auto address = [](const auto* p) { return reinterpret_cast<std::uintptr_t>(p); };
  using First = std::tuple_element_t<0, std::tuple<T...>>;
  const auto first = address(std::get<0>(parts).p);
  if (n < 4 * line || first % sizeof(First) != 0) return -1;
  const auto begin = index_t((line - first % line) % line / sizeof(First));
  const bool aligned = std::apply(
      [&](const auto&... o) { return ((address(o.p + begin) % line == 0) && ...); }, parts);
  return aligned ? begin : -1;
}

/// Bytes of an element of each slot of a form, in the order of the slots; 0 for values.
template <class Form>
inline constexpr std::array<std::uint8_t, 0> operand_bytes{};
template <class T>
inline constexpr std::array<std::uint8_t, 1> operand_bytes<in<T>>{sizeof(T)};
template <class T>
inline constexpr std::array<std::uint8_t, 1> operand_bytes<value<T>>{0};
template <class Op, class... X>
inline constexpr auto operand_bytes<apply<Op, X...>> = joined(operand_bytes<X>...);
template <class F, class R, class... X>
inline constexpr auto operand_bytes<call<F, R, X...>> =
    joined(std::array<std::uint8_t, 1>{0}, operand_bytes<X>...);
template <class T, class X>
inline constexpr auto operand_bytes<out<T, X>> = operand_bytes<X>;

/// What an element of outputs Out... costs, in simple operations.
template <class... Out>
inline constexpr int cost_of_all = (0 + ... + cost_of(program<Out>::code));
/// Elements that their kernel takes at a time. Functions have more constants than there are
/// registers: where they are most of the work, two registers share what is loaded.
template <class... Out>
inline constexpr int lanes =
    std::max({lanes_of<Out>::value..., 1}) * (cost_of_all<Out...> > 20 ? 2 : 1);
/// How often it does so in one round of its loop: cheap trees are unrolled, so that several loads
/// are under way at once.
template <class... Out>
inline constexpr int unrolled = cost_of_all<Out...> <= 10   ? 4
                                : cost_of_all<Out...> <= 20 ? 2
                                                            : 1;
/// Elements of an operand that is the same for a whole row: one for each lane of a round, so that
/// its pointer stands still where the others move.
template <class... Out>
inline constexpr int repeats = takes_repeats<Out...> ? lanes<Out...> * unrolled<Out...> : 0;

/// Elements [i, columns) of a row, fewer than n of them, as one step of n lanes in padded copies.
/// The other lanes repeat the first one: a callable never sees a value that is not there. `data`
/// has room for as many pointers as `bytes`, `padded` for n elements of each slot, in whole lines.
void run_padded(kernel_function kernel, const tile& t, index_t row, index_t i, index_t n,
                std::span<const std::uint8_t> bytes, std::size_t outputs, void** data,
                std::byte* padded);
constexpr std::size_t padded_bytes(std::span<const std::uint8_t> bytes, index_t n) {
  std::size_t sum = 0;
  for (const std::uint8_t b : bytes) sum += (b * std::size_t(n) + 63) / 64 * 64;
  return sum;
}

/// The same for the kernel of outputs Out..., with the room that it needs.
template <int Slots, class... Out>
[[gnu::noinline]] void run_rest(const tile& t, index_t row, index_t i);

/// The kernel of outputs Out..., as the executor calls it. Each row is whole steps of N lanes, then
/// the rest, either as one more whole step that ends at the last element, or, when an element must
/// not be computed twice, in padded copies.
template <int Slots, class... Out>
[[gnu::flatten]] void loop(const tile& t) {
  constexpr int N = lanes<Out...>, U = unrolled<Out...>;
  constexpr bool masked = takes_repeats<Out...>;
  const index_t n = t.columns;
  cursor c{t.data, t.mask};
  auto parts = parts_from<N, masked>(c, outputs<Out...>());
  for (index_t row = 0;; advance(parts, t.row_step)) {
    auto ahead = parts;
    index_t i = 0;
    const auto go_to = [&](index_t k) {
      if constexpr (masked) move(ahead, k - i);
      i = k;
    };
    index_t line = t.stream ? first_line(parts, n) : -1;
    bool around = false;  // the cache
    if constexpr (U > 1) {
      if (line >= 0) {
        while (i < line) take<1>(ahead, i, false);
        go_to(line);
        while (i + 2 * N <= n) take<2>(ahead, i, true);
      }
      while (i + U * N <= n) take<U>(ahead, i, false);
    }
    while (i < n) {
      if (i + N > n) {
        if (n < N || t.in_place) {
          run_rest<Slots, Out...>(t, row, i);
          break;
        }
        around = false;
        go_to(n - N);
      }
      take<1>(ahead, i, around);
      if (U == 1 && line >= 0 && i >= line) {  // the elements before are done
        go_to(std::exchange(line, -1));
        around = true;
      }
    }
    if (++row == t.rows) return;
  }
}

template <int Slots, class... Out>
[[gnu::noinline]] void run_rest(const tile& t, index_t row, index_t i) {
  constexpr int N = lanes<Out...>;
  static constexpr auto bytes =
      joined(std::array<std::uint8_t, sizeof...(Out)>{sizeof(typename element<Out>::type)...},
             operand_bytes<Out>...);
  static_assert(bytes.size() == Slots);
  void* data[Slots];
  alignas(64) std::byte padded[padded_bytes(bytes, N)];
  run_padded(&loop<Slots, Out...>, t, row, i, N, bytes, sizeof...(Out), data, padded);
}

}  // namespace weft::kernel
