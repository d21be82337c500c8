// weft/cpu/lane_convert.hpp: element conversions, one by one and for a fixed number at once.
// GCC vectorises such short loops only by luck; its and clang's vector types say what is meant.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#if defined(__F16C__)
#include <immintrin.h>
#endif

#include "weft/promote.hpp"
#include "weft/scalar.hpp"

namespace weft::lane {

/// One element converted, with every result defined: a number out of range of an integer type
/// becomes the nearest end, NaN becomes 0, and complex to real is not a conversion.
template <class To, class From>
To convert_one(From x) {
  if constexpr (std::same_as<To, bool>) {
    return x != From(0);
  } else if constexpr (is_complex_v<To>) {
    if constexpr (is_complex_v<From>)
      return To(component_t<To>(x.real()), component_t<To>(x.imag()));
    else
      return To(static_cast<component_t<To>>(x));
  } else if constexpr (scalar::integer<To> && (std::floating_point<From> || is_half_v<From>)) {
    // One past the largest To is a power of two, so exact in every floating type that reaches it.
    const auto wide = static_cast<compute_t<From>>(x);
    using W = compute_t<From>;
    constexpr W end = W(To(1) << (8 * sizeof(To) - 1 - std::is_signed_v<To>)) * 2;
    constexpr W begin = std::is_signed_v<To> ? -end : W(0);
    if (!(wide > begin)) return wide != wide ? To(0) : std::numeric_limits<To>::min();
    return wide >= end ? std::numeric_limits<To>::max() : To(wide);
  } else {
    return static_cast<To>(x);
  }
}

/// N elements as one value of a compiler's vector type.
template <class T, int N>
struct vector_of {
  typedef T type [[gnu::vector_size(sizeof(T) * N)]];
};
template <class T, int N>
using vector = typename vector_of<T, N>::type;

/// An integer type of T's signedness and that many bytes.
template <class T, std::size_t Bytes>
using resized = std::conditional_t<
    std::is_signed_v<T>,
    std::conditional_t<Bytes == 2, std::int16_t,
                       std::conditional_t<Bytes == 4, std::int32_t, std::int64_t>>,
    std::conditional_t<Bytes == 2, std::uint16_t,
                       std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>>;

/// Whether a conversion is one that vector types do as C++ does: not to integers from floats,
/// which have ends, and not of bool.
template <class To, class From>
inline constexpr bool by_vector =
    !std::same_as<To, bool> && !std::same_as<From, bool> && std::is_arithmetic_v<To> &&
    std::is_arithmetic_v<From> && (std::floating_point<To> || std::integral<From>);

/// Sizes change by at most a factor of two at a time: GCC has instructions for those. By way of
/// arrays, since how a function returns a vector depends on the processor.
template <int N, class To, class From>
void convert_vector(To* to, const From* from) {
  constexpr bool widens = std::integral<From> && sizeof(To) > 2 * sizeof(From);
  constexpr bool narrows = std::integral<From> && 2 * sizeof(To) < sizeof(From);
  if constexpr (widens || narrows) {
    resized<From, widens ? 2 * sizeof(From) : sizeof(From) / 2> between[N];
    convert_vector<N>(between, from);
    convert_vector<N>(to, between);
  } else {
    vector<From, N> x;
    std::memcpy(&x, from, sizeof x);
    const vector<To, N> v = __builtin_convertvector(x, vector<To, N>);
    std::memcpy(to, &v, sizeof v);
  }
}

#if defined(__F16C__)
/// Whether the processor's own float16 instructions fit N lanes; they round as float16 does.
template <int N>
inline constexpr bool has_float16_instructions = N % 8 == 0;

// Whole registers where there are such: two halves stored would stall the load of the whole.
template <int N>
void from_float16(float* to, const float16* from) {
#if defined(__AVX512F__)
  if constexpr (N % 16 == 0) {
    for (int k = 0; k < N; k += 16) {
      const auto* p = reinterpret_cast<const __m256i*>(from + k);
      _mm512_storeu_ps(to + k, _mm512_cvtph_ps(_mm256_loadu_si256(p)));
    }
    return;
  }
#endif
  for (int k = 0; k < N; k += 8) {
    const auto* p = reinterpret_cast<const __m128i*>(from + k);
    _mm256_storeu_ps(to + k, _mm256_cvtph_ps(_mm_loadu_si128(p)));
  }
}
template <int N>
void to_float16(float16* to, const float* from) {
#if defined(__AVX512F__)
  if constexpr (N % 16 == 0) {
    for (int k = 0; k < N; k += 16) {
      const __m256i v = _mm512_cvtps_ph(_mm512_loadu_ps(from + k), _MM_FROUND_TO_NEAREST_INT);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + k), v);
    }
    return;
  }
#endif
  for (int k = 0; k < N; k += 8) {
    const __m128i v = _mm256_cvtps_ph(_mm256_loadu_ps(from + k), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + k), v);
  }
}
#endif

/// Converts N elements.
template <int N, class To, class From>
void convert_array(To* to, const From* from) {
  if constexpr (by_vector<To, From>) {
    convert_vector<N>(to, from);
  } else if constexpr (std::same_as<To, bfloat16> && std::same_as<From, float>) {
    // halves::to_bfloat16 on vectors.
    vector<std::uint32_t, N> x;
    std::memcpy(&x, from, sizeof x);
    const vector<std::uint32_t, N> rounded = (x + 0x7fffu + ((x >> 16) & 1u)) >> 16;
    const vector<std::uint32_t, N> bits =
        (x & 0x7fffffffu) > 0x7f800000u ? (x >> 16) | 0x40u : rounded;
    const vector<std::uint16_t, N> v = __builtin_convertvector(bits, vector<std::uint16_t, N>);
    std::memcpy(static_cast<void*>(to), &v, sizeof v);
#if defined(__F16C__)
  } else if constexpr (std::same_as<To, float> && std::same_as<From, float16> &&
                       has_float16_instructions<N>) {
    from_float16<N>(to, from);
  } else if constexpr (std::same_as<To, float16> && std::same_as<From, float> &&
                       has_float16_instructions<N>) {
    to_float16<N>(to, from);
#endif
  } else {
    for (int k = 0; k < N; ++k) to[k] = convert_one<To>(from[k]);
  }
}

}  // namespace weft::lane
