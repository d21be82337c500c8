// weft/cpu/batch_exponential.hpp: exp, expm1 and tanh of a register: x = n log(2) + r, a polynomial
// in r, and n added to the exponent. The polynomials, of (exp(r) - 1 - r) / r^2 for |r| up to half
// of log(2), are those of the least relative error of exp(r), found by Lawson's weights: 2^-28 in
// float, 2^-57.9 in double; where 1 is taken from it in double, one that interpolates at the
// Chebyshev points, 2^-61.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cpu/batch_bits.hpp"

namespace weft::lane {

/// (exp(r) - 1 - r) / r^2 for |r| up to log(2) / 2.
[[gnu::always_inline]] inline batch<float> exp_rest(batch<float> r) {
  return 0.499999934321106f + r * (0.16666520398962414f +
                                   r * (0.041668390787375637f +
                                        r * (0.008368745116349321f + r * 0.0013814539988216846f)));
}
[[gnu::always_inline]] inline batch<double> exp_rest(batch<double> r) {
  const batch<double> high =
      2.755758672969734253e-6 + r * (2.76302764274676187e-7 + r * 2.499999533422639775e-8);
  const batch<double> middle =
      0.008333333333494788951 +
      r * (0.001388888894369297043 +
           r * (0.0001984126950602106192 + r * (0.00002480149302661403932 + r * high)));
  return 0.5000000000000010647 +
         r * (0.1666666666666641191 + r * (0.04166666666652995032 + r * middle));
}

/// The same where 1 is taken from exp(r), which leaves less.
[[gnu::always_inline]] inline batch<float> expm1_rest(batch<float> r) { return exp_rest(r); }
[[gnu::always_inline]] inline batch<double> expm1_rest(batch<double> r) {
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
  return linear + scale * (p.r * p.r) * expm1_rest(p.r);
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
