// weft/scalar.hpp: the functions that bodies in ops.def may call, for single numbers.
// Where C++ leaves a result undefined (integer division by zero, large shifts), it is defined here.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cmath>
#include <complex>
#include <concepts>
#include <limits>
#include <numbers>
#include <type_traits>

#include "weft/dtype.hpp"

namespace weft::scalar {

using std::acos, std::acosh, std::asin, std::asinh, std::atan, std::atan2, std::atanh, std::cbrt;
using std::copysign, std::cos, std::cosh, std::erf, std::erfc, std::exp, std::exp2, std::expm1;
using std::fma, std::fmax, std::fmin, std::fmod, std::hypot, std::lerp, std::log, std::log10;
using std::log1p, std::log2, std::nextafter, std::pow, std::remainder, std::rint, std::sin;
using std::round;
using std::sinh, std::sqrt, std::tan, std::tanh, std::tgamma, std::floor, std::ceil, std::trunc;

template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept number = std::integral<T> || std::floating_point<T>;

/// The unsigned type of T's width, in which arithmetic wraps.
template <class T>
using wrapping = std::make_unsigned<T>::type;

// std::lgamma writes a global sign; the reentrant form does not race.
inline double lgamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}
inline float lgamma(float x) {
  int sign = 0;
  return ::lgammaf_r(x, &sign);
}

inline long double lgamma(long double x) {
  int sign = 0;
  return ::lgammal_r(x, &sign);
}

template <class T>
T quotient(T x, T y) {
  if constexpr (std::integral<T>) {
    if (y == T(0)) return T(0);
    if constexpr (std::is_signed_v<T>)
      if (y == T(-1)) return T(wrapping<T>(0) - wrapping<T>(x));
    return T(x / y);
  } else {
    return x / y;
  }
}
template <integer T>
T rest(T x, T y) {
  if (y == T(0)) return T(0);
  if constexpr (std::is_signed_v<T>)
    if (y == T(-1)) return T(0);
  return T(x % y);
}
template <integer T>
T shift_left(T x, T y) {
  const auto n = wrapping<T>(y);
  return n < wrapping<T>(8 * sizeof(T)) ? T(wrapping<T>(x) << n) : T(0);
}
template <integer T>
T shift_right(T x, T y) {
  const auto n = wrapping<T>(y);
  return T(x >> (n < wrapping<T>(8 * sizeof(T)) ? int(n)
                 : x < T(0)                     ? int(8 * sizeof(T)) - 1
                                                : 0)) *
         T(n < wrapping<T>(8 * sizeof(T)) || x < T(0));
}
template <integer T>
T popcount(T x) {
  return T(std::popcount(wrapping<T>(x)));
}
template <integer T>
wrapping<T> unsigned_abs(T x) {
  return x < T(0) ? wrapping<T>(wrapping<T>(0) - wrapping<T>(x)) : wrapping<T>(x);
}
template <integer T>
T gcd(T x, T y) {
  auto a = unsigned_abs(x), b = unsigned_abs(y);
  while (b != 0) {
    const auto r = wrapping<T>(a % b);
    a = b;
    b = r;
  }
  return T(a);
}
template <integer T>
T lcm(T x, T y) {
  const auto d = wrapping<T>(gcd(x, y));
  return d == 0 ? T(0) : T(wrapping<T>(unsigned_abs(x) / d) * std::uint64_t(unsigned_abs(y)));
}

template <class T>
auto abs(T x) {
  if constexpr (std::same_as<T, bool>)
    return x;
  else if constexpr (std::integral<T>)
    return T(unsigned_abs(x));
  else
    return std::abs(x);
}
template <class T>
auto abs2(T x) {
  if constexpr (is_complex_v<T>)
    return x.real() * x.real() + x.imag() * x.imag();
  else if constexpr (integer<T>)
    return T(std::uint64_t(x) * std::uint64_t(x));
  else
    return T(x * x);
}
template <number T>
T sign(T x) {
  if constexpr (std::floating_point<T>)
    if (x != x) return x;
  return T((x > T(0)) - (x < T(0)));
}
template <number T>
T minimum(T x, T y) {
  const T smaller = x < y ? x : y;  // one instruction, which is y where either is NaN
  return x != x ? x : smaller;
}
template <number T>
T maximum(T x, T y) {
  const T larger = x > y ? x : y;
  return x != x ? x : larger;
}
template <number T>
T clip(T x, T lo, T hi) {
  return x < lo ? lo : x > hi ? hi : x;
}
template <std::floating_point T>
T heaviside(T x, T at_zero) {
  return x != x ? x : x < T(0) ? T(0) : x > T(0) ? T(1) : at_zero;
}
template <number T>
T relu(T x) {
  return x < T(0) ? T(0) : x;
}

template <class T>
bool isnan(T x) {
  if constexpr (is_complex_v<T>)
    return x.real() != x.real() || x.imag() != x.imag();
  else
    return x != x;
}
template <class T>
bool isinf(T x) {
  if constexpr (is_complex_v<T>)
    return isinf(x.real()) || isinf(x.imag());
  else if constexpr (std::floating_point<T>)
    return x == std::numeric_limits<T>::infinity() || x == -std::numeric_limits<T>::infinity();
  else
    return false;
}
template <class T>
bool isfinite(T x) {
  return !isnan(x) && !isinf(x);
}
template <class T>
bool signbit(T x) {
  if constexpr (std::floating_point<T>)
    return std::signbit(x);
  else if constexpr (is_complex_v<T>)
    return std::signbit(x.real());
  else
    return x < T(0);
}

template <std::floating_point T>
T degrees_per_radian(T) {
  return T(180) / std::numbers::pi_v<T>;
}
template <std::floating_point T>
T radians_per_degree(T) {
  return std::numbers::pi_v<T> / T(180);
}
template <std::floating_point T>
T logaddexp(T x, T y) {
  if (x == y) return x + std::numbers::ln2_v<T>;  // also for equal infinities
  const T larger = x > y ? x : y, smaller = x > y ? y : x;
  return larger != larger || smaller != smaller ? x + y
                                                : larger + std::log1p(std::exp(smaller - larger));
}
template <std::floating_point T>
T sigmoid(T x) {
  const T e = std::exp(-std::abs(x));
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}
template <std::floating_point T>
T gelu(T x) {
  return T(0.5) * x * std::erfc(-x * T(std::numbers::sqrt2 / 2));
}

template <class T>
auto real(T x) {
  if constexpr (is_complex_v<T>)
    return x.real();
  else
    return x;
}
template <class T>
auto imag(T x) {
  if constexpr (is_complex_v<T>)
    return x.imag();
  else
    return T(0);
}
template <class T>
T conj(T x) {
  if constexpr (is_complex_v<T>)
    return std::conj(x);
  else
    return x;
}
template <class T>
auto arg(T x) {
  if constexpr (is_complex_v<T>)
    return std::arg(x);
  else
    return x != x ? x : std::signbit(x) ? T(std::numbers::pi_v<T>) : T(0);
}

}  // namespace weft::scalar
