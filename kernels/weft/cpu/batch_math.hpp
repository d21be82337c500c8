// weft/cpu/batch_math.hpp: the mathematical functions of a register. xsimd's kernels, with their
// domains completed: each stays within its row's bound of ops.def wherever the row's body does.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cpu/batch_exponential.hpp"
#include "weft/cpu/batch_logarithm.hpp"

namespace weft::lane {

template <class T>
inline constexpr T smallest_normal = std::numeric_limits<T>::min();

template <class T>
constexpr T power_of_two(int n) {
  T p = 1;
  for (; n > 0; --n) p *= 2;
  for (; n < 0; ++n) p /= 2;
  return p;
}

template <class T>
batch<T> sqrt(batch<T> x) {
  return xsimd::sqrt(x.raw);
}
template <class T>
batch<T> asin(batch<T> x) {
  return xsimd::asin(x.raw);
}
template <class T>
batch<T> acos(batch<T> x) {
  return xsimd::acos(x.raw);
}
template <class T>
batch<T> atan(batch<T> x) {
  return xsimd::atan(x.raw);
}
template <class T>
batch<T> sinh(batch<T> x) {
  return xsimd::sinh(x.raw);
}
template <class T>
batch<T> cosh(batch<T> x) {
  return xsimd::cosh(x.raw);
}
template <class T>
batch<T> asinh(batch<T> x) {
  return xsimd::asinh(x.raw);
}
template <class T>
batch<T> acosh(batch<T> x) {
  // xsimd gives an infinity to some x below 1.
  return choose(x < T(1), batch<T>(std::numeric_limits<T>::quiet_NaN()), xsimd::acosh(x.raw));
}
template <class T>
batch<T> atanh(batch<T> x) {
  return xsimd::atanh(x.raw);
}
template <class T>
batch<T> atan2(batch<T> y, batch<T> x) {
  // Not xsimd's, whose angle of (0, 0) is NaN. 0 / 0 counts as 0 and inf / inf as 1.
  const batch<T> a = abs(y), b = abs(x);
  const batch<T> slope = choose(a == b, choose(a == T(0), a, T(1)), a / b);
  const batch<T> angle = choose(isnan(a) || isnan(b), a + b, atan(slope));
  return copysign(choose(signbit(x), std::numbers::pi_v<T> - angle, angle), y);
}
template <class T>
batch<T> exp2(batch<T> x) {
  // The same at both ends: xsimd's largest power is infinite too early.
  const T low = T(std::numeric_limits<T>::min_exponent - 1);
  const T high = T(std::numeric_limits<T>::max_exponent - 1);
  const mask<T> denormal = x < low, large = x >= high;
  if (any(denormal || large)) [[unlikely]] {
    const batch<T> shift = choose(denormal, batch<T>(64), choose(large, batch<T>(-1), T(0)));
    const batch<T> scale =
        choose(denormal, batch<T>(power_of_two<T>(-64)), choose(large, batch<T>(2), T(1)));
    return batch<T>(xsimd::exp2((x + shift).raw)) * scale;
  }
  return xsimd::exp2(x.raw);
}
// Logarithms of denormals: that of 2^64 x, less that of 2^64.
template <class T, class F>
batch<T> logarithm(batch<T> x, T of_two, F normal) {
  if (const mask<T> denormal = abs(x) < smallest_normal<T> * 2; any(denormal)) [[unlikely]]
    return batch<T>(normal(choose(denormal, x * power_of_two<T>(64), x).raw)) -
           choose(denormal, batch<T>(64 * of_two), T(0));
  return normal(x.raw);
}
template <class T>
batch<T> log2(batch<T> x) {
  return logarithm(x, T(1), [](auto v) { return xsimd::log2(v); });
}
template <class T>
batch<T> log10(batch<T> x) {
  return logarithm(x, T(0.301029995663981195), [](auto v) { return xsimd::log10(v); });
}
template <class T>
batch<T> log1p(batch<T> x) {
  return choose(x == T(0), x, xsimd::log1p(x.raw));  // keeps -0
}

template <class T>
batch<T> cbrt(batch<T> x) {
  const mask<T> denormal = abs(x) < smallest_normal<T>;
  const batch<T> root = xsimd::cbrt(choose(denormal, x * power_of_two<T>(72), x).raw);
  return choose(x == T(0), x, root * choose(denormal, batch<T>(power_of_two<T>(-24)), T(1)));
}
template <class T>
batch<T> hypot(batch<T> x, batch<T> y) {
  // Squares of numbers outside 2^-k ... 2^k lose bits or overflow: scale both by a power of two.
  constexpr int k = sizeof(T) == 4 ? 50 : 500, step = sizeof(T) == 4 ? 100 : 600;
  constexpr T up = power_of_two<T>(step), down = power_of_two<T>(-step);
  const batch<T> a = abs(x), b = abs(y);
  const batch<T> larger = choose(a > b, a, b), smaller = choose(a > b, b, a);
  const mask<T> large = larger > power_of_two<T>(k), small = larger < power_of_two<T>(-k);
  const batch<T> scale = choose(large, batch<T>(down), choose(small, batch<T>(up), T(1)));
  const batch<T> back = choose(large, batch<T>(up), choose(small, batch<T>(down), T(1)));
  const batch<T> p = larger * scale, q = smaller * scale;
  const batch<T> root = sqrt(p * p + q * q) * back;
  return choose(isinf(x) || isinf(y), batch<T>(std::numeric_limits<T>::infinity()), root);
}

template <class T>
batch<T> logaddexp(batch<T> x, batch<T> y) {
  const batch<T> larger = choose(x > y, x, y), smaller = choose(x > y, y, x);
  const batch<T> sum = larger + log1p(exp(smaller - larger));
  const batch<T> doubled = x + std::numbers::ln2_v<T>;  // also for equal infinities
  return choose(x == y, doubled, choose(isnan(x) || isnan(y), x + y, sum));
}
template <class T>
batch<T> sigmoid(batch<T> x) {
  const batch<T> e = exp(-abs(x));
  return choose(x < T(0), e, T(1)) / (T(1) + e);
}
template <class T>
batch<T> lerp(batch<T> x, batch<T> y, batch<T> t) {
  // std::lerp's cases: exact at both ends, and monotonic next to y.
  const batch<T> between = x + t * (y - x);
  const mask<T> up = y > x, beyond = t > T(1);
  const mask<T> outside = (up && beyond) || !(up || beyond);
  const batch<T> kept =
      choose(outside, choose(y < between, between, y), choose(y > between, between, y));
  const mask<T> signs_differ = (x <= T(0) && y >= T(0)) || (x >= T(0) && y <= T(0));
  return choose(signs_differ, t * y + (T(1) - t) * x, choose(t == T(1), y, kept));
}
template <class T>
batch<T> degrees_per_radian(batch<T>) {
  return T(180) / std::numbers::pi_v<T>;
}
template <class T>
batch<T> radians_per_degree(batch<T>) {
  return std::numbers::pi_v<T> / T(180);
}

}  // namespace weft::lane
