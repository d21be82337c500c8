// tests/adaptors/xtensor_tree_test.cpp: an xtensor expression becomes a weft tree of the same
// values, whose leaves are xtensor's buffers. xtensor evaluates the oracle.
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include "xtensor_agrees.hpp"

using weft::from;

TEST_CASE("a functor that weft does not know is called inside the loop") {
  const auto thrice = xt::vectorize([](double x, double y) { return 3 * x + y; });
  CHECK(agrees(thrice(a, b) + 1));
  CHECK(agrees(xt::make_lambda_xfunction([](auto x) { return x > 0 ? x : x / 10; }, a)));
  CHECK(agrees(xt::square(a) + xt::cube(f)));
  CHECK(agrees(xt::pow<5>(a)));
  CHECK(agrees(xt::fdim(a, b)));
  CHECK(agrees(xt::nan_to_num(a / 0.0)));
  const std::string plan = weft::explain(from(xt::fdim(a, b) + 1));
  CHECK(plan.find("temporaries") != std::string::npos);
  CHECK(plan.find("0 in temporaries") != std::string::npos);
}

TEST_CASE("generators and broadcasts of xtensor's are never stored") {
  CHECK(agrees(a + xt::arange<double>(3)));
  CHECK(agrees(i * xt::arange<int>(9, 0, -3)));
  CHECK(agrees(a + xt::linspace<double>(0, 1, 3)));
  CHECK(agrees(xt::linspace<float>(1, 2, 1) + f));
  CHECK(agrees(xt::ones<double>({4, 2, 3}) + a));
  CHECK(agrees(a - xt::zeros<float>({2, 3})));
  CHECK(agrees(xt::broadcast(b, {4, 3}) * 2));
  CHECK(agrees(xt::broadcast(b + 1, {2, 2, 3})));
  CHECK(agrees(xt::logspace<double>(0, 2, 3) + a));
  CHECK(agrees(xt::eye<double>(3, 1) + xt::eye<double>(3)));
  CHECK(weft::explain(from(a + xt::arange<double>(3))).find("0 in temporaries") !=
        std::string::npos);
}

TEST_CASE("views of expressions are slices of their leaves") {
  using xt::all, xt::newaxis, xt::range, xt::view;
  const auto e = a * b;
  CHECK(agrees(view(e, 1)));
  CHECK(agrees(view(e, all(), 2)));
  CHECK(agrees(view(e, all(), range(1, 3)) + 1));
  CHECK(agrees(view(e, range(0, 2, 2), range(2, xt::placeholders::_, -1))));
  CHECK(agrees(view(e, all(), newaxis(), range(0, 2)) * view(e, newaxis(), all(), range(1, 3))));
  CHECK(agrees(view(view(e, all(), range(1, 3)), 0)));
  CHECK(agrees(view(xt::arange<double>(10), range(9, 2, -3)) + b));
  CHECK(agrees(view(a, all(), newaxis(), all()) - view(a, newaxis(), all(), all())));
}

TEST_CASE("what has no strides is evaluated by xtensor first, and then used as the others are") {
  xt::xarray<double> y = a;
  CHECK(agrees(xt::view(a, xt::all(), xt::keep(2, 0)) * 2));
  CHECK(agrees(xt::view(a, xt::drop(0), xt::all()) + b));
  CHECK(agrees(xt::transpose(a + b) * 2));
  CHECK(agrees(xt::dynamic_view(y, {xt::all(), xt::keep(0, 2)}) + 1));
  CHECK(agrees(xt::concatenate(xt::xtuple(a, a)) + 1));
  CHECK(agrees(xt::stack(xt::xtuple(b, b), 1) * 2));
}

TEST_CASE("the leaves of a translated tree are xtensor's buffers") {
  xt::xarray<double> x{1, 2, 3};
  const auto tree = from(x * 2 + xt::transpose(x));
  x(1) = 10;
  CHECK(weft::eval(tree)(1) == 30);
  CHECK(weft::eval(tree(weft::range(1, 3)))(0) == 30);
  CHECK(weft::eval(weft::transpose(x + x))(2) == 6);
  CHECK(weft::eval(weft::sin(x - x) + weft::tensor<double>{1})(0) == 1);
}

TEST_CASE("what an expression holds lives as long as its tree, whoever goes first") {
  const auto make = [] {
    return from(xt::xarray<double>{1, 2, 3} * 2 +
                xt::view(xt::xarray<double>{4, 5, 6, 7}, xt::range(1, 4)));
  };
  auto tree = std::make_unique<decltype(make())>(make());
  const auto part = (*tree)(weft::range(1, 3));
  CHECK(weft::eval(*tree)(0) == 7);
  tree.reset();
  CHECK(weft::eval(part)(1) == 13);
}

TEST_CASE("a named expression that is used several times is computed once for each element") {
  int calls = 0;
  const auto counted = xt::vectorize([&](double x) { return ++calls, 2 * x; });
  const auto twice = counted(b);
  const auto sum = twice + 1;
  const auto other = b * 3;
  const xt::xarray<double> y = weft::eval(twice * twice + sum / sum - twice + other * other);
  CHECK(y(1) == 1600 + 1 + 40 + 3600);
  CHECK(calls <= 16);  // a register of them, not three times
  CHECK(agrees(xt::view(sum, xt::range(0, 2)) * xt::view(sum, xt::range(1, 3)) + twice(0)));
}

TEST_CASE("extents of 0 and 1, rank 0 and column-major containers are translated") {
  const xt::xarray<double> none = xt::zeros<double>({2, 0, 3}), one = 3.0;
  const xt::xarray<double> thin = xt::ones<double>({2, 1});
  const xt::xarray<double, xt::layout_type::column_major> columns = a;
  CHECK(agrees(none + 1));
  CHECK(agrees(one * 2));
  CHECK(agrees(thin + a * one));
  CHECK(agrees(columns + a));
  const auto e = columns * 2;
  CHECK(weft::eval(e).layout() == xt::layout_type::column_major);
}
