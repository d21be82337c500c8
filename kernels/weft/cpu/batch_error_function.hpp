// weft/cpu/batch_error_function.hpp: erf and erfc of a register. erf(x) of small |x| is x and x
// times a polynomial in x^2; erfc(a) of larger a is exp(-a^2) / (a + k) times a polynomial in
// (a - k) / (a + k), a form due to M. M. Shepherd, J. G. Laframboise, Math. Comp. 36 (1981). They
// interpolate erf(x) / x - 1 at the Chebyshev points of x^2 from 0 to 1, and exp(a^2) (a + k)
// erfc(a) at those of a from 0.65 to 10 in float, to 27 in double; the relative errors of erf and
// erfc that they leave are 2^-29 and 2^-28 in float, 2^-56 and 2^-59 in double.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "weft/cpu/batch_exponential.hpp"

namespace weft::lane {

template <class T>
struct error_function;
template <>
struct error_function<float> {
  static constexpr float near_zero[] = {0.128379165848350946f,      -0.37612626666720331023f,
                                        0.11283594715160217732f,    -0.026854212010626412443f,
                                        0.0051890874234339739861f,  -0.00080168642871658695293f,
                                        0.000078758750626854883411f};
  static constexpr float further[] = {
      1.054031820442514445f,      -0.8046518712622326663f,     0.45391415499077568128f,
      -0.17125028562643157282f,   0.028359770151554821574f,    0.0083837723746679990034f,
      -0.0047990723761157975271f, -0.00040105312352339448781f, 0.000622901755142614574f};
  static constexpr float last = 9;                   // from here on erfc(x) is nearly denormal
  static constexpr std::uint32_t high = 0xfffff000;  // bits of a number whose square is exact
};
template <>
struct error_function<double> {
  static constexpr double near_zero[] = {
      0.1283791670955125665,     -0.37612638903183540438,     0.11283791670945006266,
      -0.02686617064323777036,   0.0052239776071164227321,    -0.00085483259753896920806,
      0.00012055294904839707917, -0.000014924736907419660338, 1.644742470331736241e-6,
      -1.6208483801871705902e-7, 1.3720064546777685604e-8,    -7.7958988270021422416e-10};
  static constexpr double further[] = {
      1.054031820305717902,       -0.80465184943914889125,    0.4539141166480979937,
      -0.1712511452460436702,     0.028361550131866092071,    0.0083930443023511060861,
      -0.0048187855197182164697,  -0.00043920826448800249014, 0.00070269367196032345101,
      0.000058307771148167770267, -0.00011260436301216022957, -0.00001953200250772618593,
      0.000018241678973422036215, 6.7540675859862235407e-6,   -2.3225626738689410156e-6,
      -1.9660022395342063589e-6,  -2.6750746409627522508e-8,  4.6437621860701271576e-7,
      1.5976268555892147921e-7,   -1.0037541952373540046e-7,  -5.4799857518240587222e-8,
      2.6157561531123124989e-8};
  static constexpr double last = 26.5;
  static constexpr std::uint64_t high = 0xfffffffff8000000;
};

/// c[0] + c[1] x + ..., even and odd powers apart, which halves the time to wait.
template <class T, std::size_t N>
[[gnu::always_inline]] inline batch<T> polynomial(const T (&c)[N], batch<T> x) {
  const batch<T> square = x * x;
  batch<T> last = c[N - 1], other = c[N - 2];
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    ((last = square * last + c[N - 3 - K], std::swap(last, other)), ...);
  }(std::make_index_sequence<N - 2>());
  return other + x * last;
}

/// k above.
template <class T>
inline constexpr T middle = T(2.5);

/// erf(x) for |x| up to 1.
template <class T>
[[gnu::always_inline]] inline batch<T> erf_near_zero(batch<T> x) {
  return x + x * polynomial(error_function<T>::near_zero, x * x);
}
/// erfc(a) for a from 0.65 to where it is nearly denormal. a^2 is taken as the square of its first
/// half, which is exact, and the rest.
template <class T>
[[gnu::always_inline]] inline batch<T> erfc_further(batch<T> a) {
  using f = error_function<T>;
  const batch<T> high = from_words<T>(words_of(a) & typename integers<T>::one(f::high));
  const power<T> p = power_of_e(-(high * high));
  const batch<T> r = p.r - (a - high) * (a + high), part = T(1) / (a + middle<T>);
  const batch<T> rest = part * polynomial(f::further, (a - middle<T>)*part);
  const batch<T> scaled = rest * from_words<T>(words_of(batch<T>(1)) + p.n);
  return scaled + scaled * (r + r * r * exp_rest(r));
}

template <class T>
[[gnu::always_inline]] inline batch<T> erf(batch<T> x) {
  constexpr T end = sizeof(T) == 4 ? T(4) : T(6);  // from here on it is 1
  const batch<T> a = abs(x), kept = choose(a > end, batch<T>(end), a);
  return choose(a < T(1), erf_near_zero(x), copysign(T(1) - erfc_further(kept), x));
}
template <class T>
[[gnu::always_inline]] inline batch<T> erfc(batch<T> x) {
  constexpr T last = error_function<T>::last;
  const auto at_the_end = [](batch<T> v) {
    T lanes[batch<T>::size];
    v.store(lanes);
    for (T& lane : lanes) lane = std::erfc(lane);
    return batch<T>::load(lanes);
  };
  const batch<T> a = abs(x), kept = choose(a > last, batch<T>(last), a), tail = erfc_further(kept);
  const batch<T> result =
      choose(a < T(0.7), T(1) - erf_near_zero(x), choose(x < T(0), T(2) - tail, tail));
  return repaired(result, x, x <= last, at_the_end);
}

template <class T>
[[gnu::always_inline]] inline batch<T> gelu(batch<T> x) {
  return T(0.5) * x * erfc(-x * T(std::numbers::sqrt2 / 2));
}

}  // namespace weft::lane
