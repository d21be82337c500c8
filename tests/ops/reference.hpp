// tests/ops/reference.hpp: what a row of the op table should give, and how far a result is from it.
// Floats: the body in long double. Complex: the body in complex long double. Integers: arithmetic
// in 128 bits, wrapped, written here a second time so that a wrong body cannot agree with itself.
#pragma once

#include <string>

#include "table.hpp"

namespace table {

/// The value of the row at operands x, y, z, which are elements of its operand dtype.
exact expected(const row& r, exact x, exact y, exact z);

/// `v` in a real floating dtype, rounded once to nearest even; infinite past the largest number.
long double rounded_to(dtype type, long double v);

/// What a row should give at x, y, z, and how far `got` is from it.
struct error {
  exact want;
  double distance = 0;  // in the units of the row's bound
  double allowed = 0;   // the largest distance that is right
};

/// The units are
///
///     float, double   units in the last place of the result's type, at `want`
///     a half          0 when `got` is the half nearest to some value within the row's bound, in
///                     float, of `want`; else infinite. Rows are computed in float, then rounded.
///     complex         |got - want| / (eps |want|), where eps = 2^(1 - digits)
///     else            0 when equal; else infinite
///
/// NaN is near NaN alone, an infinity near itself alone or, when `want` is within the bound of
/// the overflow threshold, near the largest number. -0 is not near 0, except for fmin and fmax.
/// Allowed is the row's ulp column, for complex results at least complex_ulp. Where a sum cancels
/// or an argument's rounding grows, that is multiplied by a number that is 1 or more:
///
///     lerp         the bound holds at the larger end: max(|x|, |y|) max(1, |z|) / |want|;
///                  where that product overflows, so may the result
///     logaddexp    at its terms: max(|larger|, (1 + d) log1p(exp(-d))) / |want|, where
///                  d = |x - y|, whose rounding exp(-d) repeats
///     gelu         below -3: x * x / 9
///     complex pow  1 + |y log(x)|
error error_of(const row& r, exact x, exact y, exact z, exact got);
inline constexpr double complex_ulp = 3;

/// x as words for a failure.
std::string words(dtype type, exact x);

}  // namespace table
