// weft/statistics.hpp: reductions that are trees over those of reduce.hpp. Each is one expression;
// what it needs several times is found and computed once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "weft/error.hpp"
#include "weft/rearrange.hpp"
#include "weft/reduce.hpp"

namespace weft {

namespace reductions {
/// How many elements of shape s become one.
index_t count_of(const shape& s, const axis_set& axes);
/// Throws shape_error unless both are lists of one length.
void check_dot(const shape& x, const shape& y);

/// The tree of x with integers and bool as double.
template <class X>
auto as_floating(X&& x) {
  auto tree = trees::as_tree(std::forward<X>(x));
  using T = typename decltype(tree)::value_type;
  if constexpr (kind_of<T> <= kind::integer)
    return cast<double>(std::move(tree));
  else
    return tree;
}
template <class E>
inline constexpr bool has_nan = kind_of<typename E::value_type> >= kind::floating;
/// The type in which results for a tree of E's elements are finished, complex ones by real numbers.
template <class E>
using real_of = component_t<compute_t<typename E::value_type>>;

/// How a sum is finished, by what it becomes; see `finished`. Each takes numbers, and registers of
/// them.
template <class T>
struct as_mean {
  static constexpr std::string_view name = "mean";
  T n;
  auto operator()(auto sum) const { return sum / n; }
};
template <class T>
struct as_stddev {
  static constexpr std::string_view name = "stddev";
  T n;
  auto operator()(auto sum) const {
    using std::sqrt;
    return sqrt(sum / n);
  }
};
struct as_norm {
  static constexpr std::string_view name = "norm";
  auto operator()(auto sum) const {
    using std::sqrt;
    return sqrt(sum);
  }
};

/// x with another number in the place of each NaN.
template <class E>
auto without_nan(const E& x, component_t<compute_t<typename E::value_type>> instead) {
  return where(isnan(x), instead, x);
}
}  // namespace reductions

// All take the axes to reduce and keepdims as in reduce.hpp, and throw as those do. The mean and
// what is made of it are double for integers and NaN for no elements.

/// The arithmetic mean. `mean<double>(x)` adds in double.
template <class X>
  requires Operands<X>
auto mean(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  using F = reductions::as_mean<reductions::real_of<decltype(tree)>>;
  const F finish{decltype(F::n)(reductions::count_of(tree.shape(), axes))};
  return reductions::make_finished<reductions::sum>(finish, std::move(tree), axes, keep);
}
template <Element T, class X>
  requires Operands<X>
auto mean(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  return mean(cast<T>(std::forward<X>(x)), axes, keep);
}

namespace reductions {
/// F of the sum of |x - mean|^2 and the count less ddof.
template <template <class> class F, class E>
auto of_deviations(const E& tree, const axis_set& axes, keepdims_t keep, double ddof) {
  using T = real_of<E>;
  const double n = double(count_of(tree.shape(), axes)) - ddof;
  return make_finished<sum>(F<T>{T(std::max(n, 0.0))}, abs2(tree - mean(tree, axes, keepdims)),
                            axes, keep);
}
}  // namespace reductions

/// The mean of |x - mean|^2, divided by the count less `ddof`; in two passes over x, of which the
/// second finds it in the cache where it can.
template <class X>
  requires Operands<X>
auto var(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims, double ddof = 0) {
  return reductions::of_deviations<reductions::as_mean>(reductions::as_floating(std::forward<X>(x)),
                                                        axes, keep, ddof);
}
/// The square root of the variance.
template <class X>
  requires Operands<X>
auto stddev(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims, double ddof = 0) {
  return reductions::of_deviations<reductions::as_stddev>(
      reductions::as_floating(std::forward<X>(x)), axes, keep, ddof);
}

/// Norms: the sum of |x|, the root of the sum of |x|^2 (it may overflow before the root is taken),
/// and the largest |x|.
template <class X>
  requires Operands<X>
auto norm1(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  return sum(abs(std::forward<X>(x)), axes, keep);
}
template <class X>
  requires Operands<X>
auto norm(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto squares = abs2(std::forward<X>(x));
  if constexpr (kind_of<typename decltype(squares)::value_type> <= kind::integer)
    return sqrt(sum(std::move(squares), axes, keep));
  else
    return reductions::make_finished<reductions::sum>(reductions::as_norm{}, std::move(squares),
                                                      axes, keep);
}
template <class X>
  requires Operands<X>
auto norm_inf(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  return max(abs(std::forward<X>(x)), axes, keep);
}

/// How many elements are not zero, as int64.
template <class X>
  requires Operands<X>
auto count_nonzero(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  using T = typename decltype(tree)::value_type;
  if constexpr (std::same_as<T, bool>)
    return sum(std::move(tree), axes, keep);
  else
    return sum(std::move(tree) != T(0), axes, keep);
}
/// The largest less the smallest element.
template <class X>
  requires Operands<X>
auto ptp(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  return max(tree, axes, keep) - min(tree, axes, keep);
}

// Of the elements that are not NaN. Where all are, nansum is 0, nanprod 1, nanmin, nanmax, nanmean,
// nanvar and nanstd NaN, nanargmin and nanargmax 0.
template <class X>
  requires Operands<X>
auto nansum(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  if constexpr (reductions::has_nan<decltype(tree)>)
    return sum(reductions::without_nan(tree, 0), axes, keep);
  else
    return sum(std::move(tree), axes, keep);
}
template <class X>
  requires Operands<X>
auto nanprod(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  if constexpr (reductions::has_nan<decltype(tree)>)
    return prod(reductions::without_nan(tree, 1), axes, keep);
  else
    return prod(std::move(tree), axes, keep);
}
template <class X>
  requires Operands<X>
auto nanmin(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  static_assert(!is_complex_v<typename decltype(tree)::value_type>,
                "weft: nanmin does not take complex elements; take real(x), imag(x) or abs(x)");
  if constexpr (reductions::has_nan<decltype(tree)>)
    return reductions::make(reductions::nanmin{}, std::move(tree), axes, keep);
  else
    return min(std::move(tree), axes, keep);
}
template <class X>
  requires Operands<X>
auto nanmax(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  static_assert(!is_complex_v<typename decltype(tree)::value_type>,
                "weft: nanmax does not take complex elements; take real(x), imag(x) or abs(x)");
  if constexpr (reductions::has_nan<decltype(tree)>)
    return reductions::make(reductions::nanmax{}, std::move(tree), axes, keep);
  else
    return max(std::move(tree), axes, keep);
}
template <class X>
  requires Operands<X>
auto nanmean(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  return nansum(tree, axes, keep) / sum(!isnan(tree), axes, keep);
}
template <class X>
  requires Operands<X>
auto nanvar(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims, double ddof = 0) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  using T = component_t<typename decltype(tree)::value_type>;
  auto n = cast<T>(maximum(cast<double>(sum(!isnan(tree), axes, keep)) - ddof, 0.0));
  return nansum(abs2(tree - nanmean(tree, axes, keepdims)), axes, keep) / std::move(n);
}
template <class X>
  requires Operands<X>
auto nanstd(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims, double ddof = 0) {
  return sqrt(nanvar(std::forward<X>(x), axes, keep, ddof));
}
template <class X>
  requires Operands<X>
auto nanargmin(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  using T = compute_t<typename decltype(tree)::value_type>;
  if constexpr (std::floating_point<T>)
    return argmin(reductions::without_nan(tree, std::numeric_limits<T>::infinity()), axes, keep);
  else
    return argmin(std::move(tree), axes, keep);
}
template <class X>
  requires Operands<X>
auto nanargmax(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = trees::as_tree(std::forward<X>(x));
  using T = compute_t<typename decltype(tree)::value_type>;
  if constexpr (std::floating_point<T>)
    return argmax(reductions::without_nan(tree, -std::numeric_limits<T>::infinity()), axes, keep);
  else
    return argmax(std::move(tree), axes, keep);
}

/// log(sum(exp(x))) without overflow; -inf where all elements are. No elements have no value.
template <class X>
  requires Operands<X>
auto logsumexp(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  const auto largest = [&](keepdims_t k) {
    auto m = max(tree, axes, k);
    return where(isfinite(m), m, 0);
  };
  return log(sum(exp(tree - largest(keepdims)), axes, keep)) + largest(keep);
}

/// The sum of the products of two lists of one length, as prod's rules make it; complex elements
/// are not conjugated. Throws shape_error for other shapes.
template <class X, class Y>
  requires(Operands<X> && Operands<Y>)
auto dot(X&& x, Y&& y) {
  auto a = trees::as_tree(std::forward<X>(x));
  auto b = trees::as_tree(std::forward<Y>(y));
  reductions::check_dot(a.shape(), b.shape());
  return sum(std::move(a) * std::move(b));
}
/// sum(x * weights) / sum(weights), for weights that broadcast to x's shape.
template <class X, class W>
  requires(Operands<X> && Operands<W>)
auto average(X&& x, W&& weights, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  auto tree = reductions::as_floating(std::forward<X>(x));
  auto w = broadcast_to(trees::as_tree(std::forward<W>(weights)), tree.shape());
  return sum(tree * w, axes, keep) / sum(w, axes, keep);
}

}  // namespace weft
