// tests/adaptors/xtensor_mixed_test.cpp: xtensor's expressions and weft's in one, and weft's trees
// in xtensor's reducers. The oracle is the same of xtensor's alone.
// SPDX-License-Identifier: BSD-3-Clause
#include "xtensor_agrees.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

const weft::tensor<double> t{{10, 20, 30}, {40, 50, 60}};
const xt::xarray<double> same = weft::to_xtensor(t);  // as t

// A tree of weft's whose elements are those of e.
template <class Tree, class E>
bool gives(const Tree& tree, const E& e) {
  static_assert(weft::Expr<Tree>);
  const xt::xarray<double> found = tree, expected = e;
  return found.shape() == expected.shape() && xt::allclose(found, expected, 1e-14);
}
// A container of xtensor's of the type of e's elements, and its values.
template <class Found, class E>
bool reduces_to(const Found& found, const E& e) {
  using T = typename E::value_type;
  static_assert(std::same_as<Found, xt::xarray<T>>);
  const xt::xarray<T> expected = e;
  return found.shape() == expected.shape() && xt::allclose(found, expected, 1e-12);
}

}  // namespace

TEST_CASE("xtensor's operands and weft's make a tree of weft's, in both orders") {
  CHECK(gives(a + t * 2, a + same * 2));
  CHECK(gives(t * 2 + a, a + same * 2));
  CHECK(gives(xt::sin(a) - t, xt::sin(a) - same));
  CHECK(gives(t - xt::sin(a) * 3, same - xt::sin(a) * 3));
  CHECK(gives((a + 1) * (t + 1) / b, (a + 1) * (same + 1) / b));
  CHECK(gives(-(xt::view(a, 0) + t), -(xt::view(a, 0) + same)));
  CHECK(gives(t / xt::view(a, 1), same / xt::view(a, 1)));
  CHECK(gives(xt::transpose(a) * weft::transpose(t), xt::transpose(a) * xt::transpose(same)));
  CHECK(gives(xt::arange<double>(3) + t, xt::arange<double>(3) + same));
  CHECK(gives(t + f, same + f));
  CHECK(gives(weft::cast<int>(t) % (i + 10), xt::cast<int>(same) % (i + 10)));
  CHECK(
      gives(weft::cast<double>((a > 0.5) && (t > 15)), xt::cast<double>((a > 0.5) && (same > 15))));
  CHECK(gives(weft::maximum(xt::exp(a), t), xt::maximum(xt::exp(a), same)));
}

TEST_CASE("a mixed tree is assigned to xtensor's containers and views") {
  xt::xarray<double> y;
  y = a + t * 2;
  CHECK(y(1, 2) == 120.75);
  const xt::xtensor<double, 2> ranked = t * a;
  CHECK(ranked(0, 0) == 5);
  weft::noalias(y) = t - a;
  weft::noalias(xt::view(y, 0)) = xt::view(a, 0) * t(1, weft::all);
  CHECK(y(0, 2) == 120);
  CHECK(y(1, 0) == 37);
  y += t;
  y -= a * t;
  y *= t - t + 2;
  y /= weft::tensor<double>{2};
  CHECK(y(1, 0) == 37 + 40 - 120);
  xt::view(y, 1) += t(0, weft::all);
  CHECK(y(1, 0) == 37 + 40 - 120 + 10);
  CHECK_THROWS_AS((y += weft::tensor<double>{1, 2}), weft::shape_error);
}

TEST_CASE("a mixed tree's shapes are checked where it is built") {
  CHECK_THROWS_WITH((a + 1) * weft::tensor<double>({1, 2}),
                    "multiply: shapes (2, 3) and (2,) do not broadcast: axis 1 is 3 and 2");
}

TEST_CASE("xtensor's reducers take trees and tensors of weft's") {
  const auto tree = t * 2 + a;
  const xt::xarray<double> x = same * 2 + a;
  CHECK(reduces_to(xt::sum(tree), xt::sum(x)));
  CHECK(xt::sum(t * 2)() == 420);
  CHECK(reduces_to(xt::sum(tree, {0}), xt::sum(x, {0})));
  CHECK(reduces_to(xt::sum(tree, 1), xt::sum(x, 1)));
  CHECK(reduces_to(xt::sum(tree, {-1}, xt::keep_dims), xt::sum(x, {-1}, xt::keep_dims)));
  CHECK(reduces_to(xt::sum(tree, xt::keep_dims), xt::sum(x, xt::keep_dims)));
  CHECK(reduces_to(xt::sum(tree, std::vector<int>{0, 1}, xt::evaluation_strategy::immediate),
                   xt::sum(x, {0, 1})));
  CHECK(reduces_to(xt::prod(tree, {1}), xt::prod(x, {1})));
  CHECK(reduces_to(xt::mean(tree, {0}), xt::mean(x, {0})));
  CHECK(reduces_to(xt::mean(tree), xt::mean(x)));
  CHECK(reduces_to(xt::amax(tree, {1}), xt::amax(x, {1})));
  CHECK(reduces_to(xt::amin(tree), xt::amin(x)));
  CHECK(reduces_to(xt::variance(tree), xt::variance(x)));
  CHECK(reduces_to(xt::variance(tree, 1), xt::variance(x, 1)));
  // xtensor 0.24 crashes on these of its own.
  const xt::xarray<double> mean = xt::mean(x, {1}, xt::keep_dims), squares = xt::square(x - mean);
  CHECK(reduces_to(xt::variance(tree, {1}), xt::mean(squares, {1})));
  CHECK(reduces_to(xt::stddev(tree, {1}, xt::keep_dims),
                   xt::sqrt(xt::xarray<double>(xt::mean(squares, {1}, xt::keep_dims)))));
  CHECK(reduces_to(xt::nansum(tree / (tree - tree), {0}),
                   xt::nansum(xt::xarray<double>(x / (x - x)), {0})));
  weft::tensor<float> own{1, 2, 3};
  CHECK(xt::sum(own)() == 6);
  CHECK(xt::sum(std::as_const(own))() == 6);
  CHECK(xt::sum(weft::tensor<float>{1, 2})() == 3);
  CHECK(xt::sum(own(weft::range(1, 3)))() == 5);
  CHECK(reduces_to(xt::sum<double>(own * 0.5f), xt::sum<double>(xt::xarray<float>{0.5, 1, 1.5})));
}

TEST_CASE("the reducers' element types are xtensor's") {
  const weft::tensor<std::int8_t> small{100, 100, 100};
  const xt::xarray<std::int8_t> as_small{100, 100, 100};
  const weft::tensor<bool> truth{true, true, false};
  const xt::xarray<bool> as_truth{true, true, false};
  CHECK(reduces_to(xt::sum(small), xt::sum(as_small)));
  CHECK(reduces_to(xt::mean(small), xt::mean(as_small)));
  CHECK(reduces_to(xt::amax(small), xt::amax(as_small)));
  CHECK(reduces_to(xt::sum(truth), xt::sum(as_truth)));
  CHECK(reduces_to(xt::mean(truth), xt::mean(as_truth)));
}

TEST_CASE("a reduced tree is an operand of xtensor's again") {
  const xt::xarray<double> centred = a - xt::mean(t, {0});
  CHECK(centred(0, 0) == 0.5 - 25);
  CHECK(xt::xarray<double>(xt::sum(a, {0}) + xt::sum(t, {0}))(0) == 53.5);
}
