// tests/unit/rearrange_test.cpp: unevaluated trees are rearranged and sliced like tensors.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/rearrange.hpp"

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {
// Whether two expressions have the same shape and elements.
template <class A, class B>
bool same(const A& a, const B& b) {
  const auto x = copy(a), y = copy(b);
  return x.shape() == y.shape() && std::equal(x.begin(), x.end(), y.begin());
}
}  // namespace

TEST_CASE("rearranging a tree gives what rearranging its value gives") {
  const tensor<double> a = reshape(eval(linspace(0.0, 1.0, 24)), {2, 3, 4});
  const tensor<double> b{1, 2, 3, 4};
  const tensor<double> scalar(shape{}, 5.0);
  const auto tree = a * b + scalar + reshape(arange(6), {2, 3, 1}) + 2;
  const tensor<double> value = tree;
  CHECK(same(transpose(tree), transpose(value)));
  CHECK(same(permute(tree, {2, 0, 1}), permute(value, {2, 0, 1})));
  CHECK(same(flip(tree), flip(value)));
  CHECK(same(flip(tree, 1), flip(value, 1)));
  CHECK(same(expand_dims(tree, 1), expand_dims(value, 1)));
  CHECK(same(squeeze(expand_dims(tree, 0)), value));
  CHECK(same(diagonal(tree, 1), diagonal(value, 1)));
  CHECK(same(broadcast_to(tree, {5, 2, 3, 4}), broadcast_to(value, {5, 2, 3, 4})));
  CHECK(same(tree(1, range(2, std::nullopt, -1), newaxis),
             value(1, range(2, std::nullopt, -1), newaxis)));
  CHECK(same(tree(ellipsis, -1), value(ellipsis, -1)));
  CHECK(tree(1, 2, 3).shape() == shape{});
  CHECK(eval(tree(1, 2, 3)).item() == value(1, 2, 3));
  CHECK(same(reshape(a * 2, {6, 4}), reshape(eval(a * 2), {6, 4})));
  CHECK_THROWS_AS(reshape(tree, {24}), shape_error);  // b repeats, so needs a copy
  CHECK_THROWS_AS(tree(2, 0, 0), index_error);
  CHECK_THROWS_AS(tree(0, 0, 0, 0), index_error);
}

TEST_CASE("generators are sliced and transposed without being stored") {
  CHECK(same(arange(100)(range(10, 90, 7)), eval(arange(100))(range(10, 90, 7))));
  CHECK(same(arange(100)(range(90, 10, -7))(range(1, -1)), arange(83, 13, -7)));
  CHECK(same(transpose(eye(3, 5, 1)), eye(5, 3, -1)));
  CHECK(same(flip(linspace(0.0, 1.0, 5)), linspace(1.0, 0.0, 5)));
}

TEST_CASE("results keep the order of elements that all their operands have") {
  const tensor<float> a(shape{3, 4}, layout::column_major), b(shape{3, 4}, layout::column_major);
  const tensor<float> row{1, 2, 3, 4};
  const tensor<float> c(shape{3, 4});
  CHECK(eval(a * b + row).strides() == strides{1, 3});
  CHECK(eval(a + c).strides() == strides{4, 1});
  CHECK(tensor<double>(a * 2).strides() == strides{1, 3});
  CHECK(tensor<float>(a).strides() == strides{1, 3});
  CHECK(copy(a).strides() == strides{4, 1});
}

TEST_CASE("squares transposed in registers keep every element, whole squares or not") {
  const auto check = []<class T>(T, index_t rows, index_t columns) {
    const tensor<T> x =
        cast<T>(from_index({rows, columns}, [](index_t i) { return int(i * 37 % 127); }));
    tensor<T> y(shape{columns, rows});
    y = transpose(x) + T(0);
    bool same = true;
    for (index_t r = 0; r < rows; ++r)
      for (index_t c = 0; c < columns; ++c) same = same && y(c, r) == x(r, c);
    CHECK(same);
  };
  const index_t rows = GENERATE(1, 7, 8, 33, 64), columns = GENERATE(3, 16, 65, 300);
  check(std::int8_t(), rows, columns);
  check(std::int16_t(), rows, columns);
  check(float(), rows, columns);
  check(double(), rows, columns);
  check(std::complex<double>(), rows, columns);
}

TEST_CASE("a large array is permuted as a small one is, whatever its sides") {
  const auto check = [](index_t rows, index_t columns) {
    const tensor<float> x = reshape(cast<float>(arange(rows * columns)), {rows, columns});
    const tensor<double> wide = cast<double>(x);
    const tensor<float> y = copy(transpose(x));
    const tensor<double> z = copy(transpose(wide));
    bool right = y.shape() == shape{columns, rows};
    for (index_t c = 0; c < columns; ++c)
      for (index_t r = 0; r < rows; ++r)
        right = right && y(c, r) == x(r, c) && z(c, r) == double(x(r, c));
    INFO(rows << " x " << columns);
    CHECK(right);
  };
  const index_t side = 3008;  // its floats are more than half of most last caches
  check(side, side);
  check(side + 3, side - 5);
}
