// weft/form.hpp: the form of a tree: its type with everything left out that does not change its
// inner loop, so no shapes, no owners, no layouts. Kernels are instantiated for forms, so that all
// layouts share one; written out as a program of instructions, a form is what `explain` prints.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include "weft/job.hpp"
#include "weft/op.hpp"

namespace weft {

/// The operation of a cast: what `cast<T>(x)` puts in the place of a row of the op table.
template <class T>
struct cast_to {
  static constexpr std::string_view name = "cast", spelling = "cast";
};

/// The operation of `map`: a user's callable.
template <class F>
struct called {
  static constexpr std::string_view name = "map", spelling = "map";
  F function;
};

namespace kernel {

template <class T>
struct in;  // contiguous elements
template <class T>
struct value;  // one number for all
template <class Op, class... X>
struct apply;  // a row of the op table, or a cast
template <class F, class R, class... X>
struct call;  // a user's callable with its state, giving elements of type R
template <class T, class X>
struct out;  // elements written from X

/// The element type of a form, as its node has it.
template <class Form>
struct element;
template <class T>
struct element<in<T>> : std::type_identity<T> {};
template <class T>
struct element<value<T>> : std::type_identity<T> {};
template <class Op, class... X>
struct element<apply<Op, X...>>
    : std::type_identity<op::result_t<Op, typename element<X>::type...>> {};
template <class T, class X>
struct element<apply<cast_to<T>, X>> : std::type_identity<T> {};
template <class F, class R, class... X>
struct element<call<F, R, X...>> : std::type_identity<R> {};
template <class T, class X>
struct element<out<T, X>> : std::type_identity<T> {};

/// What one element of Op on operands T costs, in simple operations: the op table's cost, and more
/// where fewer T's than floats fit a register.
template <class Op, class T>
inline constexpr int cost = Op::form == op::simd::batch && sizeof(T) > 4
                                ? Op::cost* int(sizeof(T)) / 4
                                : Op::cost;
template <class F>
inline call_cost call_cost_of;

/// The instructions of a form: `code`, in postfix order.
template <class Form>
struct program;

template <class Item, std::size_t... N>
constexpr auto joined(const std::array<Item, N>&... parts) {
  std::array<Item, (0 + ... + N)> all{};
  std::size_t at = 0;
  const auto append = [&](const auto& part) {
    for (const Item& i : part) all[at++] = i;
  };
  (append(parts), ...);
  return all;
}
using one_instruction = std::array<instruction, 1>;

template <class T>
struct program<in<T>> {
  static constexpr one_instruction code{{{"", 0, dtype_of<T>, 1}}};
};
template <class T>
struct program<value<T>> : program<in<T>> {};
template <class Op, class... X>
struct program<apply<Op, X...>> {
  using operand = compute_t<op::promoted_t<Op, typename element<X>::type...>>;
  static constexpr bool wraps =
      std::same_as<typename Op::type_rule, op::rule::ring> && scalar::integer<operand>;
  static constexpr auto code =
      joined(program<X>::code...,
             one_instruction{{{Op::spelling, int(sizeof...(X)),
                               dtype_of<typename element<apply<Op, X...>>::type>, cost<Op, operand>,
                               Op::body, dtype_of<operand>, wraps}}});
};
template <class T, class X>
struct program<apply<cast_to<T>, X>> {
  static constexpr auto code =
      joined(program<X>::code, one_instruction{{{cast_to<T>::spelling, 1, dtype_of<T>, 1}}});
};
template <class F, class R, class... X>
struct program<call<F, R, X...>> {
  static constexpr auto code = joined(program<value<std::uint8_t>>::code, program<X>::code...,
                                      one_instruction{{{.spelling = called<F>::spelling,
                                                        .arity = 1 + int(sizeof...(X)),
                                                        .type = dtype_of<R>,
                                                        .cost = call_cost::in_kernels,
                                                        .call = &call_cost_of<F>,
                                                        .is_call = true}}});
};
template <class T, class X>
struct program<out<T, X>> {
  static constexpr auto code =
      joined(program<X>::code, one_instruction{{{"=", 1, dtype_of<T>, 1}}});
};

constexpr stage_cost cost_of(std::span<const instruction> code) {
  stage_cost sum;
  for (const instruction& i : code) {
    sum.operations += i.cost;
    sum.has_calls |= i.is_call;
  }
  return sum;
}

}  // namespace kernel
}  // namespace weft
