// weft/xtensor.hpp: xtensor's containers, adaptors and strided views as weft views, without a copy.
// The view borrows: the xtensor object must outlive every tree made from it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "weft/adapt.hpp"
#include "weft/view.hpp"

namespace weft {

/// Anything of xtensor's with elements in memory at an offset, with shape and strides.
template <class C>
concept XtensorBuffer = requires(C& c) {
  typename C::expression_tag;
  c.data();
  c.data_offset();
  c.shape();
  c.strides();
};

/// `view_of(a)` for an xt::xarray, xt::xtensor, xt::xarray_adaptor or strided view `a`.
template <class C>
  requires XtensorBuffer<C>
struct adaptor<C> {
  template <class X>
  static auto view_of(X& x) {
    auto* first = x.data() + x.data_offset();
    using T = std::remove_pointer_t<decltype(first)>;
    // xtensor gives an axis of extent 1 the stride 0, which weft never reads.
    return view<T>(first, shape(x.shape()), strides(x.strides()));
  }
};

}  // namespace weft
