// weft/functions.hpp: the operators and functions of the op table. Each builds a node; nothing is
// computed. Operands are expressions, adapted containers and scalars; at least one is no scalar.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "weft/operand.hpp"
#include "weft/view.hpp"

namespace weft {

/// What a function of the op table takes: operands, not all of them scalars.
template <class... X>
concept Operands = (Operand<X> && ...) && !(Scalar<X> && ...);
/// What an operator takes: one operand must be weft's own, so that others keep theirs.
template <class... X>
concept OperatorOperands = (Expr<X> || ...) && Operands<X...>;

namespace trees {
/// What the row spelled so takes.
template <bool IsOperator, class... X>
concept Spelled = (IsOperator && OperatorOperands<X...>) || (!IsOperator && Operands<X...>);
}  // namespace trees

// In the message of the assertion, the rule is a name in op.hpp.
#define WEFT_REQUIRES(SPELLING, ...) \
  requires trees::Spelled<std::string_view(#SPELLING).starts_with("operator"), __VA_ARGS__>
#define WEFT_TAKES(NAME, SPELLING, RULE, ...)                                               \
  static_assert(trees::takes<op::NAME, __VA_ARGS__>,                                        \
                "weft: " #SPELLING " does not take these element types (its rule is " #RULE \
                "); cast<T>(x) first, or take real(x), imag(x) or abs(x)")
#define WEFT_FUNCTION_1(NAME, SPELLING, RULE)       \
  template <class X>                                \
  WEFT_REQUIRES(SPELLING, X)                        \
  auto SPELLING(X&& x) {                            \
    WEFT_TAKES(NAME, SPELLING, RULE, X);            \
    return make_node<op::NAME>(std::forward<X>(x)); \
  }
#define WEFT_FUNCTION_2(NAME, SPELLING, RULE)                           \
  template <class X, class Y>                                           \
  WEFT_REQUIRES(SPELLING, X, Y)                                         \
  auto SPELLING(X&& x, Y&& y) {                                         \
    WEFT_TAKES(NAME, SPELLING, RULE, X, Y);                             \
    return make_node<op::NAME>(std::forward<X>(x), std::forward<Y>(y)); \
  }
#define WEFT_FUNCTION_3(NAME, SPELLING, RULE)                                               \
  template <class X, class Y, class Z>                                                      \
  WEFT_REQUIRES(SPELLING, X, Y, Z)                                                          \
  auto SPELLING(X&& x, Y&& y, Z&& z) {                                                      \
    WEFT_TAKES(NAME, SPELLING, RULE, X, Y, Z);                                              \
    return make_node<op::NAME>(std::forward<X>(x), std::forward<Y>(y), std::forward<Z>(z)); \
  }
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC) \
  WEFT_FUNCTION_##ARITY(NAME, SPELLING, RULE)
#include "weft/ops.def"
#undef OP
#undef WEFT_FUNCTION_1
#undef WEFT_FUNCTION_2
#undef WEFT_FUNCTION_3
#undef WEFT_REQUIRES
#undef WEFT_TAKES

/// The smaller and the larger of two elements, as minimum and maximum: NaN if either is. Two
/// tensors or expressions; beside a scalar write minimum(x, 1).
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto min(X&& x, Y&& y) {
  return minimum(std::forward<X>(x), std::forward<Y>(y));
}
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto max(X&& x, Y&& y) {
  return maximum(std::forward<X>(x), std::forward<Y>(y));
}

/// The elements of x as T; same shape. Floats out of range of an integer T become its nearest end
/// and NaN becomes 0; a cast to a half rounds to nearest even. Complex to real does not compile.
template <Element T, class X>
  requires Operands<X>
auto cast(X&& x) {
  using From = trees::value_t<X&&>;
  static_assert(is_complex_v<T> || !is_complex_v<From>,
                "weft::cast<T>(x): complex to real loses a part; take real(x), imag(x) or abs(x)");
  return trees::node_of<cast_to<T>, void>(cast_to<T>{}, std::forward<X>(x));
}

/// f(x, ...) for each element: any callable without side effects, which may run on several threads
/// in any order. Its operands arrive in their own types, halfs as float. On the host only, unless f
/// is a cuda_function.
template <class F, class... X>
  requires Operands<X...>
auto map(F f, X&&... x) {
  if constexpr (!std::is_invocable_v<const F&, trees::number_t<X&&>...>) {
    static_assert(!sizeof(F),
                  "weft::map(f, x...): f cannot be called with the operands' elements; it gets "
                  "one of each operand, halfs as float, and must be const");
  } else if constexpr (!Scalar<std::invoke_result_t<const F&, trees::number_t<X&&>...>>) {
    static_assert(!sizeof(F),
                  "weft::map(f, x...): f must return an element: a number, a bool or a complex "
                  "number that weft has a dtype for");
  } else {
    return trees::node_of<called<F>, void>(called<F>{std::move(f)}, std::forward<X>(x)...);
  }
}

}  // namespace weft
