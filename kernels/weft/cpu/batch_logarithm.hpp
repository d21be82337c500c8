// weft/cpu/batch_logarithm.hpp: logarithms of a register, and what is made of them: x = 2^n m with
// m around 1, and a series in f = m - 1. The one of float is from Cephes (logf), that of double
// from fdlibm (e_log.c), in s = f / (2 + f).
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

/// log(1 + f) = f - half + rest.
template <class T>
struct log_terms {
  batch<T> half, rest;
};
[[gnu::always_inline]] inline log_terms<float> terms_of(batch<float> f) {
  const batch<float> z = f * f;
  const batch<float> high =
      -1.2420140846e-1f + f * (1.1676998740e-1f + f * (-1.1514610310e-1f + f * 7.0376836292e-2f));
  const batch<float> p =
      3.3333331174e-1f +
      f * (-2.4999993993e-1f +
           f * (2.0000714765e-1f + f * (-1.6668057665e-1f + f * (1.4249322787e-1f + f * high))));
  return {0.5f * z, f * z * p};
}
[[gnu::always_inline]] inline log_terms<double> terms_of(batch<double> f) {
  const batch<double> s = f / (f + 2.0), z = s * s, w = z * z;
  const batch<double> odd = w * (3.999999999940941908e-01 +
                                 w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const batch<double> even =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 +
                w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const batch<double> half = 0.5 * f * f;
  return {half, s * (half + (odd + even))};
}

/// log(x) + more, which is small beside x's distance from 1.
template <class T>
[[gnu::always_inline]] inline batch<T> log_of_parts(binary<T> x, batch<T> more) {
  const log_terms<T> t = terms_of(x.f);
  const batch<T> rest = t.rest + (x.n * log_of_two<T>[1] + more);
  return x.n * log_of_two<T>[0] + (x.f - (t.half - rest));
}

/// Logarithms to another base, without the error of a product: 1 / log(base) and log(2) / log(base)
/// in two pieces each. Products of the first pieces with n, and with a fraction of 12 bits in float
/// and 21 in double, are exact. As fdlibm (e_log2.c, e_log10.c).
template <class T>
struct base {
  T scale[2], unit[2];
};
template <class T>
inline constexpr base<T> base_2 = {{1.4423828125f, 0.00031222838896340735992f}, {1, 0}};
template <>
inline constexpr base<double> base_2<double> = {
    {1.44269504025578498840332, 6.331784189566043685018921e-10}, {1, 0}};
template <class T>
inline constexpr base<T> base_10 = {{0.43408203125f, 0.00021245065325182765113f},
                                    {0.301025390625f, 4.6050389811952137389e-6f}};
template <>
inline constexpr base<double> base_10<double> = {
    {0.4342944817617535591125488, 1.414982685385800907916051e-10},
    {0.3010299955494701862335205, 1.14511008980218386911993e-10}};

template <class T>
[[gnu::always_inline]] inline batch<T> log_to_base(const base<T>& b, binary<T> x) {
  using word = integers<T>::one;
  constexpr word upper = ~((word(1) << (sizeof(T) == 4 ? 12 : 32)) - 1);
  const log_terms<T> t = terms_of(x.f);
  const batch<T> high = from_words<T>(words_of(x.f - t.half) & upper);
  const batch<T> low = (x.f - high) - t.half + t.rest;
  const batch<T> first = x.n * b.unit[0], second = high * b.scale[0], sum = first + second;
  const batch<T> rest = x.n * b.unit[1] + ((low + high) * b.scale[1] + low * b.scale[0]);
  return (rest + ((first - sum) + second)) + sum;
}

/// of_parts(x taken apart), a logarithm, and what it is of numbers that are not normal and
/// positive.
template <class T, class F>
[[gnu::always_inline]] inline batch<T> logarithm(batch<T> x, F of_parts) {
  constexpr T least = std::numeric_limits<T>::min(), infinity = std::numeric_limits<T>::infinity();
  const auto other = [of_parts](batch<T> v) {
    // Denormal numbers come back from 2^64 times themselves.
    const mask<T> denormal = v < least;
    binary<T> parts = taken_apart(choose(denormal, v * T(18446744073709551616.0), v));
    parts.n = parts.n - choose(denormal, batch<T>(64), T(0));
    const batch<T> of_positive = choose(v < infinity, of_parts(parts), v);
    const batch<T> of_zero = choose(v == T(0), batch<T>(-infinity), v);  // NaN stays
    const batch<T> no_number = std::numeric_limits<T>::quiet_NaN();
    return choose(v > T(0), of_positive, choose(v < T(0), no_number, of_zero));
  };
  return repaired(of_parts(taken_apart(x)), x, x >= least && x < infinity, other);
}
template <class T>
[[gnu::always_inline]] inline batch<T> log(batch<T> x) {
  return logarithm(x, [](binary<T> parts) { return log_of_parts(parts, batch<T>(0)); });
}
template <class T>
[[gnu::always_inline]] inline batch<T> log2(batch<T> x) {
  return logarithm(x, [](binary<T> parts) { return log_to_base(base_2<T>, parts); });
}
template <class T>
[[gnu::always_inline]] inline batch<T> log10(batch<T> x) {
  return logarithm(x, [](binary<T> parts) { return log_to_base(base_10<T>, parts); });
}

/// log(1 + x + more) for finite x above -1, `more` being small beside x: the logarithm of the
/// rounded sum, and what rounding lost.
template <class T>
[[gnu::always_inline]] inline batch<T> log_beyond_1(batch<T> x, batch<T> more) {
  const batch<T> sum = x + T(1), of_one = sum - x;
  const batch<T> lost = (x - (sum - of_one)) + (T(1) - of_one) + more;
  return log_of_parts(taken_apart(sum), lost / sum);
}
template <class T>
[[gnu::always_inline]] inline batch<T> log1p(batch<T> x) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const auto other = [](batch<T> v) {
    const mask<T> fine = v > T(-1) && v < infinity;
    const batch<T> of_one = choose(v == T(-1), batch<T>(-infinity), v);  // NaN and infinity stay
    const batch<T> no_number = std::numeric_limits<T>::quiet_NaN();
    const batch<T> result = copysign(log_beyond_1(choose(fine, v, T(0)), batch<T>(0)), v);
    return choose(fine, result, choose(v < T(-1), no_number, of_one));
  };
  return repaired(copysign(log_beyond_1(x, batch<T>(0)), x), x, x > T(-1) && x < infinity, other);
}

/// From here on log(2 x) is what the inverse hyperbolic functions are.
template <class T>
inline constexpr T far_away = T(1) / std::numeric_limits<T>::epsilon();

/// log(1 + sum + more) for x below far_away, log(2 x) beyond, for finite positive x.
template <class T>
[[gnu::always_inline]] inline batch<T> log_near_and_far(batch<T> x, batch<T> sum, batch<T> more) {
  const mask<T> far = x >= far_away<T>;
  return log_beyond_1(choose(far, x, sum), choose(far, batch<T>(0), more)) +
         choose(far, batch<T>(std::numbers::ln2_v<T>), T(0));
}
/// asinh(x) = log(x + sqrt(x^2 + 1)).
template <class T>
[[gnu::always_inline]] inline batch<T> asinh(batch<T> x) {
  const batch<T> size = abs(x), square = size * size;
  const batch<T> sum = size + square / (T(1) + sqrt(square + T(1)));
  const batch<T> result = log_near_and_far(size, sum, batch<T>(0));
  const mask<T> finite = size < std::numeric_limits<T>::infinity();
  return copysign(choose(finite, result, size), x);
}
/// acosh(1 + t) = log(1 + t + sqrt(2 t + t^2)).
template <class T>
[[gnu::always_inline]] inline batch<T> acosh(batch<T> x) {
  const batch<T> t = x - T(1), root = sqrt((t + t) + t * t), sum = t + root;
  const batch<T> result = log_near_and_far(x, sum, (root - sum) + t);
  const batch<T> no_number = std::numeric_limits<T>::quiet_NaN();
  const mask<T> finite = x < std::numeric_limits<T>::infinity();
  return choose(finite, choose(x < T(1), no_number, result), x);
}

}  // namespace weft::lane
