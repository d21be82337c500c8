// tests/adaptors/xtensor_word_test.cpp: weft::noalias, assign and eval in xtensor's code, and
// weft's results in xtensor's containers and functions.
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include "catch.hpp"
#include "weft/weft.hpp"
#include "weft/xtensor.hpp"
#include "xtensor_headers.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {
// Every element of x is at the address of the same element of v.
template <class X, class V>
bool same_memory(X& x, const V& v) {
  if (x.dimension() != 2 || x.shape()[0] != std::size_t(v.extent(0)) ||
      x.shape()[1] != std::size_t(v.extent(1)))
    return false;
  for (std::size_t r = 0; r < x.shape()[0]; ++r)
    for (std::size_t c = 0; c < x.shape()[1]; ++c)
      if (&x(r, c) != &v(r, c)) return false;
  return true;
}
}  // namespace

TEST_CASE("noalias writes into xtensor's elements, where they are") {
  xt::xarray<double> a{{1, 2, 3}, {4, 5, 6}}, y = xt::zeros<double>({2, 3});
  const double* before = y.data();
  weft::noalias(y) = a * 2 + xt::view(a, 0);
  CHECK((y == xt::xarray<double>{{3, 6, 9}, {9, 12, 15}}));
  CHECK(y.data() == before);
  weft::noalias(y) += a;
  weft::noalias(y) -= a + a;
  weft::noalias(y) *= 2;
  weft::noalias(y) /= xt::xarray<double>{1, 2, 4};
  CHECK((y == xt::xarray<double>{{4, 4, 3}, {10, 7, 4.5}}));
  weft::noalias(y) = 7;
  CHECK(y(1, 2) == 7);
  weft::noalias(xt::view(y, xt::all(), 1)) = xt::view(a, xt::all(), 0) * 10;
  CHECK((y == xt::xarray<double>{{7, 10, 7}, {7, 40, 7}}));
  weft::eval(weft::assign(xt::view(y, 0), xt::view(a, 1) * 0 - 1));
  CHECK(y(0, 2) == -1);
}

TEST_CASE("noalias resizes a container as xtensor does, and nothing else") {
  xt::xarray<float> a{1, 2, 3}, y;
  xt::xtensor<float, 1> ranked;
  xt::xtensor_fixed<float, xt::xshape<3>> fixed;
  weft::noalias(y) = a + xt::ones<float>({2, 3});
  CHECK((y == xt::xarray<float>{{2, 3, 4}, {2, 3, 4}}));
  weft::noalias(ranked) = a * 2;
  CHECK(ranked(2) == 6);
  weft::noalias(fixed) = a * 3;
  CHECK(fixed(2) == 9);
  CHECK_THROWS_AS(weft::noalias(fixed) = y, weft::shape_error);
  CHECK_THROWS_WITH(weft::noalias(ranked) = y * 2, ContainsSubstring("rank 1"));
  CHECK(ranked(2) == 6);
  weft::noalias(a) = xt::view(a, xt::newaxis(), xt::all()) * 2;  // reads what it replaces
  CHECK((a == xt::xarray<float>{{2, 4, 6}}));
}

TEST_CASE("overlap with the target is exact, unlike in xtensor") {
  xt::xarray<int> x = xt::arange<int>(6);
  weft::noalias(xt::view(x, xt::range(1, 6))) = xt::view(x, xt::range(0, 5)) * 10;
  CHECK((x == xt::xarray<int>{0, 0, 10, 20, 30, 40}));
  xt::xarray<double> m{{1, 2}, {3, 4}};
  weft::noalias(m) = xt::transpose(m) + 0.0;
  CHECK((m == xt::xarray<double>{{1, 3}, {2, 4}}));
}

TEST_CASE("eval of an xtensor expression is an xtensor container of its rank") {
  xt::xtensor<float, 2> f{{1, 2}, {3, 4}};
  xt::xarray<float> d = f;
  static_assert(std::same_as<decltype(weft::eval(f + f)), xt::xtensor<float, 2>>);
  static_assert(std::same_as<decltype(weft::eval(f + d)), xt::xarray<float>>);
  static_assert(std::same_as<decltype(weft::eval(f > 2)), xt::xtensor<bool, 2>>);
  CHECK(weft::eval(f + d)(1, 1) == 8);
}

TEST_CASE("a weft tree becomes an xtensor container") {
  weft::tensor<double> u{{1, 2}, {3, 4}}, v{10, 20};
  xt::xarray<double> r = u * v + 1;
  CHECK((r == xt::xarray<double>{{11, 41}, {31, 81}}));
  r = u - v;
  CHECK(r(0, 0) == -9);
  xt::xtensor<float, 2> f = u + 0.5;
  CHECK(f(1, 1) == 4.5f);
  xt::xtensor_fixed<double, xt::xshape<2, 2>> fixed = weft::square(u);
  CHECK(fixed(1, 1) == 16);
  CHECK_THROWS_WITH((xt::xtensor<double, 3>(u + v)), ContainsSubstring("rank 3"));
  CHECK(xt::sum(weft::to_xtensor(u * v))() == 10 + 40 + 30 + 80);
}

TEST_CASE("tensors and views of any strides are xtensor arrays of the same memory") {
  weft::tensor<float> x = weft::reshape(weft::cast<float>(weft::arange(12)), {3, 4});
  const weft::tensor<float>& reads = x;
  auto whole = weft::to_xtensor(x);
  auto ranked = weft::to_xtensor<2>(x);
  auto turned = weft::to_xtensor(weft::transpose(x));
  auto part = weft::to_xtensor<2>(x(weft::range(0, 3, 2), weft::range(3, 0, -1)));
  auto thin = weft::to_xtensor(x(weft::all, weft::range(1, 2)));
  const auto fixed = weft::to_xtensor(reads);
  CHECK(same_memory(whole, x));
  CHECK(same_memory(ranked, x));
  CHECK(same_memory(turned, weft::transpose(x)));
  CHECK(same_memory(part, x(weft::range(0, 3, 2), weft::range(3, 0, -1))));
  CHECK(same_memory(fixed, x));
  CHECK(thin.strides()[1] == 0);
  CHECK((whole + thin == xt::xarray<float>(whole) + xt::xarray<float>(thin)));
  CHECK((turned == xt::transpose(xt::xarray<float>(whole))));
  CHECK(xt::sum(part)() == 3 + 2 + 1 + 11 + 10 + 9);
  xt::view(part, 0, 0) = 100;
  CHECK(x(0, 3) == 100);
  whole += 1;
  CHECK(x(2, 3) == 12);
  CHECK(weft::view_of(whole).data() == x.data());
  CHECK_THROWS_WITH(weft::to_xtensor<3>(x), ContainsSubstring("rank 3"));
}

TEST_CASE("an xtensor array keeps the memory of weft's, whoever goes first") {
  auto x = std::make_unique<weft::tensor<double>>(weft::tensor<double>{1, 2, 3});
  auto a = std::make_unique<decltype(weft::to_xtensor(*x))>(weft::to_xtensor(*x));
  x.reset();
  CHECK((*a)(2) == 3);
  const auto copy = *a;
  a.reset();
  CHECK(copy(1) == 2);
  CHECK(weft::to_xtensor(weft::tensor<int>{4, 5})(1) == 5);
}
