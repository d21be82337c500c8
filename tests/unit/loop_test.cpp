// tests/unit/loop_test.cpp: what the inner loop does at the edges of a row.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/loop.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <string>

#include "catch.hpp"
#include "weft/cpu/machine.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("a large result of one byte an element is right before its first whole line too") {
  // A row begins up to 63 elements before a line; a repeated operand has fewer in its register.
  const auto half_a_cache = double(cpu_machine().last_cache_bytes) / 2;
  const auto n = index_t(std::sqrt(half_a_cache)) / 64 * 64 + 72;
  const tensor<float> column = reshape(cast<float>(arange(n)), {n, 1}) - 100.0f;
  const tensor<float> row = cast<float>(arange(n)) * 0.5f;
  tensor<bool> y(shape{n, n});
  REQUIRE(explain(assign(y, column < row)).find("around the cache") != std::string::npos);
  y = column < row;
  index_t wrong = 0;
  const bool* p = y.data();
  for (index_t i = 0; i < n; ++i)
    for (index_t k = 0; k < n; ++k) wrong += *p++ != (float(i) - 100.0f < float(k) * 0.5f);
  CHECK(wrong == 0);
}

TEST_CASE("every second, third and fourth element, of any number, up to the end of the memory") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    for (index_t step = 2; step <= 5; ++step)
      for (index_t n = 1; n <= 70; ++n) {
        const tensor<T> x = cast<T>(arange((n - 1) * step + 1) % 97);  // the last one is the end
        const tensor<T> y = x(range(std::nullopt, std::nullopt, step)) + cast<T>(arange(n) * 0);
        const tensor<T> expected = cast<T>(arange(n) * step % 97);
        INFO(n << " elements, every " << step << ". of " << name_of(y.dtype()));
        CHECK(eval(all(y == expected)).item());
      }
  };
  check(float());
  check(double());
  check(std::int16_t());
  check(std::complex<float>());
  check(std::complex<double>());
}

TEST_CASE("a choice by a comparison takes each element by itself, NaN and every length included") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const index_t n : {1, 3, 7, 8, 9, 16, 31, 33, 64, 100}) {
    tensor<float> x(shape{n}), y(shape{n});
    tensor<double> wide(shape{n});
    for (index_t i = 0; i < n; ++i) {
      x(i) = i % 5 == 3 ? nan : float(i % 7) - 3;
      y(i) = i % 6 == 4 ? nan : float(i % 4) - 2;
      wide(i) = double(i % 3) - 1;
    }
    const tensor<float> less = where(x < y, x, y), other = where(x != y, x, where(y >= 0, 5, y));
    const tensor<float> by_wide = where(wide > 0, x, 1);
    const tensor<double> of_wide = where(x <= y, wide, x);
    const tensor<float> both = where(x > y && x > 0, x, 9);
    for (index_t i = 0; i < n; ++i) {
      const auto same = [](double a, double b) { return a == b || (a != a && b != b); };
      CHECK(same(less(i), x(i) < y(i) ? x(i) : y(i)));
      CHECK(same(other(i), x(i) != y(i) ? x(i) : y(i) >= 0 ? 5 : y(i)));
      CHECK(same(by_wide(i), wide(i) > 0 ? x(i) : 1));
      CHECK(same(of_wide(i), x(i) <= y(i) ? wide(i) : double(x(i))));
      CHECK(same(both(i), x(i) > y(i) && x(i) > 0 ? x(i) : 9));
    }
  }
}
