// weft/half.hpp: float16 and bfloat16, two-byte storage types. Values are computed in float.
// Both convert to float implicitly (so comparison and arithmetic are float's) and from numbers
// explicitly, rounding once to nearest even. Plain integer code, so loops over it vectorise.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace weft {

/// The encodings of the two types, as functions on bits.
namespace halves {

constexpr std::uint16_t to_float16(float value) {
  const auto all = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (all >> 16) & 0x8000u;
  const std::uint32_t x = all & 0x7fffffffu;
  // Adding 0.5 leaves a denormal's bits, rounded, at the bottom of the sum.
  const std::uint32_t denormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(x < 0x38800000u ? x : 0u) + 0.5f) -
      0x3f000000u;
  // Rebias the exponent from 127 to 15; a carry out of the mantissa is right as it is.
  const std::uint32_t normal = (x - 0x38000000u + 0xfffu + ((x >> 13) & 1u)) >> 13;
  const std::uint32_t nan = 0x7e00u | ((x >> 13) & 0x3ffu);
  const std::uint32_t finite = x < 0x38800000u ? denormal : normal;
  const std::uint32_t infinite = x > 0x7f800000u ? nan : 0x7c00u;
  return std::uint16_t(sign | (x >= 0x47800000u ? infinite : finite));
}

constexpr float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t x = (bits & 0x7fffu) << 13;
  const std::uint32_t exponent = x & 0x0f800000u;
  const std::uint32_t normal = x + 0x38000000u;
  const std::uint32_t infinite = x + 0x70000000u;
  // Give the denormal an implicit one, 2^-14, and take it away as a number.
  const auto denormal = std::bit_cast<std::uint32_t>(std::bit_cast<float>(x + 0x38800000u) -
                                                     std::bit_cast<float>(0x38800000u));
  const std::uint32_t magnitude =
      exponent == 0 ? denormal : (exponent == 0x0f800000u ? infinite : normal);
  return std::bit_cast<float>(sign | magnitude);
}

constexpr std::uint16_t to_bfloat16(float value) {
  const auto x = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (x + 0x7fffu + ((x >> 16) & 1u)) >> 16;
  const std::uint32_t nan = (x >> 16) | 0x40u;
  return std::uint16_t((x & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
}

constexpr float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits) << 16);
}

/// The float that rounds to a half as `x` itself does: where x does not fit, the neighbour whose
/// last bit is one, so that it never looks like a tie (rounding to odd).
constexpr float to_odd_float(double x) {
  const float nearest = static_cast<float>(x);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  const double back = nearest;
  const bool too_far = x < 0 ? back < x : back > x;
  const bool inexact = back < x || back > x;  // false for NaN
  const std::uint32_t truncated = bits - std::uint32_t(too_far);
  return std::bit_cast<float>(inexact ? (truncated | 1u) : bits);
}

template <std::integral T>
constexpr float to_odd_float(T x) {
  if constexpr (sizeof(T) <= 2) {
    return static_cast<float>(x);
  } else if constexpr (sizeof(T) == 4) {
    return to_odd_float(static_cast<double>(x));
  } else {
    // Fold the low 12 bits of a size that double cannot hold into one sticky bit: 53 remain.
    const bool negative = x < T{0};
    const std::uint64_t size = negative ? 0u - std::uint64_t(x) : std::uint64_t(x);
    const std::uint64_t folded = (size & ~0xfffull) | ((size & 0xfffull) != 0 ? 0x800ull : 0ull);
    const double kept = static_cast<double>(size < (1ull << 53) ? size : folded);
    return to_odd_float(negative ? -kept : kept);
  }
}

constexpr float to_odd_float(float x) { return x; }
constexpr float to_odd_float(long double x) { return to_odd_float(static_cast<double>(x)); }

}  // namespace halves

struct bfloat16;

/// IEEE binary16: 11 significant bits, largest value 65504.
struct float16 {
  float16() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  explicit constexpr float16(T x) : bits_(halves::to_float16(halves::to_odd_float(x))) {}
  explicit constexpr float16(bfloat16 x);

  static constexpr float16 from_bits(std::uint16_t bits) {
    float16 x{};
    x.bits_ = bits;
    return x;
  }
  constexpr std::uint16_t bits() const { return bits_; }
  constexpr operator float() const { return halves::from_float16(bits_); }

 private:
  std::uint16_t bits_;
};

/// The upper half of a float: 8 significant bits and float's range.
struct bfloat16 {
  bfloat16() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  explicit constexpr bfloat16(T x) : bits_(halves::to_bfloat16(halves::to_odd_float(x))) {}
  explicit constexpr bfloat16(float16 x) : bfloat16(float(x)) {}

  static constexpr bfloat16 from_bits(std::uint16_t bits) {
    bfloat16 x{};
    x.bits_ = bits;
    return x;
  }
  constexpr std::uint16_t bits() const { return bits_; }
  constexpr operator float() const { return halves::from_bfloat16(bits_); }

 private:
  std::uint16_t bits_;
};

constexpr float16::float16(bfloat16 x) : float16(float(x)) {}

static_assert(sizeof(float16) == 2 && std::is_trivial_v<float16>);
static_assert(sizeof(bfloat16) == 2 && std::is_trivial_v<bfloat16>);

namespace halves {
/// What std::numeric_limits says of a half whose significand has Digits bits.
template <class Half, int Digits, int MinExponent, int MaxExponent, std::uint16_t Infinity>
struct limits {
  static constexpr bool is_specialized = true, is_signed = true, is_integer = false;
  static constexpr bool is_exact = false, is_iec559 = true, is_bounded = true, is_modulo = false;
  static constexpr bool has_infinity = true, has_quiet_NaN = true, has_signaling_NaN = true;
  static constexpr bool traps = false, tinyness_before = false;
  static constexpr std::float_round_style round_style = std::round_to_nearest;
  static constexpr int radix = 2, digits = Digits;
  static constexpr int digits10 = (Digits - 1) * 643 / 2136;  // log10(2) = 643/2136
  static constexpr int max_digits10 = Digits * 643 / 2136 + 2;
  static constexpr int min_exponent = MinExponent, max_exponent = MaxExponent;
  static constexpr int min_exponent10 = MinExponent * 643 / 2136,
                       max_exponent10 = MaxExponent * 643 / 2136;

  static constexpr std::uint16_t one_in_last_place = 1u << (Digits - 1);  // smallest exponent
  static constexpr Half min() { return Half::from_bits(one_in_last_place); }
  static constexpr Half denorm_min() { return Half::from_bits(1); }
  static constexpr Half max() { return Half::from_bits(std::uint16_t(Infinity - 1)); }
  static constexpr Half lowest() { return Half::from_bits(std::uint16_t(0x8000 | (Infinity - 1))); }
  static constexpr Half infinity() { return Half::from_bits(Infinity); }
  static constexpr Half quiet_NaN() { return Half(std::numeric_limits<float>::quiet_NaN()); }
  static constexpr Half signaling_NaN() { return Half::from_bits(std::uint16_t(Infinity | 1)); }
  static constexpr Half round_error() { return Half(0.5f); }
  static constexpr Half epsilon() { return Half(1.0 / double(1u << (Digits - 1))); }
};
}  // namespace halves

}  // namespace weft

template <>
struct std::numeric_limits<weft::float16>
    : weft::halves::limits<weft::float16, 11, -13, 16, 0x7c00> {};
template <>
struct std::numeric_limits<weft::bfloat16>
    : weft::halves::limits<weft::bfloat16, 8, -125, 128, 0x7f80> {};
