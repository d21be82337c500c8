// weft/dtype.hpp: the element types, as a C++ concept and as run-time data.
// Typed code uses the C++ type; plans, messages and adaptors use the enum.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "weft/half.hpp"

namespace weft {

/// The element types that a tensor may have.
enum class dtype : std::uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  bfloat16,
  float32,
  float64,
  complex64,
  complex128
};

/// What a type can hold, weakest first: a scalar never widens a tensor of its own kind or above.
enum class kind : std::uint8_t { boolean, integer, floating, complex };

template <class T>
inline constexpr bool is_complex_v = false;
template <class T>
inline constexpr bool is_complex_v<std::complex<T>> = true;

template <class T>
inline constexpr bool is_half_v = std::same_as<T, float16> || std::same_as<T, bfloat16>;

namespace dtypes {
template <class T>
consteval int code() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::same_as<U, bool>) return int(dtype::boolean);
  if constexpr (std::same_as<U, float16>) return int(dtype::float16);
  if constexpr (std::same_as<U, bfloat16>) return int(dtype::bfloat16);
  if constexpr (std::same_as<U, float>) return int(dtype::float32);
  if constexpr (std::same_as<U, double>) return int(dtype::float64);
  if constexpr (std::same_as<U, std::complex<float>>) return int(dtype::complex64);
  if constexpr (std::same_as<U, std::complex<double>>) return int(dtype::complex128);
  // Every integer type, `long long` and `char` included, is the fixed-width type of its size.
  if constexpr (std::integral<U> && !std::same_as<U, bool>) {
    constexpr int log2size = sizeof(U) == 1 ? 0 : sizeof(U) == 2 ? 1 : sizeof(U) == 4 ? 2 : 3;
    return int(std::is_signed_v<U> ? dtype::int8 : dtype::uint8) + log2size;
  }
  return -1;
}
}  // namespace dtypes

/// An element type: bool, an integer of 8 to 64 bits, float16, bfloat16, float, double or a
/// complex of the last two.
template <class T>
concept Element = dtypes::code<T>() >= 0;

/// A C++ value that may stand for a tensor in an expression: `2 * x`.
template <class T>
concept Scalar = Element<std::remove_cvref_t<T>>;

template <Element T>
inline constexpr dtype dtype_of = dtype(dtypes::code<T>());

template <Element T>
inline constexpr kind kind_of = dtype_of<T> == dtype::boolean ? kind::boolean
                                : is_complex_v<T>             ? kind::complex
                                : std::integral<T>            ? kind::integer
                                                              : kind::floating;

namespace dtypes {
// Not inside of the functions, where each call would copy them to the stack.
inline constexpr std::uint8_t bytes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
inline constexpr std::string_view names[] = {
    "bool",   "int8",    "int16",    "int32",   "int64",   "uint8",     "uint16",    "uint32",
    "uint64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"};
}  // namespace dtypes

/// Bytes of one element.
constexpr std::size_t size_of(dtype t) { return dtypes::bytes[std::size_t(t)]; }

/// The name used in messages and by `explain`, e.g. `float32`.
constexpr std::string_view name_of(dtype t) { return dtypes::names[std::size_t(t)]; }

/// The type in which values of T are computed: float for the two storage halves, else T.
template <Element T>
using compute_t = std::conditional_t<is_half_v<T>, float, T>;

}  // namespace weft
