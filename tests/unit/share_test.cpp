// tests/unit/share_test.cpp: shared sub-expressions are computed once, and give what they would
// give without being marked.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/share.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("a shared sub-expression is computed once per element") {
  // Whole registers of any processor: the last ones of other rows overlap.
  const tensor<double> x = linspace(0.0, 1.0, 1024);
  std::atomic<int> calls = 0;
  const auto counted = map([&calls](double v) { return ++calls, v + 1; }, x);
  const tensor<double> twice = counted * counted;
  CHECK(calls == 2048);
  calls = 0;
  const auto s = share(counted);
  const tensor<double> y = s * s + s;
  CHECK(calls == 1024);
  CHECK(y(1023) == 6.0);
}

TEST_CASE("shared sub-expressions may share others, in any order of use") {
  const tensor<double> x = cast<double>(arange(4099)) - 2000;  // exact in any order of operations
  auto s1 = share(x + 1);
  auto s2 = share(s1 * s1 - x);
  auto s3 = share(s2 - (s1 + 2));
  const tensor<double> y = s3 * s2 - s1 + s3;
  for (index_t i = 0; i < x.size(); ++i) {
    const double v1 = x(i) + 1, v2 = v1 * v1 - x(i), v3 = v2 - (v1 + 2);
    REQUIRE(y(i) == v3 * v2 - v1 + v3);
  }
}

TEST_CASE("a shared sub-expression broadcasts, converts and is rearranged like any other") {
  const tensor<std::int16_t> column = reshape(eval(cast<std::int16_t>(arange(70))), {70, 1});
  const tensor<float> row = cast<float>(arange(53));
  auto s = share(column * row);
  const tensor<float> y = transpose(s + s(all, range(std::nullopt, std::nullopt, -1)) * 2);
  for (index_t i = 0; i < 70; ++i)
    for (index_t k = 0; k < 53; ++k) REQUIRE(y(k, i) == float(i * k + 2 * i * (52 - k)));
  auto truth = share(row > 10);
  const tensor<float> z = where(truth && !(row > 20), row, 0.0f) + cast<float>(truth);
  CHECK(z(10) == 0);
  CHECK(z(15) == 16);
  CHECK(z(30) == 1);
}

TEST_CASE("a shared sub-expression may read the target in place") {
  tensor<double> x = cast<double>(arange(777));
  const tensor<double> before = x;
  auto s = share(x * 2);
  x = s * s - s;
  for (index_t i = 0; i < x.size(); ++i) REQUIRE(x(i) == 4 * before(i) * before(i) - 2 * before(i));
  x = before;
  auto shifted = share(x(range(0, 776)) + 1);
  x(range(1, 777)) = shifted * shifted;
  for (index_t i = 1; i < x.size(); ++i) REQUIRE(x(i) == (before(i - 1) + 1) * (before(i - 1) + 1));
}

TEST_CASE("sharing halves keeps the precision in which they are computed") {
  const tensor<float16> h = cast<float16>(linspace(1.0f, 2.0f, 99));
  auto s = share(h * h);
  const tensor<float> y = cast<float>(s) + s;
  for (index_t i = 0; i < h.size(); ++i) REQUIRE(y(i) == 2 * float(h(i)) * float(h(i)));
}

TEST_CASE("an operand that repeats along the rows stands beside a shared expression that uses it") {
  // The shared kernel takes `a` as one register a row, the one around it has too many operands.
  const tensor<float> a{{1}, {2}};
  tensor<float> b(shape{3, 2, 16}, 3.0f);
  tensor<double> sum(shape{3, 2, 16});
  tensor<bool> large(shape{3, 2, 16});
  const auto product = share(a * b);
  eval(assign(sum, product + a), assign(large, product > 4), assign(b, b - product));
  for (index_t i = 0; i < 2; ++i) {
    const float x = float(i + 1);
    CHECK(std::ranges::all_of(copy(sum(all, i, all)), [&](double v) { return v == 4 * x; }));
    CHECK(std::ranges::all_of(copy(large(all, i, all)), [&](bool v) { return v == (i == 1); }));
    CHECK(std::ranges::all_of(copy(b(all, i, all)), [&](float v) { return v == 3 - 3 * x; }));
  }
}

TEST_CASE("a callable that is more aligned than memory usually is stays so in a shared tree") {
  struct alignas(128) aligned {
    float by = 2;
    float operator()(float x) const {
      return reinterpret_cast<std::uintptr_t>(this) % 128 == 0 ? x * by : -1;
    }
  };
  const tensor<float> x = ones<float>({100});
  for (int k = 0; k < 20; ++k) {
    const auto doubled = share(map(aligned(), x));
    const tensor<float> y = doubled + doubled * doubled;
    REQUIRE(y(99) == 6);
  }
}

TEST_CASE("several stages over more elements than a tile may read their targets in place") {
  const index_t n = GENERATE(1, 15, 16, 1000, 5000);
  tensor<double> x = cast<double>(arange(n)), y = cast<double>(arange(n)) + 3;
  const tensor<double> x_before = x, y_before = y;
  auto s = share(x * y);
  auto d = share(s - x);
  eval(assign(x, s + d), assign(y, d * y + s));
  for (index_t i = 0; i < n; ++i) {
    const double product = x_before(i) * y_before(i), rest = product - x_before(i);
    REQUIRE(x(i) == product + rest);
    REQUIRE(y(i) == rest * y_before(i) + product);
  }
  tensor<double> z = cast<double>(arange(n + 1));  // a shifted copy of the target
  auto t = share(z(range(1, n + 1)) * 2);
  z(range(0, n)) = t + t * t;
  for (index_t i = 0; i < n; ++i) REQUIRE(z(i) == double(2 * (i + 1) + 4 * (i + 1) * (i + 1)));
  CHECK(z(n) == double(n));
  const tensor<std::int16_t> narrow = cast<std::int16_t>(arange(n) % 100);
  auto u = share(cast<float>(narrow) * 0.5f);  // stages of several types
  auto v = share(u > 10);
  const tensor<double> w = where(v, u, cast<double>(narrow)) + cast<double>(v);
  for (index_t i = 0; i < n; ++i) {
    const double half = double(i % 100) / 2;
    REQUIRE(w(i) == (half > 10 ? half + 1 : double(i % 100)));
  }
}
