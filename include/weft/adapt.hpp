// weft/adapt.hpp: the one customization point. A library's containers become operands by one
// specialisation of `adaptor` whose view_of(x) returns a weft::view of the same elements.
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
///     };
template <class C>
struct adaptor;

template <class C>
concept Adapted = requires(C&& c) { adaptor<std::remove_cvref_t<C>>::view_of(std::forward<C>(c)); };

/// A weft view of an adapted container's elements, without a copy. It borrows unless the
/// adaptor's documentation says that it shares ownership.
template <class C>
auto view_of(C&& c) {
  static_assert(Adapted<C>,
                "weft::view_of(x): x is not adapted; include its adaptor, e.g. <weft/xtensor.hpp>, "
                "and evaluate what its library has not evaluated, e.g. xt::eval(x)");
  return adaptor<std::remove_cvref_t<C>>::view_of(std::forward<C>(c));
}

}  // namespace weft
