// weft/rearrange.hpp: the same elements at other places: transpose, permute, reshape and their
// like. Each returns a view of a tensor's or view's elements; nothing is copied.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/tensor.hpp"

namespace weft {

/// A tensor or a view: something with elements in memory.
template <class X>
concept Stored = Expr<X> && requires(X& x) { x.as_view().where(); };

namespace placed {
placement permute(const char* function, const placement& p, const dims& axes);
placement transpose(const placement& p);
placement reshape(const placement& p, const shape& s);
placement squeeze(const placement& p);
placement squeeze(const placement& p, index_t axis);
placement expand_dims(const placement& p, index_t axis);
placement flip(const placement& p, index_t axis);
placement flip(const placement& p);
placement broadcast_to(const placement& p, const shape& s);
placement diagonal(const placement& p, index_t k);
}  // namespace placed

/// All axes in reverse order.
template <Stored X>
auto transpose(X&& x) {
  auto v = x.as_view();
  return v.placed(placed::transpose(v.where()));
}
/// Axis i of the result is axis axes[i] of x. Throws index_error unless `axes` names each axis
/// once.
template <Stored X>
auto permute(X&& x, const dims& axes) {
  auto v = x.as_view();
  return v.placed(placed::permute("permute", v.where(), axes));
}
/// The same elements in row-major order under another shape; one extent may be -1. Throws
/// shape_error when the counts differ, or when the strides do not allow it without a copy.
template <Stored X>
auto reshape(X&& x, const shape& s) {
  auto v = x.as_view();
  return v.placed(placed::reshape(v.where(), s));
}
/// Without the axes of extent 1, or without one of them. Throws shape_error for another extent.
template <Stored X>
auto squeeze(X&& x) {
  auto v = x.as_view();
  return v.placed(placed::squeeze(v.where()));
}
template <Stored X>
auto squeeze(X&& x, index_t axis) {
  auto v = x.as_view();
  return v.placed(placed::squeeze(v.where(), axis));
}
/// With a new axis of extent 1 before `axis`.
template <Stored X>
auto expand_dims(X&& x, index_t axis) {
  auto v = x.as_view();
  return v.placed(placed::expand_dims(v.where(), axis));
}
/// Backwards along one axis, or along all.
template <Stored X>
auto flip(X&& x, index_t axis) {
  auto v = x.as_view();
  return v.placed(placed::flip(v.where(), axis));
}
template <Stored X>
auto flip(X&& x) {
  auto v = x.as_view();
  return v.placed(placed::flip(v.where()));
}
/// Repeated to shape s with strides of 0. Throws shape_error when x does not broadcast to s.
template <Stored X>
auto broadcast_to(X&& x, const shape& s) {
  auto v = x.as_view();
  return v.placed(placed::broadcast_to(v.where(), s));
}
/// Diagonal k of the last two axes, as a last axis. Throws shape_error below rank 2.
template <Stored X>
auto diagonal(X&& x, index_t k = 0) {
  auto v = x.as_view();
  return v.placed(placed::diagonal(v.where(), k));
}

}  // namespace weft
