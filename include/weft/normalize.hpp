// weft/normalize.hpp: functions that divide rows by what their reductions say, and distances. Each
// is one expression, which runs row by row with one read and one write of memory where its axes
// allow. SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/statistics.hpp"

namespace weft {

// All take the axes over which they normalise, by default the last one, and return the shape of x,
// integers as double. They throw as reductions do.

/// exp(x) / sum(exp(x)) without overflow. NaN where all are -inf.
template <class X>
  requires Operands<X>
auto softmax(X&& x, const axis_set& axes = -1) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto e = store(exp(tree - max(tree, axes, keepdims)));
  auto scale = store(1 / sum(e, axes, keepdims));
  return std::move(e) * std::move(scale);
}
/// log(softmax(x)), accurate where that is small.
template <class X>
  requires Operands<X>
auto log_softmax(X&& x, const axis_set& axes = -1) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto shifted = tree - max(tree, axes, keepdims);
  auto total = store(log(sum(exp(shifted), axes, keepdims)));
  return std::move(shifted) - std::move(total);
}

/// (x - mean) / sqrt(var + eps). Weights and biases are the caller's: `layer_norm(x) * w + b`.
template <class X>
  requires Operands<X>
auto layer_norm(X&& x, const axis_set& axes = -1, double eps = 1e-5) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto m = store(mean(tree, axes, keepdims));
  auto scale = store(rsqrt(mean(square(tree - m), axes, keepdims) + eps));
  return (tree - m) * std::move(scale);
}
/// x / sqrt(mean(x * x) + eps)
template <class X>
  requires Operands<X>
auto rms_norm(X&& x, const axis_set& axes = -1, double eps = 1e-5) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto scale = store(rsqrt(mean(square(tree), axes, keepdims) + eps));
  return tree * std::move(scale);
}
/// x / max(norm(x), eps)
template <class X>
  requires Operands<X>
auto normalize(X&& x, const axis_set& axes = -1, double eps = 1e-12) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  return tree * store(1 / maximum(norm(tree, axes, keepdims), eps));
}
/// (x - mean) / stddev: `standardize` over all elements unless axes are named, `zscore` over the
/// last axis.
template <class X>
  requires Operands<X>
auto standardize(X&& x, const axis_set& axes = {}, double ddof = 0) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto m = store(mean(tree, axes, keepdims));
  return (tree - m) * store(1 / stddev(tree, axes, keepdims, ddof));
}
template <class X>
  requires Operands<X>
auto zscore(X&& x, const axis_set& axes = -1, double ddof = 0) {
  return standardize(std::forward<X>(x), axes, ddof);
}

/// sum(x * y) / max(norm(x) * norm(y), eps), without the axes over which it is taken. Real x and y.
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto cosine_similarity(X&& x, Y&& y, const axis_set& axes = -1, double eps = 1e-8) {
  auto a = reductions::as_floating(std::forward<X>(x));
  auto b = reductions::as_floating(std::forward<Y>(y));
  return sum(a * b, axes) / maximum(norm(a, axes) * norm(b, axes), eps);
}
/// The mean of |x - y|^2.
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto mse(X&& x, Y&& y, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  return mean(abs2(reductions::as_floating(std::forward<X>(x)) - std::forward<Y>(y)), axes, keep);
}

/// The squared distances of every row of x, (n, d), from every row of y, (m, d), as (n, m); the
/// array of (n, m, d) differences is never stored. Throws shape_error when d differs.
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto squared_distances(X&& x, Y&& y) {
  auto a = expand_dims(trees::as_tree(std::forward<X>(x)), -2);
  auto b = expand_dims(trees::as_tree(std::forward<Y>(y)), 0);
  return sum(abs2(std::move(a) - std::move(b)), -1);
}
/// Their roots: Euclidean distances.
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto distances(X&& x, Y&& y) {
  return sqrt(squared_distances(std::forward<X>(x), std::forward<Y>(y)));
}

}  // namespace weft
