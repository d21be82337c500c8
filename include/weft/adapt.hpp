// weft/adapt.hpp: the one customization point. A library's containers become operands by one
// specialisation of `adaptor` whose view_of(x) returns a weft::view of the same elements; its
// unevaluated expressions by one whose tree_of(x) returns the same expression as a weft tree.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

namespace weft {

/// Specialise for a container type C (without const or reference):
///
///     template <> struct weft::adaptor<C> {
///       static view<T> view_of(C& x);
///       static view<const T> view_of(const C& x);
///       template <class Tree> static C evaluated(const Tree& tree);  // for `C c = tree`; optional
///     };
///
/// and for a lazy expression type with a tree_of(x) in the place of view_of(x).
template <class C>
struct adaptor;

template <class C>
concept AdaptedContainer =
    requires(C&& c) { adaptor<std::remove_cvref_t<C>>::view_of(std::forward<C>(c)); };
template <class C>
concept AdaptedExpression =
    requires(C&& c) { adaptor<std::remove_cvref_t<C>>::tree_of(std::forward<C>(c)); };
template <class C>
concept Adapted = AdaptedContainer<C> || AdaptedExpression<C>;

/// A weft view of an adapted container's elements, without a copy. It borrows unless the
/// adaptor's documentation says that it shares ownership.
template <class C>
auto view_of(C&& c) {
  static_assert(AdaptedContainer<C>,
                "weft::view_of(x): x is not adapted; include its adaptor, e.g. <weft/xtensor.hpp>, "
                "and evaluate what its library has not evaluated, e.g. xt::eval(x)");
  return adaptor<std::remove_cvref_t<C>>::view_of(std::forward<C>(c));
}

/// A base of trees, which thereby become containers of other libraries:
/// `xt::xarray<double> y = a + b;` evaluates straight into y.
template <class Tree>
struct evaluates_into_containers {
  template <class C>
    requires requires(const Tree& tree) { adaptor<C>::evaluated(tree); }
  operator C() const {  // NOLINT(google-explicit-constructor)
    return adaptor<C>::evaluated(static_cast<const Tree&>(*this));
  }
};

}  // namespace weft
