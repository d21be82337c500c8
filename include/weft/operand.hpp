// weft/operand.hpp: from what a user writes to trees: tensors become views that share their buffer,
// adapted containers are adapted, scalars take the type of the tensors beside them; then the node.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/expr.hpp"
#include "weft/promote.hpp"

namespace weft {

template <class T>
class view;
template <class T>
class tensor;
template <class T>
class leaf;

namespace trees {
template <class E>
inline constexpr bool is_tensor = false;
template <class T>
inline constexpr bool is_tensor<tensor<T>> = true;

/// The tree of an operand that is no scalar: a tensor becomes a leaf that shares its memory.
template <class E>
auto as_tree(E&& e) {
  using X = std::remove_cvref_t<E>;
  if constexpr (is_tensor<X>) {
    return leaf<typename X::value_type>(e.memory());
  } else if constexpr (Expr<X>) {
    return X(std::forward<E>(e));
  } else {
    static_assert(Adapted<E>,
                  "weft: x is neither an expression nor adapted; include its adaptor, e.g. "
                  "<weft/xtensor.hpp>");
    if constexpr (AdaptedExpression<E>)
      return adaptor<X>::tree_of(std::forward<E>(e));
    else
      return as_tree(view_of(std::forward<E>(e)));
  }
}

/// The same to be evaluated at once: a tree is used where it is, without a copy.
template <class E>
decltype(auto) as_evaluated(const E& e) {
  if constexpr (Expr<E> && !is_tensor<E>)
    return (e);
  else
    return as_tree(e);
}

/// The type of that tree, and of its elements, without making it.
template <class X>
struct tree_of : std::type_identity<decltype(as_tree(std::declval<X>()))> {};
template <class X>
  requires(Expr<X> && !is_tensor<std::remove_cvref_t<X>>)
struct tree_of<X> : std::type_identity<std::remove_cvref_t<X>> {};
template <class X>
  requires is_tensor<std::remove_cvref_t<X>>
struct tree_of<X> : std::type_identity<leaf<typename std::remove_cvref_t<X>::value_type>> {};
template <class X>
using tree_t = typename tree_of<X>::type;

template <class X>
using value_t = typename tree_t<X>::value_type;

// The type that the tensors among X agree on, which the scalars beside them take; void if none.
template <class P, class... X>
struct agreed {
  using type = P;
};
template <class P, class X, class... Rest>
  requires Scalar<X>
struct agreed<P, X, Rest...> : agreed<P, Rest...> {};
template <class P, class X, class... Rest>
  requires(!Scalar<X> && std::is_void_v<P>)
struct agreed<P, X, Rest...> : agreed<value_t<X>, Rest...> {};
template <class P, class X, class... Rest>
  requires(!Scalar<X> && !std::is_void_v<P>)
struct agreed<P, X, Rest...> : agreed<promote_t<P, value_t<X>>, Rest...> {};

[[noreturn]] void scalar_does_not_fit(const char* function, const std::string& value, dtype t);

template <class P, class S>
struct weak_or {
  using type = weak_t<S, P>;
};

template <class P, class S>
using weak = typename std::conditional_t<std::is_void_v<P>, std::type_identity<element_t<S>>,
                                         weak_or<P, S>>::type;

// A scalar beside tensors that agree on P. An integer that P cannot hold is an error, not a wrap.
template <class P, Scalar S>
auto as_constant(const char* function, S s) {
  using W = weak<P, S>;
  if constexpr (std::integral<W> && std::integral<S> && !std::same_as<W, bool> &&
                !std::same_as<S, bool>) {
    if (s < S{} ? (std::is_unsigned_v<W> ||
                   std::intmax_t(s) < std::intmax_t(std::numeric_limits<W>::min()))
                : std::uintmax_t(s) > std::uintmax_t(std::numeric_limits<W>::max()))
      scalar_does_not_fit(function, std::to_string(s), dtype_of<W>);
  }
  return constant<W>(static_cast<compute_t<W>>(s));
}

template <class E>
inline constexpr bool is_node = false;
template <class Op, class... E>
inline constexpr bool is_node<node<Op, E...>> = true;

/// What stands within a tree for x, which is no scalar.
template <class X>
auto as_part(X&& x) {
  if constexpr (is_node<std::remove_cvref_t<X>>)
    return std::forward<X>(x).within();
  else if constexpr (is_node<tree_t<X>>)
    return as_tree(std::forward<X>(x)).within();
  else
    return as_tree(std::forward<X>(x));
}

/// Makes an operand of x where it will stay; scalars take the type P.
template <class P, class X>
struct operand_maker {
  const char* function;
  X&& x;

  auto operator()() const {
    if constexpr (Scalar<X>)
      return as_constant<P>(function, std::remove_cvref_t<X>(x));
    else
      return as_part(std::forward<X>(x));
  }
  /// Of a node, from which the operand may have been moved.
  const agreement& agreed() const
    requires is_node<std::remove_cvref_t<X>>
  {
    return x.agreed();
  }
};

/// The type of such an operand.
template <class P, class X>
struct operand_of : tree_of<X> {};
template <class P, class X>
  requires(!Scalar<X>) && is_node<tree_t<X>>
struct operand_of<P, X> : std::type_identity<typename tree_t<X>::inside> {};
template <class P, class X>
  requires Scalar<X>
struct operand_of<P, X> : std::type_identity<constant<weak<P, std::remove_cvref_t<X>>>> {};
template <class P, class X>
using operand_t = typename operand_of<P, X>::type;
/// What a callable gets of an operand.
template <class X>
using number_t = compute_t<typename operand_t<void, X>::value_type>;

/// Whether Op is for elements of these operands' types.
template <class Op, class... X>
inline constexpr bool takes = [] {
  using P = typename agreed<void, std::remove_cvref_t<X>...>::type;
  return op::accepts<Op, typename operand_t<P, const X&>::value_type...>;
}();

/// A node of Op over operands made from x..., of which the scalars take the type P.
template <class Op, class P, class... X>
auto node_of(Op o, X&&... x) {
  return node<Op, operand_t<P, X&&>...>(
      std::move(o), operand_maker<P, X&&>{Op::name.data(), std::forward<X>(x)}...);
}
}  // namespace trees

/// A node of the op table's row Op over any operands that it takes. The functions and operators
/// are names for this. Throws shape_error, device_error, and dtype_error for an integer scalar that
/// the tensors' type cannot hold.
template <class Op, class... X>
auto make_node(X&&... x) {
  using P = typename trees::agreed<void, std::remove_cvref_t<X>...>::type;
  return trees::node_of<Op, P>(Op{}, std::forward<X>(x)...);
}

/// where(condition, x, y): only x and y agree on a type, the condition stays what it is.
template <class Op, class C, class X, class Y>
  requires std::same_as<Op, op::where>
auto make_node(C&& condition, X&& x, Y&& y) {
  using P = typename trees::agreed<void, std::remove_cvref_t<X>, std::remove_cvref_t<Y>>::type;
  return node<Op, trees::operand_t<void, C&&>, trees::operand_t<P, X&&>, trees::operand_t<P, Y&&>>(
      Op{}, trees::operand_maker<void, C&&>{"where", std::forward<C>(condition)},
      trees::operand_maker<P, X&&>{"where", std::forward<X>(x)},
      trees::operand_maker<P, Y&&>{"where", std::forward<Y>(y)});
}

}  // namespace weft
