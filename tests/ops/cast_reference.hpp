// tests/ops/cast_reference.hpp: what casts between dtypes give, and what they are tried on.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "operands.hpp"
#include "reference.hpp"

namespace table {

inline bool is_integer(dtype t) { return t <= dtype::uint64; }

inline long double expected_part(dtype to, dtype from, long double x) {
  if (to == dtype::boolean) return x != 0;
  if (!is_integer(to)) return rounded_to(to, x);
  const int bits = 8 * int(size_of(to));
  const bool is_signed = to <= dtype::int64;
  const long double size = std::ldexp(1.0L, bits), min = is_signed ? -size / 2 : 0,
                    max = is_signed ? size / 2 - 1 : size - 1;
  if (is_integer(from)) return x - size * std::floor((x - min) / size);           // wraps
  return std::isnan(x) ? 0 : std::min(std::max(std::trunc(x), min), max) + 0.0L;  // no -0
}

inline bool same_part(long double a, long double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && (a != 0 || std::signbit(a) == std::signbit(b));
}

/// x of dtype `from` as `to`: rounded once to nearest even, integers wrap, floats past an integer's
/// ends become the end and NaN becomes 0.
inline exact cast_of(dtype to, dtype from, exact x) {
  exact want(expected_part(to, from, x.real()));
  if (to >= dtype::complex64) want.imag(expected_part(to, from, x.imag()));
  return want;
}
/// Whether y is that; also of zeros' signs.
inline bool is_cast(dtype to, exact y, dtype from, exact x) {
  const exact want = cast_of(to, from, x);
  return same_part(y.real(), want.real()) && same_part(y.imag(), want.imag());
}

/// Special numbers, numbers at which some other type rounds, wraps or ends, and random bits.
inline column cast_operands(dtype from) {
  std::vector<long double> v = special_numbers(from);
  for (int e = -30; e <= 65; ++e)
    for (const long double offset : {0.0L, 0x1p-11L, 0x1p-8L, 0x1p-24L, 0x1p-53L})
      for (const long double nudge : {0.0L, 0x1p-40L, -0x1p-40L, 0x1p-52L, -0x1p-52L})
        for (const int sign : {1, -1}) v.push_back(sign * std::ldexp(1 + offset + nudge, e));
  for (const long double x : {65504.0L, 65519.0L, 65519.996L, 65520.0L, 65536.0L}) v.push_back(x);
  const std::size_t listed = v.size(), n = listed + 4096;
  column c(from, n);
  std::mt19937_64 random(3);
  for (std::size_t i = 0; i < n; ++i) {
    if (i < listed && (!is_integer(from) || std::abs(v[i]) < 0x1p64L)) {
      c.set(i, exact(v[i], v[(i * 7) % listed]));
    } else if (from == dtype::boolean) {
      c.set(i, exact(static_cast<long double>(random() % 2)));
    } else {
      const std::uint64_t bits[2] = {random(), random()};
      std::memcpy(static_cast<std::byte*>(c.data()) + i * size_of(from), bits, size_of(from));
    }
  }
  return c;
}

}  // namespace table
