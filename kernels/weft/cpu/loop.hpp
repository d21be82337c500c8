// weft/cpu/loop.hpp: the fused loop, the only code that is instantiated for each expression.
// It sees contiguous pointers, a length and scalar values; layouts are the planner's business.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
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

/// Some parts, which take their pointers from left to right.
template <class... Part>
struct part_list {
  explicit part_list(cursor&) {}
  void advance(row_steps&) {}
  void move(index_t) {}
};
template <class First, class... Rest>
struct part_list<First, Rest...> {
  First first;
  [[no_unique_address]] part_list<Rest...> rest;

  explicit part_list(cursor& c) : first(c), rest(c) {}
  void advance(row_steps& r) {
    first.advance(r);
    rest.advance(r);
  }
  void move(index_t by) {
    first.move(by);
    rest.move(by);
  }
  template <int I>
  const auto& get() const {
    if constexpr (I == 0)
      return first;
    else
      return rest.template get<I - 1>();
  }
};

template <class Op, class... X, int N, bool Masked>
struct part<apply<Op, X...>, N, Masked> {
  part_list<part<X, N, Masked>...> x;
  explicit part(cursor& c) : x(c) {}
  void advance(row_steps& r) { x.advance(r); }
  void move(index_t by) { x.move(by); }
  auto at(index_t i) const { return at(i, std::index_sequence_for<X...>()); }
  /// Of a comparison.
  auto masks(index_t i) const { return lane::compare<Op>(operand<0>(i), operand<1>(i)); }

 private:
  template <int I>
  auto operand(index_t i) const {
    return lane::convert<op::operand_t<Op, I, typename element<X>::type...>>(
        x.template get<I>().at(i));
  }
  template <std::size_t... I>
  auto at(index_t i, std::index_sequence<I...>) const {
    if constexpr (chooses_by_comparison<Op, X...>)
      return lane::choose(x.first.masks(i), operand<1>(i), operand<2>(i));
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
  part_list<part<X, N, Masked>...> x;
  explicit part(cursor& c) : f(static_cast<const called<F>*>(c.next_value())), x(c) {}
  void advance(row_steps& r) {
    ++r.step;
    x.advance(r);
  }
  void move(index_t by) { x.move(by); }
  auto at(index_t i) const { return at(i, std::index_sequence_for<X...>()); }

 private:
  template <std::size_t... I>
  auto at(index_t i, std::index_sequence<I...>) const {
    return each(lane::to_array(x.template get<int(I)>().at(i))...);
  }
  template <class... A>
  auto each(const A&... a) const {
    lane::array<compute_t<R>, N> r;
    for (int k = 0; k < N; ++k) r.v[k] = static_cast<compute_t<R>>(f->function(a.v[k]...));
    return lane::from_array<compute_t<R>, N>(r.v);
  }
};

/// The outputs of a row with what is written to them; `targets` are the outputs' own slots.
template <int N, bool Masked, class... Out>
struct row_parts {
  row_parts(cursor&, cursor&) {}
  void advance_targets(row_steps&) {}
  void advance_operands(row_steps&) {}
  void move(index_t) {}
  void step(index_t) const {}
  template <bool Around, int... K>
  void steps(index_t, std::integer_sequence<int, K...>) const {}
};
template <int N, bool Masked, class T, class X, class... Rest>
struct row_parts<N, Masked, out<T, X>, Rest...> {
  T* p;
  part<X, N, Masked> x;
  [[no_unique_address]] row_parts<N, Masked, Rest...> rest;

  row_parts(cursor& targets, cursor& c) : p(targets.next<T>()), x(c), rest(targets, c) {}
  void advance_targets(row_steps& r) {
    p = r.next(p);
    rest.advance_targets(r);
  }
  void advance_operands(row_steps& r) {
    x.advance(r);
    rest.advance_operands(r);
  }
  /// To the next row.
  void advance(const index_t* row_step) {
    row_steps r{row_step};
    advance_targets(r);
    advance_operands(r);
  }
  /// Further along the row.
  void move(index_t by) {
    step_on(p, by);
    x.move(by);
    rest.move(by);
  }
  /// A step of N lanes at element i. Everything is read before anything is written, since the rest
  /// is done between: an output may be an operand.
  void step(index_t i) const {
    const lane::lanes<T, N> values = lane::convert<T>(x.at(i));
    rest.step(i);
    lane::store(p + i, values);
  }
  /// Several steps, one after the other; around the cache what fills lines is stored together.
  template <bool Around, int... K>
  void steps(index_t i, std::integer_sequence<int, K...> k) const {
    if constexpr (Around) {
      const lane::lanes<T, N> values[] = {lane::convert<T>(x.at(i + K * N))...};
      rest.template steps<true>(i, k);
      (lane::stream(p + i + K * N, values[K]), ...);
    } else {
      (step(i + K * N), ...);
    }
  }
  /// U such steps, after which they go on.
  template <int U, bool Around>
  void take(index_t& i) {
    steps<Around>(Masked ? 0 : i, std::make_integer_sequence<int, U>());
    go_on(i, U * N);
  }
  /// With masks the parts move along the row, else only i: so loads and stores have constant
  /// offsets and an operand that is the same for a whole row stands still.
  void go_on(index_t& i, index_t by) {
    if constexpr (Masked)
      move(by);
    else
      i += by;
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

/// How much code a form is, as a number of simple operations, and how much of that is functions.
struct code_size {
  int size = 0, functions = 0;
  constexpr code_size operator+(const code_size& other) const {
    return {size + other.size, functions + other.functions};
  }
};
template <class Op>
inline constexpr code_size code_of_op = Op::ulp > 0.5 ? code_size{10, 10} : code_size{1, 0};
template <class T>
inline constexpr code_size code_of_op<cast_to<T>> = {1, 0};
template <class Form>
inline constexpr code_size code_of = {1, 0};
template <class Op, class... X>
inline constexpr code_size code_of<apply<Op, X...>> = (code_of_op<Op> + ... + code_of<X>);
template <class F, class R, class... X>
inline constexpr code_size code_of<call<F, R, X...>> =
    (code_size{call_cost::in_kernels, call_cost::in_kernels} + ... + code_of<X>);
template <class T, class X>
inline constexpr code_size code_of<out<T, X>> = code_size{1, 0} + code_of<X>;
template <class... Out>
inline constexpr code_size code_of_all = (code_size{} + ... + code_of<Out>);

/// Elements that their kernel takes at a time. Functions have more constants than there are
/// registers: where they are most of the work, two registers share what is loaded.
template <class... Out>
inline constexpr int lanes =
    std::max({lanes_of<Out>::value..., 1}) *
    (code_of_all<Out...>.size > 20 && code_of_all<Out...>.functions * 2 > code_of_all<Out...>.size
         ? 2
         : 1);
/// How often it does so in one round of its loop: cheap trees are unrolled, so that several loads
/// are under way at once.
template <class... Out>
inline constexpr int unrolled = code_of_all<Out...>.size <= 10   ? 4
                                : code_of_all<Out...>.size <= 20 ? 2
                                                                 : 1;
/// Elements of an operand that is the same for a whole row: one for each lane of a round, so that
/// its pointer stands still where the others move.
template <class... Out>
inline constexpr int repeats = takes_repeats<Out...> ? lanes<Out...> * unrolled<Out...> : 0;

/// Bytes of an element of each slot of outputs Out..., which come first.
template <class... Out>
inline constexpr auto slot_bytes =
    joined(std::array<std::uint8_t, sizeof...(Out)>{sizeof(typename element<Out>::type)...},
           operand_bytes<Out>...);

/// Bytes from where each slot's pointer is after `moved` elements of a row to the next row.
void steps_to_next_row(const tile& t, index_t moved, std::span<const std::uint8_t> bytes,
                       index_t* steps);

/// Elements [begin, end) of a row as a tile of their own. `data` has room for as many pointers as
/// `bytes`.
void run_part(kernel_function kernel, const tile& t, index_t row, index_t begin, index_t end,
              std::span<const std::uint8_t> bytes, void** data);

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

/// The rows of a tile whose results go around the cache: `rounds` is the kernel for that, which
/// takes whole rounds of so many elements, the first of which begins with a line; what is before
/// and after them in a row is left to `kernel`. `data` has room for as many pointers as `bytes`.
void run_around(kernel_function kernel, kernel_function rounds, index_t round, const tile& t,
                std::span<const std::uint8_t> bytes, std::size_t outputs, void** data);

/// The same for the kernel of outputs Out..., with the room that they need.
template <int Slots, class... Out>
[[gnu::noinline]] void run_rest(const tile& t, index_t row, index_t i);
template <int Slots, class... Out>
[[gnu::noinline]] void run_around(const tile& t);

/// The kernel of outputs Out..., as the executor calls it. Each row is rounds of U steps of N
/// lanes, then single steps. The last of these ends at the row's last element, or, when an element
/// must not be computed twice, is of padded copies. Whatever is not needed for each row is out of
/// line: short rows wait for the loads of what does not fit into registers.
template <int Slots, class... Out>
[[gnu::flatten]] void loop(const tile& t) {
  constexpr int N = lanes<Out...>, U = unrolled<Out...>;
  constexpr bool masked = takes_repeats<Out...>;
  if (t.stream) return run_around<Slots, Out...>(t);
  const auto n = std::size_t(t.columns);  // unsigned, so that divisions are shifts
  const bool goes_back = n >= N && !t.in_place;
  const auto left = index_t(n % N), whole = index_t(n) - left;
  const auto rounds = index_t(n / (U * N));
  // Single steps, and how far back the last one begins.
  const index_t singles = index_t(n % (U * N) / N) + (goes_back && left ? 1 : 0);
  const index_t back = goes_back && left ? left - N : 0;
  cursor targets{t.data, t.mask}, operands{t.data + sizeof...(Out), t.mask + sizeof...(Out)};
  row_parts<N, masked, Out...> parts(targets, operands);
  // With masks the parts themselves move along a row.
  index_t own_steps[Slots];
  const index_t* to_next_row = t.row_step;
  if (masked && t.rows > 1) {
    steps_to_next_row(t, whole + (goes_back ? left : 0), slot_bytes<Out...>, own_steps);
    to_next_row = own_steps;
  }
  for (index_t row = 0;; parts.advance(to_next_row)) {
    index_t i = 0;
    for (index_t r = rounds; r > 0; --r) parts.template take<U, false>(i);
    index_t k = singles;
    asm("" : "+r"(k));  // compilers would write out each of these few steps
    for (; k > 0; --k) {
      if (k == 1) parts.go_on(i, back);
      parts.template take<1, false>(i);
    }
    if (!goes_back && left) run_rest<Slots, Out...>(t, row, whole);
    if (++row == t.rows) return;
  }
}

/// One row of whole rounds, stored around the cache.
template <class... Out>
[[gnu::flatten]] void rounds_around(const tile& t) {
  constexpr int N = lanes<Out...>, U = unrolled<Out...>;
  cursor targets{t.data, t.mask}, operands{t.data + sizeof...(Out), t.mask + sizeof...(Out)};
  row_parts<N, takes_repeats<Out...>, Out...> parts(targets, operands);
  index_t i = 0;
  for (index_t k = index_t(std::size_t(t.columns) / (U * N)); k > 0; --k)
    parts.template take<U, true>(i);
}

template <int Slots, class... Out>
void run_around(const tile& t) {
  void* data[Slots];
  run_around(&loop<Slots, Out...>, &rounds_around<Out...>, lanes<Out...> * unrolled<Out...>, t,
             slot_bytes<Out...>, sizeof...(Out), data);
}

template <int Slots, class... Out>
void run_rest(const tile& t, index_t row, index_t i) {
  constexpr int N = lanes<Out...>;
  constexpr std::span<const std::uint8_t> bytes = slot_bytes<Out...>;
  static_assert(bytes.size() == Slots);
  void* data[Slots];
  alignas(64) std::byte padded[padded_bytes(bytes, N)];
  run_padded(&loop<Slots, Out...>, t, row, i, N, bytes, sizeof...(Out), data, padded);
}

}  // namespace weft::kernel
