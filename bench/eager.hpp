// bench/eager.hpp: weft node by node, as a library without lazy trees would work. At most one
// node is unevaluated: the last, so that it goes straight into its target.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <weft/weft.hpp>

namespace bench {

template <class E>
struct eager {
  E node;

  explicit eager(E e) : node(std::move(e)) {}
  eager(const eager&) = default;
  eager(eager&&) = default;
  eager& operator=(const eager& e) {
    node = e.node;
    return *this;
  }
  template <class F>
  void operator=(const eager<F>& e) {
    node = e.node;
  }
  auto data() const { return node.data(); }
  auto data() { return node.data(); }
  template <class... I>
  auto operator()(const I&... items) const {
    return bench::eager(node(items...));
  }
  template <class... I>
  auto operator()(const I&... items) {
    return bench::eager(node(items...));
  }
};

template <class X>
inline constexpr bool is_eager = false;
template <class E>
inline constexpr bool is_eager<eager<E>> = true;
template <class... X>
concept SomeEager = (is_eager<X> || ...);

/// An operand with its elements in memory.
template <class X>
decltype(auto) ready(const X& x) {
  if constexpr (is_eager<X>)
    return ready(x.node);
  else if constexpr (weft::Scalar<X> || requires { x.data(); })
    return (x);
  else
    return weft::eval(x);
}

#define BENCH_EAGER_1(SPELLING)             \
  template <class X>                        \
    requires SomeEager<X>                   \
  auto SPELLING(const X& x) {               \
    return eager(weft::SPELLING(ready(x))); \
  }
#define BENCH_EAGER_2(SPELLING)                       \
  template <class X, class Y>                         \
    requires SomeEager<X, Y>                          \
  auto SPELLING(const X& x, const Y& y) {             \
    return eager(weft::SPELLING(ready(x), ready(y))); \
  }
#define BENCH_EAGER_3(SPELLING)                                 \
  template <class X, class Y, class Z>                          \
    requires SomeEager<X, Y, Z>                                 \
  auto SPELLING(const X& x, const Y& y, const Z& z) {           \
    return eager(weft::SPELLING(ready(x), ready(y), ready(z))); \
  }
#define OP(NAME, ARITY, SPELLING, ...) BENCH_EAGER_##ARITY(SPELLING)
#include "weft/ops.def"
#undef OP
#undef BENCH_EAGER_1
#undef BENCH_EAGER_2
#undef BENCH_EAGER_3

template <class T, class E>
auto cast(const eager<E>& x) {
  return eager(weft::cast<T>(ready(x)));
}
template <class E>
auto share(const eager<E>& x) {
  return eager(ready(x));
}
template <class E>
auto transpose(const eager<E>& x) {
  return eager(weft::transpose(ready(x)));
}
template <class E>
auto permute(const eager<E>& x, const weft::dims& axes) {
  return eager(weft::permute(ready(x), axes));
}
template <class E>
auto flip(const eager<E>& x) {
  return eager(weft::flip(ready(x)));
}

// Of eval(assign(y1, e1), assign(y2, e2)), one after the other.
struct assigned {};
template <class Y, class E>
assigned assign(eager<Y>& y, const eager<E>& e) {
  y = e;
  return {};
}
inline void eval(assigned, assigned) {}

}  // namespace bench
