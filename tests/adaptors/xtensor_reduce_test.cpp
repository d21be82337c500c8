// tests/adaptors/xtensor_reduce_test.cpp: xtensor's reducers become weft's reductions, also where
// xtensor itself computes wrong values. Evaluated parts are the oracle, never a lazy reducer.
// SPDX-License-Identifier: BSD-3-Clause
#include "xtensor_agrees.hpp"

TEST_CASE("sums, products, extremes and means over any axes are weft's") {
  const xt::xarray<double> c = xt::reshape_view(xt::arange<double>(24), {2, 3, 4}) - 7.5;
  CHECK(agrees(xt::sum(c)));
  CHECK(agrees(xt::sum(c, {0})));
  CHECK(agrees(xt::sum(c, {2}, xt::keep_dims)));
  CHECK(agrees(xt::prod(c, {0, 2})));
  CHECK(agrees(xt::amax(c, {1})));
  CHECK(agrees(xt::amin(c, {1, 2}, xt::keep_dims)));
  CHECK(agrees(xt::mean(c, {1})));
  CHECK(agrees(xt::mean(c)));
  CHECK(agrees(xt::sum(i)));
  CHECK(agrees(xt::sum(i, {1}) * 2));
  CHECK(agrees(xt::sum(c * c + 1, {1})));
}

TEST_CASE("reducers inside larger expressions are right, with keep_dims, too") {
  const xt::xarray<double> s{{1, 2, 3}, {4, 5, 7}};
  const xt::xarray<double> top = xt::amax(s, {1}, xt::keep_dims);
  CHECK((weft::eval(s - xt::amax(s, {1}, xt::keep_dims)) == s - top));
  CHECK((weft::eval(s - xt::amax(s, {1}, xt::keep_dims)) ==
         xt::xarray<double>{{-2, -1, 0}, {-3, -2, 0}}));
  const xt::xarray<double> low = xt::amin(s, {0});
  CHECK((weft::eval(s * 2 - xt::amin(s, {0})) == s * 2 - low));
  const auto e = xt::exp(s - top);
  const xt::xarray<double> stored = e, total = xt::sum(stored, {1}, xt::keep_dims);
  CHECK(agrees(e / total));
  CHECK(xt::allclose(weft::eval(e / xt::sum(e, {1}, xt::keep_dims)), stored / total));
}
