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

/// (1 + f)^(-1/3) for 1 + f in [sqrt(1 / 2), sqrt(2)), which interpolates at the Chebyshev points:
/// its error is 2^-17 in float, 2^-19 in double.
[[gnu::always_inline]] inline batch<float> inverse_root(batch<float> f) {
  return 1.0000029025916811242f +
         f * (-0.33325182904340655553f +
              f * (0.22169688854286797277f +
                   f * (-0.17618293832118666818f +
                        f * (0.1593642963773059469f + f * -0.10484262703707782164f))));
}
[[gnu::always_inline]] inline batch<double> inverse_root(batch<double> f) {
  const batch<double> high =
      -0.17219637668949098712 +
      f * (0.14822535880707012926 + f * (-0.14022272786318382111 + f * 0.090396077081196227724));
  const batch<double> r = 1.0000008239173992176 +
                          f * (-0.33334039288785743236 + f * (0.22206388680922327711 + f * high));
  const batch<double> m = f + 1.0;  // a step of Newton's: twice the bits
  return r + r * (1.0 - m * r * r * r) * (1.0 / 3);
}
template <class T>
[[gnu::always_inline]] inline batch<T> cbrt(batch<T> x) {
  // Of 2^n (1 + f), by n = 3 k + rest.
  const auto normal = [](batch<T> size) {
    const binary<T> parts = taken_apart(size);
    const batch<T> shifted = parts.n * T(1.0 / 3) + whole<T>, k = shifted - whole<T>;
    const batch<T> rest = parts.n - T(3) * k, m = parts.f + T(1), r = inverse_root(parts.f);
    const batch<T> y = m * r * r;
    const batch<T> root = y + (m - y * y * y) * (r * r) * T(1.0 / 3);
    constexpr T cube_root_of_two = T(1.259921049894873164767211);
    const batch<T> scale = choose(rest > T(0), batch<T>(cube_root_of_two),
                                  choose(rest < T(0), batch<T>(1 / cube_root_of_two), T(1)));
    return from_words<T>(words_of(root * scale) + (words_of(shifted) << fraction_bits<T>));
  };
  const auto other = [normal](batch<T> v) {
    const mask<T> denormal = v < smallest_normal<T>;
    const batch<T> root = normal(choose(denormal, v * power_of_two<T>(72), v)) *
                          choose(denormal, batch<T>(power_of_two<T>(-24)), T(1));
    const mask<T> kept = v == T(0) || !(v < std::numeric_limits<T>::infinity());
    return choose(kept, v, root);
  };
  const batch<T> size = abs(x);
  const mask<T> fine = size >= smallest_normal<T> && size < std::numeric_limits<T>::infinity();
  return copysign(repaired(normal(size), size, fine, other), x);
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
  const batch<T> sum = larger + log_beyond_1(exp(smaller - larger), batch<T>(0));
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
