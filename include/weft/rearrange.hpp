// weft/rearrange.hpp: the same elements at other places: transpose, permute, reshape and their
// like. Of a tensor, a view or an adapted container they return a view; of an unevaluated tree the
// same tree with its leaves rearranged. Nothing is copied or computed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/functions.hpp"
#include "weft/tensor.hpp"

namespace weft {

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

/// x at the placement change(where x is now).
template <class X, class F>
auto by(X&& x, F change) {
  if constexpr (requires { x.placed_by(change); }) {
    return x.placed_by(change);
  } else if constexpr (Expr<X>) {
    rearrangement r(x.shape(), change);
    return x.rearranged(r);
  } else {
    return by(trees::as_tree(std::forward<X>(x)), change);
  }
}
}  // namespace placed

/// All axes in reverse order.
template <class X>
  requires Operands<X>
auto transpose(X&& x) {
  return placed::by(std::forward<X>(x), [&](const placement& p) { return placed::transpose(p); });
}
/// Axis i of the result is axis axes[i] of x. Throws index_error unless `axes` names each axis
/// once.
template <class X>
  requires Operands<X>
auto permute(X&& x, const dims& axes) {
  return placed::by(std::forward<X>(x),
                    [&](const placement& p) { return placed::permute("permute", p, axes); });
}
/// The same elements in row-major order under another shape; one extent may be -1. Throws
/// shape_error when the counts differ, or when the strides do not allow it without a copy.
template <class X>
  requires Operands<X>
auto reshape(X&& x, const shape& s) {
  return placed::by(std::forward<X>(x), [&](const placement& p) { return placed::reshape(p, s); });
}
/// Without the axes of extent 1, or without one of them. Throws shape_error for another extent.
template <class X>
  requires Operands<X>
auto squeeze(X&& x) {
  return placed::by(std::forward<X>(x), [&](const placement& p) { return placed::squeeze(p); });
}
template <class X>
  requires Operands<X>
auto squeeze(X&& x, index_t axis) {
  return placed::by(std::forward<X>(x),
                    [&](const placement& p) { return placed::squeeze(p, axis); });
}
/// With a new axis of extent 1 before `axis`.
template <class X>
  requires Operands<X>
auto expand_dims(X&& x, index_t axis) {
  return placed::by(std::forward<X>(x),
                    [&](const placement& p) { return placed::expand_dims(p, axis); });
}
/// Backwards along one axis, or along all.
template <class X>
  requires Operands<X>
auto flip(X&& x, index_t axis) {
  return placed::by(std::forward<X>(x), [&](const placement& p) { return placed::flip(p, axis); });
}
template <class X>
  requires Operands<X>
auto flip(X&& x) {
  return placed::by(std::forward<X>(x), [&](const placement& p) { return placed::flip(p); });
}
/// Repeated to shape s with strides of 0. Throws shape_error when x does not broadcast to s.
template <class X>
  requires Operands<X>
auto broadcast_to(X&& x, const shape& s) {
  return placed::by(std::forward<X>(x),
                    [&](const placement& p) { return placed::broadcast_to(p, s); });
}
/// Diagonal k of the last two axes, as a last axis. Throws shape_error below rank 2.
template <class X>
  requires Operands<X>
auto diagonal(X&& x, index_t k = 0) {
  return placed::by(std::forward<X>(x), [&](const placement& p) { return placed::diagonal(p, k); });
}

}  // namespace weft
