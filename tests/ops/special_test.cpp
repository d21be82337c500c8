// tests/ops/special_test.cpp: every row on the numbers where implementations go wrong: ends, zeros
// of both signs, denormals, halfway cases, infinities and NaN.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "catch.hpp"
#include "operands.hpp"
#include "weft/weft.hpp"

namespace {

void check_special(weft::dtype type) {
  for (const table::row& r : table::rows_on(type)) {
    const std::vector<table::column> operands = table::special(r);
    const table::verdict v = table::judge(r, operands, r(operands));
    INFO(v.words << "; " << v.failures << " are outside the bound");
    CHECK(v.distance <= 1);
  }
}

}  // namespace

TEST_CASE("every row is right on the special numbers of every dtype") {
  for (int t = 0; t <= int(weft::dtype::complex128); ++t) check_special(weft::dtype(t));
}

using namespace weft;

TEST_CASE("NaN and infinities go through as the documentation says") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const tensor<double> x{nan, inf, -inf, -0.0};
  CHECK(std::isnan(eval(maximum(x, 1.0))(0)));
  CHECK(eval(fmax(x, 1.0))(0) == 1.0);
  CHECK(std::isnan(eval(sign(x))(0)));
  CHECK(std::isnan(eval(relu(x))(0)));
  CHECK(eval(isnan(x))(0));
  CHECK(!eval(isfinite(x))(1));
  CHECK(eval(signbit(x))(3));
  CHECK(eval(exp(x))(1) == inf);
  CHECK(eval(exp(x))(2) == 0.0);
  CHECK(eval(sigmoid(x))(2) == 0.0);
  CHECK(eval(cast<int>(x))(0) == 0);
  CHECK(eval(cast<int>(x))(1) == std::numeric_limits<int>::max());
  CHECK(eval(cast<std::uint8_t>(x))(2) == 0);
}

namespace {

// f at x on a whole register and in a tail alike.
template <class T, class F>
bool everywhere(T x, F f) {
  tensor<T> v(shape{67});
  v.fill(x);
  const auto y = eval(f(v));
  bool all = true;
  for (index_t i = 0; i < y.size(); ++i) all &= y(i) != 0;
  return all;
}

template <class T>
void check_zeros() {
  const auto keeps = [](auto f) {
    return everywhere(T(-0.0), [&](const auto& x) { return f(x) == T(0) && signbit(f(x)); }) &&
           everywhere(T(0), [&](const auto& x) { return f(x) == T(0) && !signbit(f(x)); });
  };
  CHECK(keeps([](const auto& x) { return sqrt(x); }));
  CHECK(keeps([](const auto& x) { return cbrt(x); }));
  CHECK(keeps([](const auto& x) { return sin(x); }));
  CHECK(keeps([](const auto& x) { return tan(x); }));
  CHECK(keeps([](const auto& x) { return asin(x); }));
  CHECK(keeps([](const auto& x) { return atan(x); }));
  CHECK(keeps([](const auto& x) { return sinh(x); }));
  CHECK(keeps([](const auto& x) { return tanh(x); }));
  CHECK(keeps([](const auto& x) { return asinh(x); }));
  CHECK(keeps([](const auto& x) { return atanh(x); }));
  CHECK(keeps([](const auto& x) { return expm1(x); }));
  CHECK(keeps([](const auto& x) { return log1p(x); }));
  CHECK(keeps([](const auto& x) { return erf(x); }));
  CHECK(keeps([](const auto& x) { return floor(x); }));
  CHECK(keeps([](const auto& x) { return rint(x); }));
  for (const T fraction : {T(-0.25), T(-0.5)}) {
    const auto gives_minus_zero = [&](auto f) {
      return everywhere(fraction, [&](const auto& x) { return f(x) == T(0) && signbit(f(x)); });
    };
    CHECK(gives_minus_zero([](const auto& x) { return ceil(x); }));
    CHECK(gives_minus_zero([](const auto& x) { return trunc(x); }));
    CHECK(gives_minus_zero([](const auto& x) { return rint(x); }));
  }
}

}  // namespace

TEST_CASE("functions that pass through zero keep its sign") {
  check_zeros<float>();
  check_zeros<double>();
}

TEST_CASE("NaN differs from every number and from itself") {
  const double nan = std::nan("");
  CHECK(everywhere(nan, [](const auto& x) { return x != x; }));
  CHECK(everywhere(float(nan), [](const auto& x) { return x != 1; }));
  CHECK(everywhere(nan, [](const auto& x) { return !(x == x) && !(x < 1) && !(x >= 1); }));
}

TEST_CASE("exponentials reach down to the smallest denormal number and up to the largest") {
  CHECK(everywhere(-100.0f, [](const auto& x) { return exp(x) == std::exp(-100.0f); }));
  CHECK(everywhere(-740.0, [](const auto& x) { return exp(x) == std::exp(-740.0); }));
  CHECK(everywhere(-149.0f, [](const auto& x) { return exp2(x) == 0x1p-149f; }));
  CHECK(everywhere(-1074.0, [](const auto& x) { return exp2(x) == 0x1p-1074; }));
  CHECK(everywhere(127.75f, [](const auto& x) { return isfinite(exp2(x)); }));
  CHECK(everywhere(1023.75, [](const auto& x) { return isfinite(exp2(x)); }));
}

TEST_CASE("logarithms and roots take denormal numbers, and are NaN below their domain") {
  CHECK(everywhere(0x1p-140f, [](const auto& x) { return log2(x) == -140; }));
  CHECK(everywhere(0x1p-1060, [](const auto& x) { return log2(x) == -1060; }));
  CHECK(everywhere(0x1p-1022, [](const auto& x) { return abs(log(x) + 708.3964185) < 1e-6; }));
  CHECK(everywhere(0x1p-147f, [](const auto& x) { return cbrt(x) == 0x1p-49f; }));
  CHECK(everywhere(0.5f, [](const auto& x) { return isnan(acosh(x)); }));
  CHECK(everywhere(-1.0f, [](const auto& x) { return isnan(log(x)) && isnan(sqrt(x)); }));
}

namespace {

// erf and erfc far beyond their domains in the table, as long as results are normal numbers,
// against long double.
template <class T>
void check_error_functions(T last) {
  constexpr index_t n = 20'000;
  const tensor<T> x = cast<T>(linspace(-8.0, double(last), n)), lower = erf(x), upper = erfc(x);
  const auto is_near = [](T found, long double expected, long double ulp) {
    const long double one =
        std::ldexp(1.0L, std::ilogb(expected)) * std::numeric_limits<T>::epsilon();
    return std::abs(found - expected) <= ulp * one;
  };
  for (index_t i = 0; i < n; ++i) {
    const auto v = static_cast<long double>(x(i));
    INFO("at " << x(i) << ": " << lower(i) << ", " << upper(i));
    REQUIRE(is_near(lower(i), std::erf(v), 2));
    REQUIRE(is_near(upper(i), std::erfc(v), 5));
  }
}

}  // namespace

TEST_CASE("erf and erfc keep their bounds as long as results are normal") {
  check_error_functions<float>(9.1f);
  check_error_functions<double>(26.4);
  const double inf = std::numeric_limits<double>::infinity();
  const tensor<double> ends{inf, -inf, 27.5, 1e300, -1e300, 26.9};
  const tensor<double> upper = erfc(ends);
  CHECK(upper(0) == 0);
  CHECK(upper(1) == 2);
  CHECK(upper(2) == 0);
  CHECK(upper(3) == 0);
  CHECK(upper(4) == 2);
  CHECK(upper(5) == std::erfc(26.9));  // denormal
}
