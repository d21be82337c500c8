// weft/array.hpp: what tensor<T> and view<T> have in common: sizes, elements, slices, iteration.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

#include "weft/device.hpp"
#include "weft/dtype.hpp"
#include "weft/index.hpp"
#include "weft/layout.hpp"

namespace weft {

/// `Derived` gives shape(), strides(), device(), elements() and as_view(); T may be const.
template <class T>
class tensor;

template <class Derived, class T>
class array {
 public:
  int ndim() const { return self().shape().ndim(); }
  index_t size() const { return self().shape().product(); }
  /// The extent of one axis, counted from the end when negative. Throws index_error.
  index_t extent(index_t axis) const {
    return self().shape()[std::size_t(shapes::normalize_axis("extent", axis, ndim()))];
  }
  static constexpr weft::dtype dtype() { return dtype_of<std::remove_const_t<T>>; }
  bool is_contiguous(layout order = layout::row_major) const {
    return weft::is_contiguous(self().shape(), self().strides(), order);
  }

  /// The first element's address. Throws device_error for memory that the host cannot read.
  T* data() { return on_host("data"), self().elements(); }
  auto data() const { return on_host("data"), self().elements(); }

  /// One element: as many indices as axes, negative ones count from the end. Throws index_error.
  template <std::integral... I>
  T& operator()(I... indices) {
    return element(self(), indices...);
  }
  template <std::integral... I>
  auto& operator()(I... indices) const {
    return element(self(), indices...);
  }

  /// A slice, as a view: `x(range(1, -1), all, 3)`, `x(ellipsis, newaxis)`. An integer drops its
  /// axis; axes not named are kept whole. Throws index_error.
  template <class... I>
    requires(Index<I> && ...) && (!std::integral<I> || ...)
  auto operator()(const I&... items) {
    return sliced(self(), items...);
  }
  template <class... I>
    requires(Index<I> && ...) && (!std::integral<I> || ...)
  auto operator()(const I&... items) const {
    return sliced(self(), items...);
  }

  /// The value of a tensor with one element, brought here from a device. Throws shape_error for any
  /// other.
  std::remove_const_t<T> item() const {
    if (size() != 1) index::not_one_element(self().shape());
    if (self().device().where == device::type::cuda) return *to(cpu).data();
    return *data();
  }

  /// A copy of the elements in new memory on device d, given as such or by name: `x.to("cpu")`.
  /// Throws device_error for a device that is missing, memory_error. Defined in eval.hpp.
  tensor<std::remove_const_t<T>> to(weft::device d) const;
  tensor<std::remove_const_t<T>> to(std::string_view name) const { return to(parse_device(name)); }

  /// Contiguous elements in row-major order. Throws shape_error when they are not contiguous.
  T* begin() { return in_order("begin"), data(); }
  T* end() { return begin() + size(); }
  auto begin() const { return in_order("begin"), data(); }
  auto end() const { return begin() + size(); }
  std::span<T> span() { return {begin(), std::size_t(size())}; }
  auto span() const {
    return std::span<std::remove_pointer_t<decltype(begin())>>(begin(), std::size_t(size()));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
  const Derived& self() const { return static_cast<const Derived&>(*this); }

  void on_host(const char* function) const {
    if (self().device().where == device::type::cuda) index::not_on_host(function, self().device());
  }
  void in_order(const char* function) const {
    if (!is_contiguous()) index::not_contiguous(function, self().shape(), self().strides());
  }
  template <class Self, class... I>
  static auto& element(Self& x, I... indices) {
    x.on_host("operator()");
    const index_t list[] = {index_t(indices)..., 0};
    return x.elements()[index::offset(x.shape(), x.strides(), {list, sizeof...(I)})];
  }
  template <class Self, class... I>
  static auto sliced(Self& x, const I&... items) {
    const index::item list[] = {index::item(items)...};
    return x.placed_by([&](const placement& p) { return index::slice(p, list); });
  }
};

}  // namespace weft
