// weft/cpu/batch_logarithm.hpp: the natural logarithm of a register: x = 2^n m with m around 1,
// and a series in f = m - 1. The one of float is from Cephes (logf), that of double from fdlibm
// (e_log.c), in s = f / (2 + f).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cpu/batch_exponential.hpp"

namespace weft::lane {

/// x = 2^n (1 + f) with 1 + f in [sqrt(1 / 2), sqrt(2)), for normal positive x.
template <class T>
struct binary {
  batch<T> n, f;
};
template <class T>
[[gnu::always_inline]] inline binary<T> taken_apart(batch<T> x) {
  using word = integers<T>::one;
  constexpr word bias = exponent_bias<T>, one = bits_of(T(1));
  constexpr word least = bits_of(T(std::numbers::sqrt2_v<T> / 2));
  constexpr T large = T(word(1) << fraction_bits<T>);
  // The exponent as it is stored, after 1 has taken the place of sqrt(1 / 2).
  const words<T> stored = (words_of(x) + (one - least)) >> fraction_bits<T>;
  const batch<T> n = from_words<T>(stored | bits_of(large)) - (large + T(bias));
  const words<T> fraction = words_of(x) - ((stored - bias) << fraction_bits<T>);
  return {n, from_words<T>(fraction) - T(1)};
}

[[gnu::always_inline]] inline batch<float> log_of_parts(binary<float> x) {
  const batch<float> f = x.f, z = f * f;
  const batch<float> high =
      -1.2420140846e-1f + f * (1.1676998740e-1f + f * (-1.1514610310e-1f + f * 7.0376836292e-2f));
  const batch<float> p =
      3.3333331174e-1f +
      f * (-2.4999993993e-1f +
           f * (2.0000714765e-1f + f * (-1.6668057665e-1f + f * (1.4249322787e-1f + f * high))));
  const batch<float> rest = f * z * p + x.n * log_of_two<float>[1];
  return (f + (rest - 0.5f * z)) + x.n * log_of_two<float>[0];
}
[[gnu::always_inline]] inline batch<double> log_of_parts(binary<double> x) {
  const batch<double> f = x.f, s = f / (f + 2.0), z = s * s, w = z * z;
  const batch<double> odd = w * (3.999999999940941908e-01 +
                                 w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const batch<double> even =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 +
                w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const batch<double> half = 0.5 * f * f;
  const batch<double> rest = s * (half + (odd + even)) + x.n * log_of_two<double>[1];
  return x.n * log_of_two<double>[0] - ((half - rest) - f);
}

template <class T>
[[gnu::always_inline]] inline batch<T> log(batch<T> x) {
  constexpr T least = std::numeric_limits<T>::min(), infinity = std::numeric_limits<T>::infinity();
  const auto other = [](batch<T> v) {
    // Denormal numbers come back from 2^64 times themselves.
    const mask<T> denormal = v < least;
    binary<T> parts = taken_apart(choose(denormal, v * T(18446744073709551616.0), v));
    parts.n = parts.n - choose(denormal, batch<T>(64), T(0));
    const batch<T> of_positive = choose(v < infinity, log_of_parts(parts), v);
    const batch<T> of_zero = choose(v == T(0), batch<T>(-infinity), v);  // NaN stays
    const batch<T> no_number = std::numeric_limits<T>::quiet_NaN();
    return choose(v > T(0), of_positive, choose(v < T(0), no_number, of_zero));
  };
  return repaired(log_of_parts(taken_apart(x)), x, x >= least && x < infinity, other);
}

}  // namespace weft::lane
