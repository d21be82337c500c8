// tests/adaptors/xtensor_functions_test.cpp: xtensor's operators and functions, evaluated by weft,
// have xtensor's values and element types. xtensor evaluates the oracle.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include "xtensor_agrees.hpp"

TEST_CASE("xtensor's operators are weft's, with xtensor's element types") {
  CHECK(agrees(a + b));
  CHECK(agrees(a - b * 2 + (-a) / 3));
  CHECK(agrees(f * 2.5));  // double in xtensor, so here
  CHECK(agrees(f * 2));
  CHECK(agrees(i + f));
  CHECK(agrees(i % k));
  CHECK(agrees((i & k) | (i ^ 3)));
  CHECK(agrees(~i));
  CHECK(agrees(xt::left_shift(i, 2)));
  CHECK(agrees(i >> k));
  CHECK(agrees((a > 0.5) && !(b < 0)));
  CHECK(agrees((a <= b) || (a >= 1)));
  CHECK(agrees(xt::equal(i, k)));
  CHECK(agrees(xt::not_equal(i, 7)));
}

TEST_CASE("small integers are computed as C++ and xtensor do, in int") {
  const xt::xarray<std::uint8_t> u{200, 255, 3};
  const xt::xarray<std::int8_t> s{-128, 127, 5};
  const xt::xarray<bool> t{true, false, true};
  CHECK(agrees(u + u));
  CHECK(agrees(s * s));
  CHECK(agrees(u & s));
  CHECK(agrees(u << 2));
  CHECK(agrees(-s));
  CHECK(agrees(xt::abs(s)));
  CHECK(agrees(t + t));
  CHECK(agrees(-t));
  CHECK(agrees(xt::maximum(u, s)));
}

TEST_CASE("xtensor's functions are rows of the op table") {
  CHECK(agrees(xt::abs(a) + xt::fabs(a) + xt::sign(a)));
  CHECK(agrees(xt::minimum(a, b) * xt::maximum(a, 0.25)));
  CHECK(agrees(xt::fmin(a, b) - xt::fmax(a, b)));
  CHECK(agrees(xt::clip(a, -1.0, 1.0)));
  CHECK(agrees(xt::fmod(a, b) + xt::remainder(a, b)));
  CHECK(agrees(xt::fma(a, b, a)));
  CHECK(agrees(xt::deg2rad(a) + xt::rad2deg(a)));
  CHECK(agrees(xt::isfinite(a / 0.0) || xt::isinf(a) || xt::isnan(a)));
  CHECK(agrees(xt::exp(a) + xt::exp2(a) + xt::expm1(a)));
  CHECK(agrees(xt::log(f) + xt::log10(f)));
  CHECK(agrees(xt::log2(f) * xt::log1p(f)));
  CHECK(agrees(xt::pow(f, a)));
  CHECK(agrees(xt::sqrt(i) + xt::cbrt(i)));  // of integers: double
  CHECK(agrees(xt::hypot(a, b)));
}

TEST_CASE("trigonometric, special and rounding functions of xtensor's are rows, too") {
  CHECK(agrees(xt::sin(a) + xt::cos(a) + xt::atan(a)));
  CHECK(agrees(xt::asin(f) + xt::acos(f) + xt::tan(f)));
  CHECK(agrees(xt::atan2(i, a)));
  CHECK(agrees(xt::atan2(i, f)));
  CHECK(agrees(xt::sinh(a) + xt::cosh(a) + xt::tanh(a)));
  CHECK(agrees(xt::asinh(a) + xt::acosh(1 + xt::abs(a)) + xt::atanh(a / 4)));
  CHECK(agrees(xt::erf(a) + xt::erfc(a)));
  CHECK(agrees(xt::tgamma(f + 1) + xt::lgamma(f + 5)));
  CHECK(agrees(xt::ceil(a) + xt::floor(a) + xt::trunc(a) + xt::round(a)));
  CHECK(agrees(xt::nearbyint(a) + xt::rint(b)));
}

TEST_CASE("where, cast and complex numbers are translated") {
  using complex = std::complex<float>;
  const xt::xarray<complex> z{complex(1, 2), complex(-3, 0.5f), complex(0, -1)};
  CHECK(agrees(xt::where(a > 0.5, a, b)));
  CHECK(agrees(xt::where(i > 0, f, 0)));
  CHECK(agrees(xt::cast<int>(a) + xt::cast<float>(i)));
  CHECK(agrees(z * z + z));
  CHECK(agrees(xt::abs(z)));
  CHECK(agrees(xt::exp(z)));
}
