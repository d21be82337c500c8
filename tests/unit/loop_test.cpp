// tests/unit/loop_test.cpp: what the inner loop does at the edges of a row.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/loop.hpp"

#include <cmath>
#include <complex>
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
