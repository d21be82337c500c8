// weft/normalize.hpp: functions that divide rows by what their reductions say, and distances. Each
// is one expression, which runs row by row with one read and one write of memory where its axes
// allow.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/repeated.hpp"
#include "weft/statistics.hpp"

namespace weft {

namespace reductions {
/// What a sum becomes that rows are multiplied by, or that is taken from them.
struct as_reciprocal {
  static constexpr std::string_view name = "reciprocal";
  auto operator()(auto sum) const { return decltype(sum)(1) / sum; }
};
struct as_log {
  static constexpr std::string_view name = "log";
  auto operator()(auto sum) const {
    using std::log;
    return log(sum);
  }
};
/// 1 / sqrt(sum / n + eps)
template <class T>
struct as_scale {
  static constexpr std::string_view name = "rsqrt(mean + eps)";
  T n, eps = 0;
  auto operator()(auto sum) const {
    using std::sqrt;
    return decltype(sum)(1) / sqrt(sum / n + eps);
  }
};
/// 1 / max(sqrt(sum), eps), NaN where the sum is.
template <class T>
struct as_unit {
  static constexpr std::string_view name = "1 / max(norm, eps)";
  T eps;
  auto operator()(auto sum) const {
    using scalar::maximum, std::sqrt;
    return decltype(sum)(1) / maximum(sqrt(sum), decltype(sum)(eps));
  }
};
template <class E>
auto root_mean_scale(const E& squares, const axis_set& axes, double eps) {
  using T = real_of<E>;
  const as_scale<T> finish{T(count_of(squares.shape(), axes)), T(eps)};
  return make_finished<sum>(finish, squares, axes, keepdims);
}
}  // namespace reductions

// All take the axes over which they normalise, by default the last one, and return the shape of x,
// integers as double. They throw as reductions do.

/// exp(x) / sum(exp(x)) without overflow. NaN where all are -inf.
template <class X>
  requires Operands<X>
auto softmax(X&& x, const axis_set& axes = -1) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto exponentials = exp(tree - max(tree, axes, keepdims));
  const auto over_sum = [&axes](auto e) {
    auto scale =
        reductions::make_finished<reductions::sum>(reductions::as_reciprocal{}, e, axes, keepdims);
    return std::move(e) * std::move(scale);
  };
  if constexpr (repeated::is_work<decltype(exponentials)>)
    return over_sum(std::move(exponentials));  // stored where it pays
  else
    return over_sum(store(std::move(exponentials)));
}
/// log(softmax(x)), accurate where that is small.
template <class X>
  requires Operands<X>
auto log_softmax(X&& x, const axis_set& axes = -1) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto shifted = tree - max(tree, axes, keepdims);
  auto total = reductions::make_finished<reductions::sum>(reductions::as_log{}, exp(shifted), axes,
                                                          keepdims);
  return std::move(shifted) - std::move(total);
}

/// (x - mean) / sqrt(var + eps). Weights and biases are the caller's: `layer_norm(x) * w + b`.
template <class X>
  requires Operands<X>
auto layer_norm(X&& x, const axis_set& axes = -1, double eps = 1e-5) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto centered = tree - mean(tree, axes, keepdims);
  auto scale = reductions::root_mean_scale(square(centered), axes, eps);
  return std::move(centered) * std::move(scale);
}
/// x / sqrt(mean(x * x) + eps)
template <class X>
  requires Operands<X>
auto rms_norm(X&& x, const axis_set& axes = -1, double eps = 1e-5) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  return tree * reductions::root_mean_scale(square(tree), axes, eps);
}
/// x / max(norm(x), eps)
template <class X>
  requires Operands<X>
auto normalize(X&& x, const axis_set& axes = -1, double eps = 1e-12) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto squares = abs2(tree);
  using T = reductions::real_of<decltype(squares)>;
  const reductions::as_unit<T> finish{T(eps)};
  return tree *
         reductions::make_finished<reductions::sum>(finish, std::move(squares), axes, keepdims);
}
/// (x - mean) / stddev: `standardize` over all elements unless axes are named, `zscore` over the
/// last axis.
template <class X>
  requires Operands<X>
auto standardize(X&& x, const axis_set& axes = {}, double ddof = 0) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  return (tree - mean(tree, axes, keepdims)) *
         reductions::of_deviations<reductions::as_scale>(tree, axes, keepdims, ddof);
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
