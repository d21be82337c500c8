// weft/xtensor_buffer.hpp: xtensor's containers, adaptors and strided views as weft views, without
// a copy. A named object is borrowed: it must outlive every tree made from it, and resizing it ends
// them. A temporary moves into the view, so `auto e = weft::sin(xt::xarray<float>(a + b))` is
// valid. No header of xtensor's is needed here: what has elements in memory is known by its
// members.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/adapt.hpp"
#include "weft/error.hpp"
#include "weft/held.hpp"
#include "weft/view.hpp"

namespace weft {

/// Anything of xtensor's with elements in memory at an offset, with shape and strides. Unevaluated
/// expressions have none, nor have views by index lists (xt::keep, xt::drop) and dynamic views.
template <class C>
concept XtensorBuffer = requires(C& c) {
  typename C::expression_tag;
  requires std::is_pointer_v<std::remove_cvref_t<decltype(c.data())>>;
  // Not so of xt::ravel in another order, whose data() does not compile.
  requires std::is_pointer_v<std::remove_cvref_t<decltype(c.storage().data())>>;
  c.data_offset();
  c.shape();
  c.strides();
};

/// One that owns its elements: xt::xarray, xt::xtensor, xt::xtensor_fixed.
template <class C>
concept XtensorContainer = XtensorBuffer<C> && std::same_as<C, typename C::temporary_type>;

namespace xtensors {
/// Throws for a container that has no memory for the elements of its shape.
void check_empty(const shape& s);
/// A container C with the elements of a tree, evaluated into it. Defined in xtensor_out.hpp.
template <class C, class Tree>
C evaluated(Tree tree);
}  // namespace xtensors

/// `view_of(a)` for an xt::xarray, xt::xtensor, xt::xtensor_fixed, xt::adapt'ed memory, or a
/// strided view or transpose of one.
template <class C>
  requires XtensorBuffer<C>
struct adaptor<C> {
  // The return type is named so that only a use of x fails, not the question whether x could be
  // an operand.
  template <class X>
  using element = std::remove_pointer_t<decltype(std::declval<X&>().data())>;
  template <class X>
  using view_type =
      view<std::conditional_t<Element<std::remove_const_t<element<X>>>, element<X>, double>>;

  template <class X>
  static view_type<X> view_of(X&& x) {
    constexpr bool has_dtype = Element<std::remove_const_t<element<X>>>;
    static_assert(has_dtype,
                  "weft::view_of(x): x is an xtensor container of elements that weft has no dtype "
                  "for; it takes bool, integers, float, double and complex of these");
    if constexpr (!has_dtype) {
      return {nullptr, shape{}};  // the assertion is the one line to read
    } else {
      return held(std::forward<X>(x), [](auto& c, buffer owner) {
        if (!c.data()) xtensors::check_empty(shape(c.shape()));
        // xtensor gives an axis of extent 1 the stride 0, which weft never steps by.
        return view_type<decltype(c)>(
            c.data() + c.data_offset(),
            [&c] { return placement{shape(c.shape()), strides(c.strides())}; }, cpu,
            std::move(owner));
      });
    }
  }

  template <class Tree>
    requires XtensorContainer<C>
  static C evaluated(const Tree& tree) {
    return xtensors::evaluated<C>(tree);
  }
};

inline void xtensors::check_empty(const shape& s) {
  if (s.product() == 0) return;
  throw error("view_of: an xtensor container of shape " + to_string(s) +
              " has no elements in memory; it was moved from, or made with a shape and no memory");
}

}  // namespace weft
