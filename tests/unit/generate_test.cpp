// tests/unit/generate_test.cpp: factories, their _like forms, and moves between devices.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/generate.hpp"

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("_like forms take the shape and element type of any expression") {
  const tensor<std::int16_t> x{{1, 2, 3}, {4, 5, 6}};
  const auto zero = zeros_like(x);
  const auto seven = full_like(x * 2.5, 7);
  static_assert(std::same_as<decltype(zero), const tensor<std::int16_t>>);
  static_assert(std::same_as<decltype(seven), const tensor<double>>);
  CHECK(zero.shape() == shape{2, 3});
  CHECK(zero(1, 2) == 0);
  CHECK(seven(1, 2) == 7);
  CHECK(ones_like(x)(0, 0) == 1);
  CHECK(empty_like(x > 2).dtype() == dtype::boolean);
}

TEST_CASE("braces nest as deep as a tensor may have axes") {
  const tensor<int> deep{{{{{{{{1, 2}, {3, 4}}}}}}}};
  CHECK(deep.shape() == shape{1, 1, 1, 1, 1, 1, 2, 2});
  CHECK(deep(0, 0, 0, 0, 0, 0, 1, 0) == 3);
  CHECK(tensor<float>{{1, 2}, {3, 4}}.shape() == shape{2, 2});
  CHECK_THROWS_AS((tensor<int>{{{1}, {2}}, {{3}, {4, 5}}}), shape_error);
}

TEST_CASE("to() copies to a device, named as such or in words") {
  tensor<float> x{1, 2, 3};
  const tensor<float> y = x.to(cpu);
  x(0) = 9;
  CHECK(y(0) == 1);
  CHECK(x(range(1, 3)).to("cpu")(1) == 3);
  CHECK_THROWS_AS(x.to("cuda:99"), device_error);
  CHECK_THROWS_AS(x.to("gpu"), device_error);
  CHECK_THROWS_AS(x.to("cuda:-1"), device_error);
  CHECK(parse_device("cuda:3") == cuda(3));
}

TEST_CASE("every compound assignment is in place") {
  tensor<int> x{12, 7, -3};
  const int* memory = x.data();
  x += 1;
  x -= tensor<int>{1, 1, 1};
  x *= 2;
  x /= 2;
  x %= 5;
  CHECK(x(0) == 2);
  x <<= 3;
  x >>= 1;
  x |= 1;
  x &= 0xff;
  x ^= 2;
  CHECK(x(0) == 11);
  CHECK(x.data() == memory);
}
