// weft/promote.hpp: the element type of an operation, from those of its operands.
// promote_t is C++ arithmetic, extended to halfs and complex; weak_t is the one exception to it: a
// scalar takes the type of the tensor beside it. Nothing here depends on values.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <complex>
#include <cstdint>
#include <type_traits>

#include "weft/dtype.hpp"

namespace weft {

namespace promotion {

template <class T>
struct identity {
  using type = T;
};

/// The type itself, except that an integer becomes the fixed-width type of its size:
/// `long long` and `long` are both std::int64_t here, so both make the same kernels.
template <Element T>
consteval auto fixed_width() {
  using U = std::remove_cv_t<T>;
  if constexpr (!std::integral<U> || std::same_as<U, bool>) {
    return identity<U>{};
  } else if constexpr (std::is_signed_v<U>) {
    if constexpr (sizeof(U) == 1) return identity<std::int8_t>{};
    if constexpr (sizeof(U) == 2) return identity<std::int16_t>{};
    if constexpr (sizeof(U) == 4) return identity<std::int32_t>{};
    if constexpr (sizeof(U) == 8) return identity<std::int64_t>{};
  } else {
    if constexpr (sizeof(U) == 1) return identity<std::uint8_t>{};
    if constexpr (sizeof(U) == 2) return identity<std::uint16_t>{};
    if constexpr (sizeof(U) == 4) return identity<std::uint32_t>{};
    if constexpr (sizeof(U) == 8) return identity<std::uint64_t>{};
  }
}

}  // namespace promotion

/// T, with every integer type named by its width.
template <Element T>
using element_t = typename decltype(promotion::fixed_width<T>())::type;

/// The real type inside a complex one; any other type is its own component.
template <class T>
struct component {
  using type = T;
};
template <class T>
struct component<std::complex<T>> {
  using type = T;
};
template <class T>
using component_t = typename component<T>::type;

namespace promotion {

template <Element A, Element B>
consteval auto pair() {
  constexpr bool whole_a = kind_of<A> <= kind::integer, whole_b = kind_of<B> <= kind::integer;
  if constexpr (is_complex_v<A> || is_complex_v<B>) {
    using C = std::conditional_t<is_complex_v<A>, A, B>;
    using Other = component_t<std::conditional_t<is_complex_v<A>, B, A>>;
    if constexpr (std::same_as<Other, double>) {
      return identity<std::complex<double>>{};
    } else {
      return identity<C>{};
    }
  } else if constexpr (is_half_v<A> && (whole_b || std::same_as<A, B>)) {
    return identity<A>{};
  } else if constexpr (is_half_v<B> && whole_a) {
    return identity<B>{};
  } else {
    return identity<element_t<decltype(compute_t<A>{} + compute_t<B>{})>>{};
  }
}

template <class... T>
struct all;
template <class A>
struct all<A> {
  using type = element_t<A>;
};
template <class A, class B, class... Rest>
struct all<A, B, Rest...>
    : all<typename decltype(pair<element_t<A>, element_t<B>>())::type, Rest...> {};

template <class... T>
struct common;
template <class A, class... T>
struct common<A, T...> : std::conditional_t<(std::same_as<element_t<A>, element_t<T>> && ...),
                                            identity<element_t<A>>, all<A, T...>> {};

template <class S, class P>
consteval auto weak() {
  if constexpr (kind_of<S> <= kind_of<P>) {
    return identity<P>{};
  } else if constexpr (kind_of<S> == kind::complex && kind_of<P> == kind::floating) {
    return identity<std::complex<compute_t<P>>>{};
  } else {
    return identity<S>{};
  }
}

}  // namespace promotion

/// The type of a sum of values of types A, B, ...; one type alone is itself.
///
///     A                  B                       promote_t<A, B>
///     bool, int8, int16  bool, int8, int16       int32 (unsigned ones too, as in C++)
///     integer            integer                 as C++: int32 + uint32 is uint32
///     integer, bool      float, double           float, double
///     integer, bool      float16, bfloat16       the half
///     float16            float16                 float16; bfloat16 alike
///     float16            bfloat16                float
///     half               float, double           float, double
///     complex64          double, complex128      complex128
///     complex64          anything else           complex64 (integers do not widen)
template <Element... T>
using promote_t = typename promotion::all<T...>::type;

/// As promote_t, but equal types stay: two int8 are int8. The type of a choice between values.
template <Element... T>
using common_t = typename promotion::common<T...>::type;

/// The type that a C++ scalar of type S takes beside tensors whose promoted type is P: a scalar
/// never widens a tensor of its own kind, so `0.2 * x` is float for a float tensor x.
///
///     S                  P                        weak_t<S, P>
///     any kind           the same kind or above   P
///     integer            bool                     S
///     floating           bool, integer            S
///     complex            bool, integer            S
///     complex            half, float              complex64
///     complex            double                   complex128
template <Scalar S, Element P>
using weak_t =
    typename decltype(promotion::weak<element_t<std::remove_cvref_t<S>>, element_t<P>>())::type;

}  // namespace weft
