// weft/cpu/batch_trigonometry.hpp: sine, cosine and tangent of a register. Not xsimd's: those
// choose how to reduce an angle by the largest one in the register, so that a number's sine would
// depend on its neighbours. Polynomials from Cephes, quarter turns from fdlibm.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cpu/batch.hpp"

namespace weft::lane {

/// x = quarters * pi / 2 + rest, with a whole number of quarters and |rest| at most pi / 4.
template <class T>
struct angle {
  batch<T> quarters, rest;
};

/// Pi / 2 in pieces of 33 bits, so that their products with 20 bits of quarters are exact.
inline constexpr double quarter[] = {1.57079632673412561417e+00, 6.07710050630396597660e-11,
                                     2.02226624871116645580e-21};

/// Up to here the quarters have 20 bits. Larger angles go through the standard library.
template <class T>
inline constexpr T largest_angle = T(1e6);

/// The nearest whole number to a small x; cheaper than rint.
template <class T>
batch<T> nearest(batch<T> x) {
  constexpr T no_fractions = T(1.5) / std::numeric_limits<T>::epsilon();
  return (x + no_fractions) - no_fractions;
}

inline angle<double> reduced(batch<double> x) {
  const batch<double> n = nearest(x * batch<double>(2 / std::numbers::pi));
  const batch<double> first = x - n * quarter[0], second = n * quarter[1];
  const batch<double> near = first - second;
  const batch<double> lost = (first - near) - second;  // what rounding took from `near`
  return {n, choose(n == 0.0, x, near - (n * quarter[2] - lost))};  // keeps -0
}
inline angle<float> reduced(batch<float> x) {
  // In double, where two pieces are enough; plain loops, which the compiler vectorises.
  constexpr double whole = 0x1.8p52;  // adding and taking it away rounds to a whole number
  alignas(64) float in[batch<float>::size], n[batch<float>::size], rest[batch<float>::size];
  x.store(in);
  for (int k = 0; k < batch<float>::size; ++k) {
    const double v = in[k], q = (v * (2 / std::numbers::pi) + whole) - whole;
    n[k] = float(q);
    rest[k] = float((v - q * quarter[0]) - q * quarter[1]);
  }
  return {batch<float>::load(n), batch<float>::load(rest)};
}

/// Of angles of up to 8192, in float alone: pi / 2 in pieces of 11 bits, so that their products
/// with 13 bits of quarters are exact, and the rest of it.
inline constexpr float largest_short_angle = 8192;
inline angle<float> reduced_short(batch<float> x) {
  constexpr float piece[] = {0x1.9200000000000p+0f, 0x1.fb40000000000p-12f, 0x1.4440000000000p-24f,
                             0x1.68c2340000000p-39f};
  const batch<float> n = nearest(x * batch<float>(float(2 / std::numbers::pi)));
  return {n, (((x - n * piece[0]) - n * piece[1]) - n * piece[2]) - n * piece[3]};
}

/// f of an angle, whichever way it has to be reduced.
template <class F>
batch<float> of_reduced(batch<float> x, F f) {
  const batch<float> result = f(reduced_short(x));
  const mask<float> is_short = abs(x) <= largest_short_angle;
  if (!any(!is_short)) [[likely]]
    return result;
  return choose(is_short, result, f(reduced(x)));
}
template <class F>
batch<double> of_reduced(batch<double> x, F f) {
  return f(reduced(x));
}

/// Of angles up to pi / 4 and their squares z.
inline batch<float> small_sine(batch<float> x, batch<float> z) {
  return x + x * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
}
inline batch<double> small_sine(batch<double> x, batch<double> z) {
  const batch<double> high =
      2.75573136213857245213e-6 + z * (-2.50507477628578072866e-8 + z * 1.58962301576546568060e-10);
  return x + x * z *
                 (-1.66666666666666307295e-1 +
                  z * (8.33333333332211858878e-3 + z * (-1.98412698295895385996e-4 + z * high)));
}
inline batch<float> small_cosine(batch<float> z) {
  const batch<float> high =
      4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f);
  return 1.0f - (0.5f * z - z * z * high);
}
inline batch<double> small_cosine(batch<double> z) {
  const batch<double> high = -2.75573141792967388112e-7 +
                             z * (2.08757008419747316778e-9 + z * -1.13585365213876817300e-11);
  const batch<double> low =
      4.16666666666665929218e-2 +
      z * (-1.38888888888730564116e-3 + z * (2.48015872888517045348e-5 + z * high));
  return 1.0 - (0.5 * z - z * z * low);
}

/// `result` with function(x) in the lanes whose angle is too large, infinite or NaN.
template <class T, class F>
batch<T> with_large_angles(batch<T> x, batch<T> result, F function) {
  if (!any(!(abs(x) <= largest_angle<T>))) [[likely]]
    return result;
  T in[batch<T>::size], out[batch<T>::size];
  x.store(in);
  result.store(out);
  for (int k = 0; k < batch<T>::size; ++k)
    if (!(std::abs(in[k]) <= largest_angle<T>)) out[k] = function(in[k]);
  return batch<T>::load(out);
}

template <class T>
batch<T> floor_of_half(batch<T> whole) {
  return nearest(whole * T(0.5) - T(0.25));
}
/// The sine of a reduced angle that is `turned` more quarters ahead.
template <class T>
batch<T> sine_of(angle<T> a, T turned) {
  const batch<T> z = a.rest * a.rest, n = a.quarters + turned;
  const batch<T> halves = floor_of_half(n), whole_turns = floor_of_half(halves);
  const batch<T> sine = copysign(small_sine(a.rest, z), a.rest);  // keeps -0
  const batch<T> size = choose(halves * T(2) < n, small_cosine(z), sine);
  return choose(whole_turns * T(2) < halves, -size, size);
}
template <class T>
batch<T> sin(batch<T> x) {
  return with_large_angles(x, of_reduced(x, [](angle<T> a) { return sine_of(a, T(0)); }),
                           [](T v) { return std::sin(v); });
}
template <class T>
batch<T> cos(batch<T> x) {
  return with_large_angles(x, of_reduced(x, [](angle<T> a) { return sine_of(a, T(1)); }),
                           [](T v) { return std::cos(v); });
}
template <class T>
batch<T> tangent_of(angle<T> a) {
  const batch<T> z = a.rest * a.rest, cosine = small_cosine(z);
  const batch<T> sine = copysign(small_sine(a.rest, z), a.rest);
  const mask<T> odd = floor_of_half(a.quarters) * T(2) < a.quarters;
  return choose(odd, -cosine, sine) / choose(odd, sine, cosine);
}
template <class T>
batch<T> tan(batch<T> x) {
  return with_large_angles(x, of_reduced(x, [](angle<T> a) { return tangent_of(a); }),
                           [](T v) { return std::tan(v); });
}

}  // namespace weft::lane
