// weft/cpu/batch_exponential.hpp: exp, expm1 and tanh of a register: x = n log(2) + r, a polynomial
// in r, and n added to the exponent. The polynomials interpolate (exp(r) - 1 - r) / r^2 at the
// Chebyshev points of |r| <= log(2) / 2; their errors are 2^-32 in float, 2^-61 in double.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cpu/batch_bits.hpp"

namespace weft::lane {

/// (exp(r) - 1 - r) / r^2 for |r| up to log(2) / 2.
[[gnu::always_inline]] inline batch<float> exp_rest(batch<float> r) {
  return 0.50000000135387298866f +
         r * (0.16666666681704215043f +
              r * (0.041666464197405692315f +
                   r * (0.0083333108446478625642f +
                        r * (0.0013933730715792082502f + r * 0.00019891080463998842039f))));
}
[[gnu::always_inline]] inline batch<double> exp_rest(batch<double> r) {
  const batch<double> high =
      2.7557255170000887438e-6 +
      r * (2.7557273478718580474e-7 + r * (2.5105312729622101787e-8 + r * 2.09147553258932022e-9));
  const batch<double> middle =
      0.0083333333333260831202 +
      r * (0.0013888888888883711167 +
           r * (0.00019841269875002278793 + r * (0.0000248015873256774619 + r * high)));
  return 0.5 + r * (0.1666666666666667103 + r * (0.041666666666666669783 + r * middle));
}

/// x = n log(2) + r, with n in the place of a number's exponent.
template <class T>
struct power {
  batch<T> r;
  words<T> n;
};

/// log(2) in two pieces; products of the first with n are exact.
template <class T>
inline constexpr T log_of_two[] = {T(0.693359375), T(-2.12194440e-4)};
template <>
inline constexpr double log_of_two<double>[] = {6.93147180369123816490e-01,
                                                1.90821492927058770002e-10};

template <class T>
[[gnu::always_inline]] inline power<T> power_of_e(batch<T> x) {
  const batch<T> shifted = x * batch<T>(std::numbers::log2e_v<T>) + batch<T>(whole<T>);
  const batch<T> n = shifted - batch<T>(whole<T>);
  const batch<T> r = (x - n * batch<T>(log_of_two<T>[0])) - n * batch<T>(log_of_two<T>[1]);
  return {r, words_of(shifted) << fraction_bits<T>};
}

/// Of |x| up to here, exp(x) is a normal number.
template <class T>
inline constexpr T largest_exponent = sizeof(T) == 4 ? T(87) : T(708);

/// exp(x) for |x| up to largest_exponent.
template <class T>
[[gnu::always_inline]] inline batch<T> normal_exp(batch<T> x) {
  const power<T> p = power_of_e(x);
  return from_words<T>(words_of(T(1) + p.r * (T(1) + p.r * exp_rest(p.r))) + p.n);
}
/// exp(x) - 1 for these: first what is nearly exact, then the rest.
template <class T>
[[gnu::always_inline]] inline batch<T> normal_expm1(batch<T> x) {
  const power<T> p = power_of_e(x);
  const batch<T> scale = from_words<T>(words_of(batch<T>(1)) + p.n);
  const batch<T> linear = scale * p.r + (scale - T(1));
  return linear + scale * (p.r * p.r) * exp_rest(p.r);
}

template <class T>
[[gnu::always_inline]] inline batch<T> exp(batch<T> x) {
  // Where the result is denormal or infinite, or nearly so: exp(x + a) * exp(-a), and the reverse.
  const auto at_the_ends = [](batch<T> v) {
    constexpr T a = T(44.359375), end = largest_exponent<T> + T(42);  // v + a is exact
    const batch<T> kept = choose(v > end, batch<T>(end), choose(v < -end, batch<T>(-end), v));
    const mask<T> large = kept > T(0);
    const batch<T> near = normal_exp(kept + choose(large, batch<T>(-a), a));
    const T back[] = {T(18409067204805103690.5), T(5.432105760029936148e-20)};
    return choose(isnan(v), v, near * choose(large, batch<T>(back[0]), back[1]));
  };
  return repaired(normal_exp(x), x, abs(x) <= largest_exponent<T>, at_the_ends);
}
template <class T>
[[gnu::always_inline]] inline batch<T> expm1(batch<T> x) {
  const auto at_the_ends = [](batch<T> v) { return choose(v < T(0), batch<T>(-1), exp(v)); };
  const batch<T> result = copysign(normal_expm1(x), x);  // keeps -0
  return repaired(result, x, abs(x) <= largest_exponent<T>, at_the_ends);
}

/// e / (e + 2) with e = exp(2x) - 1, less what rounding took from e + 2: 1 / (e + 2) is half of
/// what the quotient lacks of 1.
template <class T>
[[gnu::always_inline]] inline batch<T> tanh(batch<T> x) {
  constexpr T end = T(20);  // from here on it is 1
  const batch<T> size = abs(x), kept = choose(size > end, batch<T>(end), size);
  const batch<T> e = normal_expm1(kept + kept), sum = e + T(2), quotient = e / sum;
  const batch<T> lost = choose(size < T(4), e - (sum - T(2)), T(0));
  const batch<T> size_of_result = quotient - quotient * lost * (T(0.5) - T(0.5) * quotient);
  return size_of_result.raw ^ sign_bit_of(x).raw;
}

}  // namespace weft::lane
