// tests/adaptors/standard_test.cpp: the standard library's containers and bare pointers are
// operands and targets where they are.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/standard.hpp"

#include <memory>
#include <numeric>
#include <string>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("vectors, arrays and spans are viewed where they are") {
  std::vector<float> v{1, 2, 3};
  std::array<int, 4> a{1, 2, 3, 4};
  const std::span<double> none;
  const std::vector<float>& reads = v;
  CHECK(view_of(v).data() == v.data());
  CHECK(view_of(v).shape() == shape{3});
  CHECK(view_of(a).data() == a.data());
  CHECK(view_of(std::span(v).subspan(1)).data() == v.data() + 1);
  CHECK(view_of(std::span<const float>(v)).data() == v.data());
  CHECK(view_of(none).shape() == shape{0});
  static_assert(std::same_as<decltype(view_of(v)), view<float>>);
  static_assert(std::same_as<decltype(view_of(reads)), view<const float>>);
  static_assert(std::same_as<decltype(view_of(std::span(reads))), view<const float>>);
  static_assert(!Adapted<std::vector<std::string>>);
}

TEST_CASE("vectors are operands and targets beside tensors") {
  std::vector<float> v{1, 2, 3}, w(3);
  const float* before = w.data();
  eval(assign(w, square(v) + tensor<float>{10, 20, 30}));
  CHECK(w == std::vector<float>{11, 24, 39});
  CHECK(w.data() == before);
  CHECK(eval(reshape(v, {3, 1}) * view_of(v)).shape() == shape{3, 3});
}

TEST_CASE("a temporary vector or array lives as long as the tree that reads it") {
  const auto tree = sqrt(std::vector<double>{1, 4, 9}) + square(std::array<double, 1>{2});
  CHECK(eval(tree)(2) == 7);
  const auto part = view_of(std::vector<int>{1, 2, 3})(range(1, 3));
  CHECK(part(1) == 3);
}

TEST_CASE("a pointer with shape and strides is a view of what is there") {
  double memory[12];
  std::iota(memory, memory + 12, 0.0);
  const double* reads = memory;
  CHECK(adapt(memory, {3, 4})(2, 1) == 9);
  CHECK(&adapt(memory, {4, 2}, {3, 1})(3, 1) == memory + 10);
  CHECK(&adapt(memory + 11, {12}, {-1})(11) == memory);
  static_assert(std::same_as<decltype(adapt(reads, {3})), view<const double>>);
  adapt(memory, {3, 4})(all, 0) = -1.0;
  CHECK(memory[8] == -1);
}

TEST_CASE("a deleter runs once, when the last view or tree of the memory has gone") {
  int released = 0;
  const auto release = [&](float* p) {
    ++released;
    delete[] p;
  };
  {
    auto v = adapt(new float[6]{1, 2, 3, 4, 5, 6}, {2, 3}, release);
    auto row = v(1, all);
    auto tree = row * 2;
    const auto moved = std::make_unique<view<float>>(std::move(v));
    CHECK(released == 0);
    CHECK(eval(tree)(2) == 12);
  }
  CHECK(released == 1);
  {
    const auto shared = std::make_shared<std::vector<float>>(3, 1.0f);
    const auto v = adapt(shared->data(), {3}, [shared](float*) {});
    CHECK(shared.use_count() > 1);
  }
}

TEST_CASE("adapt says what it cannot take, and still runs the deleter once") {
  float memory[6];
  int released = 0;
  CHECK_THROWS_WITH(adapt(memory, {2, 3}, {1}, [&](float*) { ++released; }),
                    "adapt: shape (2, 3) needs 2 strides, in elements, not (1,)");
  CHECK(released == 1);
  CHECK_THROWS_AS(adapt(memory, {2, -3}), shape_error);
  CHECK_THROWS_WITH(adapt(static_cast<float*>(nullptr), {2}),
                    "adapt: a null pointer to elements of shape (2,)");
  CHECK(adapt(static_cast<float*>(nullptr), {0, 2}).size() == 0);
}
