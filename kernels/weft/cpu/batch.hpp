// weft/cpu/batch.hpp: a register of floats or doubles, and the functions that bodies of the op
// table may call on it. They give what weft/scalar.hpp gives for one number, special ones included:
// where xsimd loses the sign of zero, denormals or a NaN, the repair is here, with its reason.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <xsimd/xsimd.hpp>

namespace weft::lane {

/// An integer as wide as T.
template <class T>
using sized_word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// Truth values of a register's lanes.
template <class T>
struct mask {
  xsimd::batch_bool<T> raw;
  friend mask operator&&(mask x, mask y) { return {x.raw & y.raw}; }
  friend mask operator||(mask x, mask y) { return {x.raw | y.raw}; }
  // Bits turned over; xsimd's ! compares with false, in halves of an AVX register.
  friend mask operator!(mask x) { return {~x.raw}; }
};

/// One register. A type of weft's own, so that the functions below are found by argument-dependent
/// lookup and none of xsimd's is called by accident.
template <class T>
struct batch {
  using raw_type = xsimd::batch<T>;
  static constexpr int size = int(raw_type::size);
  raw_type raw;

  batch() = default;
  batch(T value) : raw(value) {}
  batch(raw_type value) : raw(value) {}
  static batch load(const T* p) { return raw_type::load_unaligned(p); }
  void store(T* p) const { raw.store_unaligned(p); }

  friend batch operator+(batch x, batch y) { return x.raw + y.raw; }
  friend batch operator-(batch x, batch y) { return x.raw - y.raw; }
  friend batch operator*(batch x, batch y) { return x.raw * y.raw; }
  friend batch operator/(batch x, batch y) { return x.raw / y.raw; }
  // Not 0 - x, which has no -0.
  friend batch operator-(batch x) { return x.raw ^ raw_type(T(-0.0)); }
  friend mask<T> operator==(batch x, batch y) { return {x.raw == y.raw}; }
  // xsimd 8 says that NaN != x is false with AVX.
  friend mask<T> operator!=(batch x, batch y) {
    using bits = xsimd::batch_bool<T>;
    if constexpr (sizeof(bits) == sizeof(raw_type))
      return {bits(std::bit_cast<typename bits::register_type>(x.raw.data != y.raw.data))};
    else
      return {~(x.raw == y.raw)};
  }
  friend mask<T> operator<(batch x, batch y) { return {x.raw < y.raw}; }
  friend mask<T> operator<=(batch x, batch y) { return {x.raw <= y.raw}; }
  friend mask<T> operator>(batch x, batch y) { return {y.raw < x.raw}; }
  friend mask<T> operator>=(batch x, batch y) { return {y.raw <= x.raw}; }
};

template <class T>
batch<T> choose(mask<T> m, batch<T> yes, std::type_identity_t<batch<T>> no) {
  return xsimd::select(m.raw, yes.raw, no.raw);
}
template <class T>
bool any(mask<T> m) {
  return xsimd::any(m.raw);
}
template <class T>
bool all(mask<T> m) {
  return xsimd::all(m.raw);
}
template <class T>
batch<T> quotient(batch<T> x, batch<T> y) {
  return x / y;
}

// Signs and choices.
template <class T>
batch<T> sign_bit_of(batch<T> x) {
  return x.raw & xsimd::batch<T>(T(-0.0));
}
template <class T>
batch<T> abs(batch<T> x) {
  // All bits but the sign's; xsimd's andnot means one thing in version 8 and another later.
  constexpr auto rest = std::bit_cast<T>(~std::bit_cast<sized_word<T>>(T(-0.0)));
  return x.raw & xsimd::batch<T>(rest);
}
template <class T>
batch<T> copysign(batch<T> x, batch<T> y) {
  return abs(x).raw | sign_bit_of(y).raw;
}
template <class T>
mask<T> isnan(batch<T> x) {
  return x != x;
}
template <class T>
mask<T> isinf(batch<T> x) {
  return abs(x) == batch<T>(std::numeric_limits<T>::infinity());
}
template <class T>
mask<T> isfinite(batch<T> x) {
  return abs(x) < batch<T>(std::numeric_limits<T>::infinity());
}
template <class T>
mask<T> signbit(batch<T> x) {
  return copysign(batch<T>(1), x) < batch<T>(0);
}
template <class T>
batch<T> abs2(batch<T> x) {
  return x * x;
}
template <class T>
batch<T> sign(batch<T> x) {
  return choose(x > T(0), batch<T>(1), choose(x < T(0), batch<T>(-1), choose(isnan(x), x, T(0))));
}
/// The processor's own: y where either is NaN.
template <class T>
batch<T> smaller(batch<T> x, batch<T> y) {
#if defined(__SSE2__)
  return xsimd::min(x.raw, y.raw);
#else
  return choose(x < y, x, y);
#endif
}
template <class T>
batch<T> larger(batch<T> x, batch<T> y) {
#if defined(__SSE2__)
  return xsimd::max(x.raw, y.raw);
#else
  return choose(x > y, x, y);
#endif
}
/// Where x, y or both are NaN, in one comparison.
template <class T>
mask<T> nan_in(batch<T> x, batch<T> y) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return {_mm512_cmp_ps_mask(x.raw, y.raw, _CMP_UNORD_Q)};
  else
    return {_mm512_cmp_pd_mask(x.raw, y.raw, _CMP_UNORD_Q)};
#elif defined(__AVX__)
  if constexpr (sizeof(T) == 4)
    return {_mm256_cmp_ps(x.raw, y.raw, _CMP_UNORD_Q)};
  else
    return {_mm256_cmp_pd(x.raw, y.raw, _CMP_UNORD_Q)};
#elif defined(__SSE2__)
  if constexpr (sizeof(T) == 4)
    return {_mm_cmpunord_ps(x.raw, y.raw)};
  else
    return {_mm_cmpunord_pd(x.raw, y.raw)};
#else
  return isnan(x) || isnan(y);
#endif
}
// A NaN in x is all that is left to see to.
template <class T>
batch<T> minimum(batch<T> x, batch<T> y) {
  return choose(isnan(x), x, smaller(x, y));
}
template <class T>
batch<T> maximum(batch<T> x, batch<T> y) {
  return choose(isnan(x), x, larger(x, y));
}
template <class T>
batch<T> fmin(batch<T> x, batch<T> y) {
  return choose(x < y || isnan(y), x, y);
}
template <class T>
batch<T> fmax(batch<T> x, batch<T> y) {
  return choose(x > y || isnan(y), x, y);
}
template <class T>
batch<T> clip(batch<T> x, batch<T> lo, batch<T> hi) {
  return choose(x < lo, lo, choose(x > hi, hi, x));
}
template <class T>
batch<T> heaviside(batch<T> x, batch<T> at_zero) {
  return choose(x < T(0), batch<T>(0), choose(x > T(0), batch<T>(1), choose(isnan(x), x, at_zero)));
}
template <class T>
batch<T> relu(batch<T> x) {
  return choose(x < T(0), batch<T>(0), x);
}

// Rounding. A fraction rounds to a zero of its own sign, which xsimd does not promise.
template <class T>
batch<T> floor(batch<T> x) {
  return copysign(batch<T>(xsimd::floor(x.raw)), x);
}
template <class T>
batch<T> ceil(batch<T> x) {
  return copysign(batch<T>(xsimd::ceil(x.raw)), x);
}
template <class T>
batch<T> trunc(batch<T> x) {
  return copysign(batch<T>(xsimd::trunc(x.raw)), x);
}
template <class T>
batch<T> rint(batch<T> x) {
  return copysign(batch<T>(xsimd::nearbyint(x.raw)), x);
}
template <class T>
batch<T> round(batch<T> x) {
  const batch<T> size = abs(x), whole = floor(size);  // size - whole is exact
  return copysign(choose(size - whole >= T(0.5), whole + T(1), whole), x);
}

}  // namespace weft::lane
