// weft/xtensor_reduce.hpp: xtensor's reducers of weft's tensors and trees. weft reduces, at once,
// and the result is an xt::xarray of the element type that xtensor gives:
//
//     xt::sum(u * v)();                              // u and v of weft's
//     xt::xarray<float> m = xt::mean(a + t, {1}, xt::keep_dims);
//
// xtensor's other functions take weft::to_xtensor(x).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "weft/statistics.hpp"
#include "weft/xtensor_out.hpp"

namespace weft::xtensors {

/// What a reducer's arguments after the first one say.
struct how {
  axis_set axes;
  keepdims_t keep = dropdims;
  double ddof = 0;
};
/// What a single number among them is.
enum class number { axis, ddof };

template <number What, class A>
void read(how& h, const A& a) {
  if constexpr (xt::is_reducer_options<A>::value) {
    using options = xt::reducer_options<int, A>;
    static_assert(!options::has_initial_value,
                  "weft: a reducer of a tree takes no xt::initial; join that to the result");
    h.keep = keepdims_t(typename options::keep_dims());
  } else if constexpr (std::integral<A>) {
    if (What == number::ddof || !h.axes.every())
      h.ddof = double(a);
    else
      h.axes = axis_set(index_t(a));
  } else {
    h.axes = axis_set(dims(a));
  }
}
template <number What, class... A>
how read_all(const A&... a) {
  how h;
  (read<What>(h, a), ...);
  return h;
}
template <class R, class X>
auto elements_as(const X& x) {
  auto tree = trees::as_tree(x);
  if constexpr (std::same_as<typename decltype(tree)::value_type, R>)
    return tree;
  else
    return cast<R>(std::move(tree));
}

// T is the element type to reduce in, xtensor's own choice when void.
#define XTENSOR_REDUCER(NAME, NUMBER, CALL)                                                     \
  template <class T, class X, class... A>                                                       \
  auto NAME(const X& tree, const A&... a) {                                                     \
    using V = typename X::value_type;                                                           \
    using R = typename decltype(xt::NAME<T>(std::declval<const xt::xarray<V>&>()))::value_type; \
    const how h = read_all<number::NUMBER>(a...);                                               \
    const auto x = elements_as<element_t<R>>(tree);                                             \
    return evaluated<xt::xarray<R>>(weft::CALL);                                                \
  }
#include "weft/xtensor_reducers.def"
#undef XTENSOR_REDUCER

}  // namespace weft::xtensors

// Each is one overload for all trees and three for tensors, more special than xtensor's, which take
// anything, with the arguments that those have.
namespace xt {
#define XTENSOR_REDUCER_OF(NAME, X, ...)                                  \
  template <class T = void, __VA_ARGS__>                                  \
    requires weft::Expr<X>                                                \
  auto NAME(X x) {                                                        \
    return weft::xtensors::NAME<T>(x);                                    \
  }                                                                       \
  template <class T = void, __VA_ARGS__, class A>                         \
    requires weft::Expr<X>                                                \
  auto NAME(X x, A&& a) {                                                 \
    return weft::xtensors::NAME<T>(x, a);                                 \
  }                                                                       \
  template <class T = void, __VA_ARGS__, class A, class B>                \
    requires weft::Expr<X>                                                \
  auto NAME(X x, A&& a, B b) {                                            \
    return weft::xtensors::NAME<T>(x, a, b);                              \
  }                                                                       \
  template <class T = void, __VA_ARGS__, class I, std::size_t N>          \
    requires weft::Expr<X>                                                \
  auto NAME(X x, const I(&axes)[N]) {                                     \
    return weft::xtensors::NAME<T>(x, axes);                              \
  }                                                                       \
  template <class T = void, __VA_ARGS__, class I, std::size_t N, class B> \
    requires weft::Expr<X>                                                \
  auto NAME(X x, const I(&axes)[N], B b) {                                \
    return weft::xtensors::NAME<T>(x, axes, b);                           \
  }
#define XTENSOR_REDUCER(NAME, NUMBER, CALL)                                        \
  XTENSOR_REDUCER_OF(NAME, Tree<P...>, template <class...> class Tree, class... P) \
  XTENSOR_REDUCER_OF(NAME, weft::tensor<E>&, class E)                              \
  XTENSOR_REDUCER_OF(NAME, const weft::tensor<E>&, class E)                        \
  XTENSOR_REDUCER_OF(NAME, weft::tensor<E>&&, class E)
#include "weft/xtensor_reducers.def"
#undef XTENSOR_REDUCER
#undef XTENSOR_REDUCER_OF
}  // namespace xt
