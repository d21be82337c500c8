// weft/mdspan.hpp: mdspans as weft views and back, without a copy. Works with std::mdspan and with
// the Kokkos reference implementation, as it needs neither's header: an mdspan is known by its
// members. An mdspan refers to elements that somebody else owns, in both directions.
//
//     std::mdspan<float, std::dextents<int, 2>> m(p, 3, 4);
//     weft::eval(weft::assign(m, weft::sin(m)));                  // m's elements
//     using Rows = std::mdspan<float, std::dextents<int, 2>, std::layout_stride>;
//     Rows r = weft::to_mdspan<Rows>(x);                          // x's elements
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/error.hpp"
#include "weft/operand.hpp"
#include "weft/tensor.hpp"
#include "weft/view.hpp"

namespace weft {

/// An mdspan over plain memory: its accessor does nothing but p[i]. One that changes values or has
/// a state, and one whose layout has no strides, is no operand.
template <class M>
concept Mdspan = requires(const M& m) {
  typename M::extents_type;
  requires std::same_as<typename M::data_handle_type, typename M::element_type*>;
  requires std::same_as<typename M::reference, typename M::element_type&>;
  requires std::is_empty_v<typename M::accessor_type>;
  requires Element<std::remove_const_t<typename M::element_type>>;
  requires M::is_always_strided();
  m.mapping();
};

/// `view_of(m)`: m's elements, which whoever owns them must keep.
template <Mdspan M>
struct adaptor<M> {
  using T = typename M::element_type;
  static view<T> view_of(const M& m) {
    shape s;
    strides st;
    if constexpr (M::rank() > 0) {
      for (typename M::rank_type axis = 0; axis < M::rank(); ++axis) {
        s.push_back(index_t(m.extent(axis)));
        st.push_back(index_t(m.mapping().stride(axis)));
      }
    }
    return view<T>(m.data_handle(), s, st);
  }
};

namespace mdspans {
[[noreturn]] inline void refuse(const std::string& why) { throw shape_error("to_mdspan: " + why); }

template <Mdspan M, std::size_t... Axis>
auto mapping(const shape& s, const strides& st, std::index_sequence<Axis...>) {
  using extents = typename M::extents_type;
  using index = typename M::index_type;
  if (s.size() != sizeof...(Axis))
    refuse("shape " + to_string(s) + " has not the mdspan's rank " +
           std::to_string(sizeof...(Axis)));
  for (std::size_t axis : std::initializer_list<std::size_t>{Axis...}) {
    const std::size_t fixed = extents::static_extent(axis);
    if (fixed != std::size_t(-1) && index_t(fixed) != s[axis])
      refuse("shape " + to_string(s) + " has not the mdspan's fixed extent " +
             std::to_string(fixed) + " on axis " + std::to_string(axis));
    if (!std::in_range<index>(s[axis])) refuse("its index type cannot hold shape " + to_string(s));
  }
  const extents e(std::array<index, sizeof...(Axis)>{index(s[Axis])...});
  using layout_mapping = typename M::mapping_type;
  if constexpr (requires(std::array<index, sizeof...(Axis)> a) { layout_mapping(e, a); }) {
    for (std::size_t axis : std::initializer_list<std::size_t>{Axis...})
      if (s[axis] > 1 && (st[axis] <= 0 || !std::in_range<index>(st[axis])))
        refuse("an mdspan cannot step by stride " + std::to_string(st[axis]) + " of axis " +
               std::to_string(axis) + "; pass weft::copy(x)");
    // An axis of extent 1 is never stepped by; an mdspan wants a positive stride all the same.
    return layout_mapping(
        e, std::array<index, sizeof...(Axis)>{index(s[Axis] > 1 ? st[Axis] : index_t(1))...});
  } else if constexpr (sizeof...(Axis) == 0) {
    return layout_mapping(e);
  } else {
    const layout_mapping m(e);
    for (std::size_t axis : std::initializer_list<std::size_t>{Axis...})
      if (s[axis] > 1 && index_t(m.stride(axis)) != st[axis])
        refuse("strides " + to_string(st) + " of shape " + to_string(s) +
               " are not those of the mdspan's layout; use layout_stride, or pass weft::copy(x)");
    return m;
  }
}
}  // namespace mdspans

/// The elements of a tensor or a view as an mdspan M, which only refers to them: x, or whatever
/// owns its elements, must outlive it. Throws shape_error when rank, fixed extents or strides do
/// not suit M; device_error for memory that the host cannot read.
template <Mdspan M, class X>
  requires Expr<X> && requires(X& x) { x.as_view(); }
M to_mdspan(X&& x) {
  static_assert(!trees::is_tensor<std::remove_cvref_t<X>> || std::is_lvalue_reference_v<X>,
                "weft::to_mdspan(x): x is a temporary tensor, which the mdspan would outlive");
  auto v = x.as_view();
  static_assert(std::convertible_to<decltype(v.data()), typename M::element_type*>,
                "weft::to_mdspan<M>(x): M's element type is not x's, or M writes what only reads");
  return M(v.data(),
           mdspans::mapping<M>(v.shape(), v.strides(), std::make_index_sequence<M::rank()>{}));
}

}  // namespace weft
