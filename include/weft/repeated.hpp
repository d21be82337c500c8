// weft/repeated.hpp: work that a tree repeats: what stands both as the operand of a reduction and
// beside it, as exp does in exp(x) / sum(exp(x)). Where slices of the tree stay in the cache, it is
// stored there and computed once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
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
/// type can be found to be the same: nothing is known of callables and generators.
template <class E>
inline constexpr bool is_work = [] {
  for (const leaf_kind& k : trees::leaves_of<E>)
    if (k.what == leaf_kind::is::other) return false;
  return kernel::code_of<typename E::kernel_form>.functions > 0;
}();

/// The branch that a reduction in E takes as its operand and that stands in Whole too, if it is
/// work, or that is so within the operand of a reduction; else nothing.
template <class Whole, class E>
struct of : std::type_identity<nothing> {};
template <class E>
using in = typename of<E, E>::type;
template <class E>
inline constexpr bool is_in = !std::same_as<in<E>, nothing>;

template <class Whole, class Op, class... E>
struct of<Whole, branch<Op, E...>> : first_of<typename of<Whole, E>::type...> {};
template <class Whole, class Op, class... E>
struct of<Whole, node<Op, E...>> : of<Whole, branch<Op, E...>> {};
template <class Whole, class R, class Op, class... E>
struct of<Whole, reduction<R, node<Op, E...>>> : std::type_identity<in<node<Op, E...>>> {};
template <class Whole, class R, class Op, class... E>
  requires stands_in<branch<Op, E...>, Whole> && is_work<branch<Op, E...>>
struct of<Whole, reduction<R, node<Op, E...>>> : std::type_identity<branch<Op, E...>> {};

/// Whether it pays to store elements of so many bytes for a reduction of these axes: where they are
/// few, or where slices along the other axes are.
bool pays(const shape& operand, const bool* reduces, std::size_t element_bytes);
/// Whether leaves are the same elements or numbers.
bool same_leaves(std::span<const leaf_kind> kinds, const void* const* a, const void* const* b);
/// Whether none is nearer in memory along its first axis than along its last one: what is stored
/// lies row by row.
bool are_row_by_row(std::span<const leaf_kind> kinds, const void* const* leaves);

/// What a tree is made of.
template <class E>
concept Reduction = requires(const E& e) { e.geometry(); };
template <class E>
concept Node = requires(const E& e) { e.tree(); };
template <class E>
concept Branch = requires(const E& e) { e.op(); };

/// Whether two trees of a type are the same, as far as leaves and reductions say.
template <class E>
bool same(const E& a, const E& b);
inline bool same(const operand_list<>&, const operand_list<>&) { return true; }
template <class E, class... Rest>
bool same(const operand_list<E, Rest...>& a, const operand_list<E, Rest...>& b) {
  return same(a.first, b.first) && same(a.rest, b.rest);
}
template <class E>
struct leaves {
  const void* list[E::slot_count];
  explicit leaves(const E& tree) {
    const void** next = list;
    trees::point_to(tree, next);
  }
};
template <class E>
bool same(const E& a, const E& b) {
  if constexpr (Reduction<E>)
    return a.is_like(b) && same(a.operand(), b.operand());
  else if constexpr (Node<E>)
    return same(a.tree(), b.tree());
  else if constexpr (Branch<E>)
    return same(a.operands(), b.operands());
  else
    return same_leaves(trees::leaves_of<E>, leaves<E>(a).list, leaves<E>(b).list);
}

/// Where a What stands in a tree: beside reductions, and as the operand of one.
template <class What>
class places {
 public:
  /// Whether each stands in both ways, and whether to store it pays.
  template <class E>
  bool pay_in(const E& tree) {
    find(tree);
    const auto has_same_in = [](const auto& others) {
      return [&others](const What* x) {
        return std::ranges::any_of(others, [x](const What* y) { return same(*x, *y); });
      };
    };
    return pay_ && std::ranges::all_of(beside_, has_same_in(reduced_)) &&
           std::ranges::all_of(reduced_, has_same_in(beside_)) &&
           are_row_by_row(trees::leaves_of<What>, leaves<What>(*beside_[0]).list);
  }

 private:
  template <class E>
  void find(const E& e) {
    if constexpr (std::same_as<E, What>) {
      beside_.push_back(&e);
    } else if constexpr (Reduction<E>) {
      if constexpr (requires { requires std::same_as<typename E::operand_type::inside, What>; }) {
        const auto& x = e.operand();
        reduced_.push_back(&x.tree());
        pay_ = pay_ && pays(x.shape(), e.geometry().reduces, sizeof(typename What::value_type));
      } else {
        find(e.operand());
      }
    } else if constexpr (Node<E>) {
      find(e.tree());
    } else if constexpr (Branch<E>) {
      nodes::for_each(e.operands(), [this](const auto& x) { this->find(x); });
    }
  }

  recycled_vector<const What*> beside_, reduced_;
  bool pay_ = true;
};

/// A copy of a tree in which each What is stored. Those that are the same are found again where the
/// tree is bound.
template <class What, class E>
auto storing(const E& e) {
  if constexpr (std::same_as<E, What>) {
    return store(nodes::whole(e));
  } else if constexpr (Reduction<E>) {
    return e.of(storing<What>(e.operand()));
  } else if constexpr (requires { requires std::same_as<typename E::inside, What>; }) {
    return store(e);
  } else if constexpr (Node<E>) {
    return nodes::whole(storing<What>(e.tree()));
  } else if constexpr (Branch<E>) {
    return nodes::apply(e.operands(), [&e](const auto&... x) {
      return branch<std::remove_cvref_t<decltype(e.op())>, decltype(storing<What>(x))...>(
          e.op(), [&x] { return storing<What>(x); }...);
    });
  } else {
    return e;
  }
}

/// use(tree), or use(the tree with what it repeats stored) where that pays.
template <class Use, class E>
decltype(auto) with_stored(Use use, const E& tree) {
  if constexpr (is_in<E> && std::copy_constructible<E>)
    if (places<in<E>>().pay_in(tree)) return with_stored(use, storing<in<E>>(tree));
  return use(tree);
}
/// The same of several trees.
template <class Use, class E, class... More>
  requires(sizeof...(More) > 0)
decltype(auto) with_stored(Use use, const E& tree, const More&... more) {
  return with_stored(
      [&](const auto& first) -> decltype(auto) {
        return with_stored(
            [&](const auto&... rest) -> decltype(auto) { return use(first, rest...); }, more...);
      },
      tree);
}

}  // namespace weft::repeated
