// weft/repeated.hpp: work that a tree repeats: what stands both as the operand of a reduction and
// beside it, as exp does in exp(x) / sum(exp(x)). Where slices of the tree stay in the cache, it is
// stored there and computed once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "weft/cpu/measures.hpp"
#include "weft/reduce.hpp"

namespace weft::repeated {

struct nothing {};

/// Whether a branch of type What stands in a tree of type E, outside of its reductions.
template <class What, class E>
inline constexpr bool stands_in = std::same_as<What, E>;
template <class What, class Op, class... E>
inline constexpr bool stands_in<What, branch<Op, E...>> =
    std::same_as<What, branch<Op, E...>> || (stands_in<What, E> || ...);
template <class What, class Op, class... E>
inline constexpr bool stands_in<What, node<Op, E...>> = stands_in<What, branch<Op, E...>>;

/// The first one of some types that is not `nothing`.
template <class... T>
struct first_of : std::type_identity<nothing> {};
template <class T, class... Rest>
struct first_of<T, Rest...>
    : std::conditional_t<std::same_as<T, nothing>, first_of<Rest...>, std::type_identity<T>> {};

/// Whether it takes longer to compute a tree again than to read it back, and whether two of this
/// type with the same operands are the same: nothing is known of callables and generators.
template <class E>
inline constexpr bool is_work = [] {
  for (const leaf_kind& k : trees::leaves_of<E>)
    if (k.what == leaf_kind::is::other && !k.reduce) return false;
  return kernel::code_of<typename E::kernel_form>.functions > 0;
}();

/// The branch that a reduction in E takes as its operand and that stands in Whole too, if it is
/// work; else nothing.
template <class Whole, class E>
struct of : std::type_identity<nothing> {};
template <class Whole, class Op, class... E>
struct of<Whole, branch<Op, E...>> : first_of<typename of<Whole, E>::type...> {};
template <class Whole, class Op, class... E>
struct of<Whole, node<Op, E...>> : of<Whole, branch<Op, E...>> {};
template <class Whole, class R, class Op, class... E>
  requires stands_in<branch<Op, E...>, Whole> && is_work<branch<Op, E...>>
struct of<Whole, reduction<R, node<Op, E...>>> : std::type_identity<branch<Op, E...>> {};

template <class E>
using in = typename of<E, E>::type;
template <class E>
inline constexpr bool is_in = !std::same_as<in<E>, nothing>;

/// Whether it pays to store elements of so many bytes for a reduction of these axes: where they are
/// few, or where slices along the other axes are.
bool pays(const shape& operand, const bool* reduces, std::size_t element_bytes);

template <class What, class E>
bool pays_in(const E&) {
  return true;
}
template <class What, class R, class E>
bool pays_in(const reduction<R, E>& r) {
  if constexpr (requires { requires std::same_as<typename E::inside, What>; })
    return pays(r.operand().shape(), r.geometry().reduces, sizeof(typename E::value_type));
  else
    return true;
}
template <class What, class Op, class... E>
bool pays_in(const branch<Op, E...>& x) {
  bool all = true;
  nodes::for_each(x.operands(), [&](const auto& e) { all = all && pays_in<What>(e); });
  return all;
}
template <class What, class Op, class... E>
bool pays_in(const node<Op, E...>& x) {
  return pays_in<What>(x.tree());
}

/// A copy of a tree in which each What is stored. Those with the same leaves are found to be the
/// same where the tree is bound.
template <class What, class E>
auto storing(const E& e) {
  return e;
}
template <class What, class R, class E>
auto storing(const reduction<R, E>& r) {
  if constexpr (requires { requires std::same_as<typename E::inside, What>; })
    return r.of(store(r.operand()));
  else
    return r;
}
template <class What, class Op, class... E>
auto storing(const branch<Op, E...>& x) {
  if constexpr (std::same_as<branch<Op, E...>, What>)
    return store(nodes::whole(x));
  else
    return nodes::apply(x.operands(), [&x](const auto&... e) {
      return branch<Op, decltype(storing<What>(e))...>(x.op(),
                                                       [&e] { return storing<What>(e); }...);
    });
}

/// The tree with what it repeats stored.
template <class Op, class... E>
auto stored(const node<Op, E...>& x) {
  return nodes::whole(storing<in<node<Op, E...>>>(x.tree()));
}

/// use(tree), or use(the tree with what it repeats stored) where that pays.
template <class E, class Use>
decltype(auto) with_stored(const E& tree, Use use) {
  if constexpr (is_in<E>)
    if (pays_in<in<E>>(tree)) return with_stored(stored(tree), use);
  return use(tree);
}

}  // namespace weft::repeated
