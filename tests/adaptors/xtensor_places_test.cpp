// tests/adaptors/xtensor_places_test.cpp: views by index lists and dynamic views of xtensor's, read
// and written, and random numbers of xtensor's. xtensor evaluates the oracle.
// SPDX-License-Identifier: BSD-3-Clause
#include "xtensor_agrees.hpp"

#if __has_include(<xtensor/generators/xrandom.hpp>)
#include <xtensor/generators/xrandom.hpp>
#else
#include <xtensor/xrandom.hpp>
#endif

using weft::from;
using xt::all, xt::drop, xt::keep, xt::newaxis, xt::range, xt::view;

namespace {
// The address of the first element that weft reads.
template <class E>
const void* read_at(const E& e) {
  return from(e).data();
}
}  // namespace

TEST_CASE("index lists are gathered, in any order and more than once") {
  xt::xarray<double> c = xt::reshape_view(xt::arange<double>(60), {3, 4, 5});
  CHECK(agrees(view(a, all(), keep(2, 0)) * 2));
  CHECK(agrees(view(a, keep(1, 0, 1, 1), all()) + b));
  CHECK(agrees(view(a, drop(0), drop(1))));
  CHECK(agrees(view(c, keep(2, 0), newaxis(), keep(3, 1, 0), range(4, 0, -2))));
  CHECK(agrees(view(c, 1, drop(1, 2), keep(-1, 0, 2)) + 1));
  CHECK(agrees(view(c, keep(0, 2))));
  CHECK(agrees(view(c, all(), all(), keep(1, 0))));
  CHECK(agrees(view(view(c, keep(2, 0), all()), all(), keep(3, 0, 1)) * 2));
  CHECK(agrees(view(view(c, keep(2, 0, 1), all()), range(1, 3), 2)));
  CHECK(agrees(view(xt::transpose(c), keep(4, 0, 1), all(), keep(2, 1))));
  CHECK(agrees(view(a * 2, keep(1, 0), all()) + 1));
  CHECK(agrees(xt::dynamic_view(c, {keep(2, 0), all(), keep(4, 0, 1)}) + 1));
  CHECK(agrees(xt::dynamic_view(c, {1, newaxis(), range(0, 4, 2), drop(0, 3)}) * 2));
  CHECK(agrees(xt::filter(a, a > 0.5) * 2));
}

TEST_CASE("index lists of no elements and of one are gathered") {
  const xt::xarray<double> none = xt::zeros<double>({0, 3});
  const std::vector<int> empty;
  CHECK(agrees(view(none, all(), keep(2, 0))));
  CHECK(agrees(view(a, keep(empty), all()) + b));
  CHECK(agrees(view(a, keep(1), keep(2)) + b));
}

TEST_CASE("what is in equal steps is read where it is") {
  xt::xarray<double> c = xt::reshape_view(xt::arange<double>(60), {3, 4, 5});
  CHECK(read_at(xt::dynamic_view(c, {1, all(), range(1, 4)})) == &c(1, 0, 1));
  CHECK(read_at(xt::dynamic_view(c, {all(), newaxis(), 2})) == &c(0, 2, 0));
  CHECK(read_at(xt::dynamic_view(c, {keep(0, 2), drop(1, 3)})) == &c(0, 0, 0));
  CHECK(read_at(view(c, keep(2, 1, 0), all())) == &c(2, 0, 0));
  CHECK(read_at(view(c, all(), keep(1))) == &c(0, 1, 0));
  CHECK(read_at(view(c, all(), keep(3, 0, 1))) != &c(0, 3, 0));
  const auto tree = from(view(c, keep(2, 0), all())) + 1;
  c(2, 0, 0) = 100;
  CHECK(weft::eval(tree)(0, 0, 0) == 101);
}

TEST_CASE("results are written to the places of index lists") {
  xt::xarray<double> y = xt::zeros<double>({3, 4}), expected = y;
  weft::noalias(view(y, keep(2, 0), all())) = xt::arange<double>(4) + 1;
  xt::noalias(view(expected, keep(2, 0), all())) = xt::arange<double>(4) + 1;
  CHECK((y == expected));
  weft::noalias(view(y, all(), keep(3, 0, 1))) += b;
  CHECK((y == xt::xarray<double>{{-19, 32, 3, 14}, {-20, 30, 0, 10}, {-19, 32, 3, 14}}));
  weft::noalias(view(y, keep(0, 1, 1), 2)) = xt::xarray<double>{7, 8, 9};
  CHECK(y(1, 2) == 9);  // the last one stays
  weft::noalias(view(y, keep(1, 1), 0)) = 5;
  CHECK(y(1, 0) == 5);
  weft::noalias(xt::dynamic_view(y, {keep(2, 0), 3})) *= 2;
  CHECK(y(0, 3) == 28);
  CHECK(y(1, 3) == 10);
  CHECK_THROWS_WITH(weft::noalias(view(y, keep(2, 0, 1), all())) = a,
                    Catch::Matchers::ContainsSubstring("(2, 3)"));
}

TEST_CASE("a view by index lists may overlap its target") {
  xt::xarray<double> y{{1, 2}, {3, 4}, {5, 6}};
  weft::noalias(y) = view(y, keep(2, 0, 1), all()) + 0;
  CHECK((y == xt::xarray<double>{{5, 6}, {1, 2}, {3, 4}}));
  weft::noalias(view(y, keep(1, 2, 0), all())) = y * 1;
  CHECK((y == xt::xarray<double>{{3, 4}, {5, 6}, {1, 2}}));
  weft::noalias(y) = view(y, keep(2, 1, 0), keep(1, 0)) * 10;
  CHECK((y == xt::xarray<double>{{20, 10}, {60, 50}, {40, 30}}));
}

TEST_CASE("index lists of temporaries live as long as the tree that reads them") {
  const auto make = [] { return xt::xarray<double>{{1, 2, 3}, {4, 5, 6}}; };
  const auto gathered = from(view(make(), all(), keep(2, 0)));
  const auto strided = from(view(make(), keep(1, 0), all()));
  CHECK(weft::eval(gathered + 1)(1, 0) == 7);
  CHECK(weft::eval(strided + 1)(0, 2) == 7);
}

TEST_CASE("random numbers of xtensor's are those of its engine, drawn once") {
  xt::random::seed(7);
  const xt::xarray<double> expected = xt::random::rand<double>({3, 4}) * 2 + 1;
  xt::random::seed(7);
  CHECK((weft::eval(xt::random::rand<double>({3, 4}) * 2 + 1) == expected));
  const auto tree = from(xt::random::randn<float>({100}));
  CHECK(weft::eval(weft::all(weft::eval(tree) == weft::eval(tree * 1.0f))).item());
  const auto shifted = weft::eval(xt::random::randint<int>({50}, 0, 10) + i(0, 0));
  const int least = xt::amin(shifted)(), most = xt::amax(shifted)();
  CHECK(least >= 7);
  CHECK(most < 17);
}
