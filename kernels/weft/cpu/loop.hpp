// weft/cpu/loop.hpp: the fused loop, the only code that is instantiated for each expression. It
// sees pointers to rows, how the elements of each follow one another, and scalar values; axes are
// the planner's business.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "weft/cpu/lane_pace.hpp"
#include "weft/cpu/measures.hpp"
#include "weft/cpu/row.hpp"
#include "weft/form.hpp"

namespace weft::kernel {

/// How the operands of a kernel may be read.
enum class reads {
  whole,     // rows of elements that stand side by side
  held,      // or one element for a whole row, of a reduction
  first,     // likewise, of a row whose first elements are all that there are
  repeated,  // likewise, of other kernels, whose pointers move along the row
  paced      // or as their paces say
};

/// How one part of a kernel's form gives its lanes for elements i, i + 1, ... of a row.
template <class Form, int N, reads How>
struct part;

template <class T, int N>
struct part<in<T>, N, reads::whole> {
  const T* p;
  explicit part(cursor& c) : p(c.next<T>()) {}
  void begin_row() {}
  void move(index_t) {}
  void back(index_t) {}
  void fetch(index_t i) const { fetch_element(p, i); }
  void advance(row_steps& r) { p = r.next(p); }
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::load<T, N>(p + i)); }
};
template <class T, int N>
struct part<in<T>, N, reads::held> {
  bool same;
  const T* p;
  lane::lanes<T, N> one;  // that element in all lanes
  explicit part(cursor& c) : same(c.repeats()), p(c.next<T>()) {
    if (same) one = lane::load_same<T, N>(p);
  }
  void advance(row_steps& r) {
    p = r.next(p);
    if (same) one = lane::load_same<T, N>(p);
  }
  void fetch(index_t i) const { fetch_element(p, i); }
  auto at(index_t i) const {
    bool held = same;
    asm volatile("" : "+r"(held));  // compilers would make two loops of one for each operand
    return lane::convert<compute_t<T>>(held ? one : lane::load<T, N>(p + i));
  }
};
template <class T, int N>
struct part<in<T>, N, reads::first> {
  bool same;
  int count;
  const T* p;
  explicit part(cursor& c) : same(c.repeats()), count(c.count), p(c.next<T>()) {}
  auto at(index_t i) const {
    return lane::convert<compute_t<T>>(same ? lane::load_same<T, N>(p)
                                            : lane::load_first<T, N>(p + i, count));
  }
};
template <class T, int N>
struct part<in<T>, N, reads::repeated> {
  index_t by;  // bytes from one line to the next; 0 where one element serves a row
  const T *row, *p;
  lane::lanes<T, N> held;  // that element in all lanes
  explicit part(cursor& c)
      : by(c.how().what == pace::is::same ? 0 : c.count * index_t(sizeof(T))),
        row(c.next<const T>()) {}
  void begin_row() {
    p = row;
    if (by == 0) held = lane::load_same<T, N>(row);
  }
  void advance(row_steps& r) { row = r.next(row); }
  void move(index_t) { step_bytes_on(p, by); }
  void back(index_t by_elements) { p -= by == 0 ? 0 : by_elements; }
  auto at(index_t i) const {
    return lane::convert<compute_t<T>>(by == 0 ? held : lane::load<T, N>(p + i));
  }
};
template <class T, int N>
struct part<in<T>, N, reads::paced> {
  lane::paced<T, N> p;
  explicit part(cursor& c) : p{c.how(), c.next<const T>()} {}
  void begin_row() { p.begin_row(); }
  void advance(row_steps& r) { p.advance(*r.step++); }
  void move(index_t) { p.move(); }
  void back(index_t by) { p.back(by); }
  auto at(index_t) const { return lane::convert<compute_t<T>>(p.load()); }
};

template <class T, int N, reads How>
struct part<value<T>, N, How> {
  lane::lanes<compute_t<T>, N> v;
  explicit part(cursor& c)
      : v(lane::broadcast<N>(*static_cast<const compute_t<T>*>(c.next_value()))) {}
  void begin_row() {}
  void advance(row_steps& r) { ++r.step; }
  void move(index_t) {}
  void back(index_t) {}
  void fetch(index_t) const {}
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
  void begin_row() {}
  void advance(row_steps&) {}
  void move(index_t) {}
  void back(index_t) {}
  void fetch(index_t) const {}
};
template <class First, class... Rest>
struct part_list<First, Rest...> {
  First first;
  [[no_unique_address]] part_list<Rest...> rest;

  explicit part_list(cursor& c) : first(c), rest(c) {}
  void begin_row() {
    first.begin_row();
    rest.begin_row();
  }
  void advance(row_steps& r) {
    first.advance(r);
    rest.advance(r);
  }
  void move(index_t by) {
    first.move(by);
    rest.move(by);
  }
  void back(index_t by) {
    first.back(by);
    rest.back(by);
  }
  void fetch(index_t i) const {
    first.fetch(i);
    rest.fetch(i);
  }
  template <int I>
  const auto& get() const {
    if constexpr (I == 0)
      return first;
    else
      return rest.template get<I - 1>();
  }
};

template <class Op, class... X, int N, reads How>
struct part<apply<Op, X...>, N, How> {
  part_list<part<X, N, How>...> x;
  explicit part(cursor& c) : x(c) {}
  void begin_row() { x.begin_row(); }
  void advance(row_steps& r) { x.advance(r); }
  void move(index_t by) { x.move(by); }
  void back(index_t by) { x.back(by); }
  void fetch(index_t i) const { x.fetch(i); }
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

template <class T, class X, int N, reads How>
struct part<apply<cast_to<T>, X>, N, How> {
  part<X, N, How> x;
  explicit part(cursor& c) : x(c) {}
  void begin_row() { x.begin_row(); }
  void advance(row_steps& r) { x.advance(r); }
  void move(index_t by) { x.move(by); }
  void back(index_t by) { x.back(by); }
  void fetch(index_t i) const { x.fetch(i); }
  // Through T itself, so that a cast to a half rounds.
  auto at(index_t i) const { return lane::convert<compute_t<T>>(lane::convert<T>(x.at(i))); }
};

template <class F, class R, class... X, int N, reads How>
struct part<call<F, R, X...>, N, How> {
  const called<F>* f;
  part_list<part<X, N, How>...> x;
  explicit part(cursor& c) : f(static_cast<const called<F>*>(c.next_value())), x(c) {}
  void begin_row() { x.begin_row(); }
  void advance(row_steps& r) {
    ++r.step;
    x.advance(r);
  }
  void move(index_t by) { x.move(by); }
  void back(index_t by) { x.back(by); }
  void fetch(index_t i) const { x.fetch(i); }
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
template <int N, reads How, class... Out>
struct row_parts {
  struct results {};
  row_parts(cursor&, cursor&) {}
  void advance_targets(row_steps&) {}
  void advance_operands(row_steps&) {}
  results at(index_t) const { return {}; }
  void put(index_t, const results&) const {}
  void begin_row() {}
  template <int... K>
  void steps(index_t, bool, std::integer_sequence<int, K...>) const {}
  void move(index_t) {}
  void back(index_t) {}
};
template <int N, reads How, class T, class X, class... Rest>
struct row_parts<N, How, out<T, X>, Rest...> {
  T *p, *q;  // the row's first element, and, where operands move along the row, the next round's
  part<X, N, How> x;
  [[no_unique_address]] row_parts<N, How, Rest...> rest;

  /// N lanes of each output.
  struct results {
    lane::lanes<T, N> own;
    [[no_unique_address]] typename row_parts<N, How, Rest...>::results rest;
  };

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
  /// Those at element i. Everything is read before anything is written: an output may be an
  /// operand.
  results at(index_t i) const { return {lane::convert<T>(x.at(i)), rest.at(i)}; }
  void put(index_t i, const results& v) const {
    lane::store(p + i, v.own);
    rest.put(i, v.rest);
  }
  void step(index_t i) const { put(i, at(i)); }
  /// Where operands move along the row: begin_row(), then for each round its steps, stored
  /// together, and move(). Around the cache, p + i is aligned for it.
  void begin_row() {
    q = p;
    x.begin_row();
    rest.begin_row();
  }
  // Results number K after those before them, as they lie in memory: registers that straddle lines
  // take half as long again in the other order, which compilers choose at times.
  template <int K>
  static void store(T* to, lane::lanes<T, N> v) {
    if constexpr (K > 0) asm volatile("" : "+r"(to));
    lane::store(to, v);
  }
  template <int... K>
  void steps(index_t i, bool around, std::integer_sequence<int, K...> k) const {
    const index_t at = How == reads::whole ? i : 0;
    T* const to = How == reads::whole ? p + i : q;
    const lane::lanes<T, N> values[] = {lane::convert<T>(x.at(at + K * N))...};
    rest.steps(i, around, k);
    if (around) [[unlikely]]
      (lane::stream(to + K * N, values[K]), ...);
    else
      (store<K>(to + K * N, values[K]), ...);
  }
  void move(index_t by) {
    if constexpr (How != reads::whole) step_on(q, by);
    x.move(by);
    rest.move(by);
  }
  void back(index_t by) {
    q -= by;
    x.back(by);
    rest.back(by);
  }
};

/// Room for what is compiled once, of the slots of a kernel: pointers, row steps, paces, and n
/// elements of each in whole lines.
struct slot_room {
  void** data;
  index_t* row_step;
  pace* paces;
  std::byte* padded;
};
constexpr std::size_t padded_bytes(std::span<const std::uint8_t> bytes, index_t n) {
  std::size_t sum = 0;
  for (const std::uint8_t b : bytes) sum += rounded(b * std::size_t(n));
  return sum;
}

/// What such code knows of a kernel.
struct slot_kinds {
  std::span<const std::uint8_t> bytes;  // of an element; 0 for values
  std::size_t outputs;
  int step, line, round;  // elements
};
template <class... Out>
inline constexpr slot_kinds kinds_of_slots{slot_bytes<Out...>, sizeof...(Out), lanes<Out...>,
                                           line_lanes<Out...>, round_lanes<Out...>};

/// The forms of a kernel: for whole steps, and for whole lines of elements side by side, or of
/// those that may be the same for a row. A tile with other paces has one for them, which takes
/// rounds.
struct kernels_for {
  kernel_function steps, whole, repeated;
};

/// A row of a tile that has fewer than n elements, or those from i on, as one step of n lanes in
/// padded copies. The other lanes repeat the first one: a callable never sees a value that is not
/// there. Counted elements go on being counted, so beside callables there are none.
void run_padded(kernel_function kernel, bool takes_paces, const tile& t, index_t row, index_t i,
                index_t n, const slot_kinds& slots, const slot_room& room);

/// The element that rows should begin with after a first step that overlaps what follows, because
/// more slots then lie on lines than do now: registers that lie in two lines take twice as long to
/// be stored, and to be loaded. 0 if none is better, or rows lie differently.
index_t first_on_line(const tile& t, const slot_kinds& slots);

/// A tile whose operands have paces, or whose results go around the cache, or whose rows are too
/// short for the kernel.
void run_by_parts(const kernels_for& kernels, const tile& t, const slot_kinds& slots,
                  const slot_room& room);

/// Whole lines, or at any pace rounds, of elements in each row of a tile, one or more. What is left
/// of a row is the end of one that overlaps those before it, since it is neither in place nor
/// around the cache.
template <reads How, class... Out>
[[gnu::flatten]] void rounds(const tile& t) {
  constexpr int step = How == reads::paced ? round_lanes<Out...> : line_lanes<Out...>,
                N = How == reads::paced ? step : lanes<Out...>;
  constexpr auto size = index_t(slot_bytes<Out...>[0]);
  cursor targets{t.data}, operands{t.data, t.paces, sizeof...(Out), step};
  row_parts<N, How, Out...> parts(targets, operands);
  fetcher ahead(t, t.data);
  constexpr std::size_t slots = slot_bytes<Out...>.size();
  index_t rows = t.rows, i = 0, end = t.columns & -step, row_step[slots];
  std::copy_n(t.row_step, slots, row_step);
  parts.begin_row();
  while (true) {
    asm volatile("" : "+r"(i), "+r"(end));  // compilers would mix this loop with the next one
    do {  // t.stream is read again each time: compilers would make two loops of one that knew it
      if (t.stream) [[unlikely]]
        ahead.fetch<std::size_t(step * size)>(i * size);
      parts.steps(i, t.stream, std::make_integer_sequence<int, step / N>());
      parts.move(step);
      step_on(i, step);
    } while (i != end);
    end = t.columns;
    if (i == end) [[likely]] {
      if (--rows == 0) return;
      if (t.ahead) ahead.next_row(t.row_step[t.ahead_slot]);
      parts.advance(row_step);
      parts.begin_row();
      i = 0;
      end &= -step;
    } else {
      asm volatile("" : "+r"(end));  // this is worked out here, not beforehand for each operand
      parts.back(i - end + step);
      i = end - step;
    }
  }
}

/// That for operands at any pace, if there are such.
template <bool HasPaces, class... Out>
inline constexpr kernel_function paced = nullptr;
template <class... Out>
inline constexpr kernel_function paced<true, Out...> = &rounds<reads::paced, Out...>;

/// The kernel of outputs Out..., as the executor calls it. Each row is rounds of U steps of N
/// lanes, then single steps, of which the last one ends with the row and overlaps others. In place
/// that one is computed before them and written after them, since an output is an operand. Row
/// steps are copied, for registers: short rows would wait for them to be loaded.
template <int Slots, class... Out>
void loop(const tile& t);

/// Tiles that are not whole steps, as parts that are.
template <int Slots, class... Out>
[[gnu::noinline]] void run_by_parts(const tile& t) {
  constexpr int N = std::max(round_lanes<Out...>, line_lanes<Out...>);
  // With more operands than this, pointers that move would no longer fit into registers.
  constexpr bool moves = (0 + ... + operands<Out>) <= 4;
  static_assert(slot_bytes<Out...>.size() == Slots);
  void* data[Slots];
  index_t row_step[Slots];
  pace paces[Slots];
  alignas(64) std::byte padded[padded_bytes(slot_bytes<Out...>, N)];
  run_by_parts({&loop<Slots, Out...>, &rounds < moves ? reads::repeated : reads::whole, Out... >,
                &rounds<reads::repeated, Out...>},
               t, kinds_of_slots<Out...>, {data, row_step, paces, padded});
}

/// U steps from element i on, each stored before the next one loads.
template <int N, int U, class Parts>
void take(const Parts& parts, index_t i) {
  [&]<int... K>(std::integer_sequence<int, K...>) {
    (parts.step(i + K * N), ...);
  }(std::make_integer_sequence<int, U>());
}

template <int Slots, class... Out>
[[gnu::flatten]] void loop(const tile& t) {
  constexpr int N = lanes<Out...>, U = unrolled<Out...>;
  const auto n = std::size_t(t.columns);  // unsigned, so that divisions are shifts
  if (t.paces || t.stream || n < N) return run_by_parts<Slots, Out...>(t);
  cursor targets{t.data}, operands{t.data, nullptr, sizeof...(Out)};
  row_parts<N, reads::whole, Out...> parts(targets, operands);
  index_t rows = t.rows, row_step[Slots];
  std::copy_n(t.row_step, Slots, row_step);
  constexpr int of_round = U > 1 ? U * N : 0;  // a step is not worth a loop of its own
  if (of_round > 0 && n == N) {                // likewise for each row
    for (;; parts.advance(row_step)) {
      parts.step(0);
      asm("" : "+r"(rows));  // compilers would write out the first one
      if (--rows == 0) return;
    }
  }
  index_t begin = 0;  // of the steps that are neither the first nor the last
  if (n >= 64 * N && !t.in_place && reinterpret_cast<std::uintptr_t>(t.data[0]) % 64 != 0)
    begin = first_on_line(t, kinds_of_slots<Out...>);
  const bool waits = t.in_place && n % N != 0, has_apart = waits || begin > 0;
  const auto last = index_t(n - N), apart = waits ? last : 0;
  const auto end = index_t(waits ? n - n % N : n);
  const index_t in_rounds = of_round ? index_t(n) - (index_t(n) - begin) % of_round : 0;
  typename decltype(parts)::results of_apart{};
  for (;; parts.advance(row_step)) {
    if (has_apart) of_apart = parts.at(apart);
    index_t i = begin;
    if constexpr (of_round > 0)
      for (; i < in_rounds; step_on(i, of_round)) take<N, U>(parts, i);
    for (; i < end; step_on(i, N)) parts.step(std::min(i, last));
    if (has_apart) parts.put(apart, of_apart);
    if (--rows == 0) return;
  }
}

}  // namespace weft::kernel
