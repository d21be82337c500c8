// weft/cpu/batch_trigonometry.hpp: sine, cosine and tangent of a register. Not xsimd's: those
// choose how to reduce an angle by the largest one in the register, so that a number's sine would
// depend on its neighbours. Polynomials from Cephes, quarter turns from fdlibm.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstring>

#include "weft/cpu/batch_bits.hpp"

namespace weft::lane {

/// x = quarters * pi / 2 + rest, with a whole number of quarters, modulo 4, in the low bits of each
/// word, and |rest| at most pi / 4.
template <class T>
struct angle {
  words<T> quarters;
  batch<T> rest;
};

/// Pi / 2 in pieces of 33 bits, so that their products with 20 bits of quarters are exact.
inline constexpr double quarter[] = {1.57079632673412561417e+00, 6.07710050630396597660e-11,
                                     2.02226624871116645580e-21};

/// Up to here the quarters have 20 bits. Larger angles go through the standard library.
template <class T>
inline constexpr T largest_angle = T(1e6);

[[gnu::always_inline]] inline angle<double> reduced(batch<double> x) {
  const batch<double> shifted = x * batch<double>(2 / std::numbers::pi) + whole<double>;
  const batch<double> n = shifted - whole<double>;
  const batch<double> first = x - n * quarter[0], second = n * quarter[1];
  const batch<double> near = first - second;
  const batch<double> lost = (first - near) - second;  // what rounding took from `near`
  return {words_of(shifted), near - (n * quarter[2] - lost)};
}

/// Of angles of up to 8192, in float alone: pi / 2 in pieces of 11 bits, so that their products
/// with 13 bits of quarters are exact, and the rest of it.
inline constexpr float largest_short_angle = 8192;
[[gnu::always_inline]] inline angle<float> reduced(batch<float> x) {
  constexpr float piece[] = {0x1.9200000000000p+0f, 0x1.fb40000000000p-12f, 0x1.4440000000000p-24f,
                             0x1.68c2340000000p-39f};
  const batch<float> shifted = x * batch<float>(float(2 / std::numbers::pi)) + whole<float>;
  const batch<float> n = shifted - whole<float>;
  const batch<float> first = (x - n * piece[0]) - n * piece[1], second = n * piece[2];
  const batch<float> near = first - second;
  const batch<float> lost = (first - near) - second;  // what rounding took from `near`
  return {words_of(shifted), near - (n * piece[3] - lost)};
}
/// Of larger ones, in double, where two pieces are enough; plain loops, which the compiler
/// vectorises.
inline angle<float> reduced_in_double(batch<float> x) {
  alignas(64) float in[batch<float>::size], rest[batch<float>::size];
  alignas(64) std::int32_t n[batch<float>::size];
  x.store(in);
  for (int k = 0; k < batch<float>::size; ++k) {
    const double v = std::abs(in[k]) <= largest_angle<float> ? in[k] : 0;
    const double q = (v * (2 / std::numbers::pi) + whole<double>)-whole<double>;
    n[k] = std::int32_t(q);
    rest[k] = float((v - q * quarter[0]) - q * quarter[1]);
  }
  angle<float> a{{}, batch<float>::load(rest)};
  std::memcpy(&a.quarters, n, sizeof a.quarters);
  return a;
}

/// Of angles up to pi / 4 and their squares z.
[[gnu::always_inline]] inline batch<float> small_sine(batch<float> x, batch<float> z) {
  return x + x * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
}
[[gnu::always_inline]] inline batch<double> small_sine(batch<double> x, batch<double> z) {
  const batch<double> high =
      2.75573136213857245213e-6 + z * (-2.50507477628578072866e-8 + z * 1.58962301576546568060e-10);
  return x + x * z *
                 (-1.66666666666666307295e-1 +
                  z * (8.33333333332211858878e-3 + z * (-1.98412698295895385996e-4 + z * high)));
}
[[gnu::always_inline]] inline batch<float> small_cosine(batch<float> z) {
  const batch<float> high =
      4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f);
  return 1.0f - (0.5f * z - z * z * high);
}
[[gnu::always_inline]] inline batch<double> small_cosine(batch<double> z) {
  const batch<double> high = -2.75573141792967388112e-7 +
                             z * (2.08757008419747316778e-9 + z * -1.13585365213876817300e-11);
  const batch<double> low =
      4.16666666666665929218e-2 +
      z * (-1.38888888888730564116e-3 + z * (2.48015872888517045348e-5 + z * high));
  return 1.0 - (0.5 * z - z * z * low);
}

/// of_angle(x), and function of each lane whose angle is too large, infinite or NaN.
template <class F, class G>
[[gnu::always_inline]] inline batch<float> of_any_angle(batch<float> x, F of_angle, G function) {
  const auto other = [&](batch<float> v) {
    alignas(64) float in[batch<float>::size], out[batch<float>::size];
    v.store(in);
    of_angle(reduced_in_double(v)).store(out);
    for (int k = 0; k < batch<float>::size; ++k)
      if (!(std::abs(in[k]) <= largest_angle<float>)) out[k] = function(in[k]);
    return batch<float>::load(out);
  };
  return repaired(of_angle(reduced(x)), x, abs(x) <= largest_short_angle, other);
}
template <class F, class G>
[[gnu::always_inline]] inline batch<double> of_any_angle(batch<double> x, F of_angle, G function) {
  const auto other = [&](batch<double> v) {
    alignas(64) double lane[batch<double>::size];
    v.store(lane);
    for (double& one : lane) one = function(one);
    return batch<double>::load(lane);
  };
  return repaired(of_angle(reduced(x)), x, abs(x) <= largest_angle<double>, other);
}

/// The sine of a reduced angle that is `turned` quarters further.
template <class T>
[[gnu::always_inline]] inline batch<T> sine_of(angle<T> a, typename integers<T>::one turned) {
  const batch<T> z = a.rest * a.rest;
  const batch<T> sine = small_sine(a.rest, z).raw | sign_bit_of(a.rest).raw;  // keeps -0
  const words<T> quarters = a.quarters + turned;
  const batch<T> size = choose_words(quarters & 1, small_cosine(z), sine);
  return from_words<T>(words_of(size) ^ ((quarters & 2) << (8 * sizeof(T) - 2)));
}
template <class T>
[[gnu::always_inline]] inline batch<T> sin(batch<T> x) {
  return of_any_angle(x, [](angle<T> a) { return sine_of(a, 0); }, [](T v) { return std::sin(v); });
}
template <class T>
[[gnu::always_inline]] inline batch<T> cos(batch<T> x) {
  return of_any_angle(x, [](angle<T> a) { return sine_of(a, 1); }, [](T v) { return std::cos(v); });
}
template <class T>
[[gnu::always_inline]] inline batch<T> tangent_of(angle<T> a) {
  const batch<T> z = a.rest * a.rest, cosine = small_cosine(z);
  const batch<T> sine = small_sine(a.rest, z).raw | sign_bit_of(a.rest).raw;
  const words<T> odd = a.quarters & 1;
  return choose_words(odd, -cosine, sine) / choose_words(odd, sine, cosine);
}
template <class T>
[[gnu::always_inline]] inline batch<T> tan(batch<T> x) {
  return of_any_angle(x, [](angle<T> a) { return tangent_of(a); }, [](T v) { return std::tan(v); });
}

}  // namespace weft::lane
