// weft/xtensor_out.hpp: weft's tensors, views and trees as xtensor's arrays. Tensors and views are
// not copied: the adaptor shares ownership of their memory and may outlive them.
//
//     auto a = weft::to_xtensor(x);        // a weft::tensor x; write to either, both change
//     a(0, 0) = xt::sum(a)();
//     xt::xarray<double> y = u * v + 1;    // a tree of weft's, evaluated by weft into y
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/error.hpp"
#include "weft/eval.hpp"
#include "weft/xtensor_buffer.hpp"
#include "weft/xtensor_include.hpp"

namespace weft {

namespace xtensors {
/// What an adaptor of xtensor's keeps beside its pointer: a share of the memory. xtensor takes
/// anything with a call operator for that, which it never calls.
struct kept_memory {
  buffer memory;
  void operator()() const {}
};
/// Memory that xtensor refers to and weft owns.
template <class T>
using storage = xt::xbuffer_adaptor<T*, xt::smart_ownership, kept_memory>;
template <class T>
using any_rank = xt::xarray_adaptor<storage<T>, xt::layout_type::dynamic>;
template <class T, std::size_t N>
using fixed_rank = xt::xtensor_adaptor<storage<T>, N, xt::layout_type::dynamic>;

/// A shape or strides of xtensor's. Throws shape_error for a rank that it cannot have.
template <class S>
S numbers(const dims& d) {
  S s;
  if constexpr (requires { s.resize(d.size()); })
    s.resize(d.size());
  else if (s.size() != d.size())
    throw shape_error("to xtensor: " + std::to_string(d.size()) +
                      " axes do not fit a type of rank " + std::to_string(s.size()));
  std::copy(d.begin(), d.end(), s.begin());
  return s;
}

template <class A, class T>
A adapted(const view<T>& v) {
  strides st = v.strides();
  for (std::size_t axis = 0; axis < st.size(); ++axis)
    if (v.shape()[axis] == 1) st[axis] = 0;  // xtensor repeats an axis by this
  return A(storage<T>(v.data(), std::size_t(v.size()), kept_memory{v.owner()}),
           numbers<typename A::shape_type>(v.shape()), numbers<typename A::strides_type>(st));
}

/// A container whose shape is chosen at run time.
template <class C>
concept Resizable = XtensorContainer<C> && requires(typename C::shape_type s) {
  *s.begin() = 1;
  C::from_shape(s);
};

template <class C, class Tree>
C evaluated(Tree tree) {
  C result;
  if constexpr (Resizable<C>) result = C::from_shape(numbers<typename C::shape_type>(tree.shape()));
  weft::eval(weft::assign(result, std::move(tree)));
  return result;
}
}  // namespace xtensors

/// The elements of a tensor or a view as an xt::xarray_adaptor that shares their ownership; of a
/// tree, those of a new tensor. Throws device_error for memory that the host cannot read.
template <class X>
  requires Expr<X>
auto to_xtensor(X&& x) {
  if constexpr (requires { x.as_view(); }) {
    const auto v = x.as_view();
    return xtensors::adapted<xtensors::any_rank<std::remove_pointer_t<decltype(v.elements())>>>(v);
  } else {
    return to_xtensor(weft::eval(x));
  }
}

/// The same as an xt::xtensor_adaptor of rank N. Throws shape_error for another rank.
template <std::size_t N, class X>
  requires Expr<X>
auto to_xtensor(X&& x) {
  if constexpr (requires { x.as_view(); }) {
    const auto v = x.as_view();
    return xtensors::adapted<
        xtensors::fixed_rank<std::remove_pointer_t<decltype(v.elements())>, N>>(v);
  } else {
    return to_xtensor<N>(weft::eval(x));
  }
}

}  // namespace weft
