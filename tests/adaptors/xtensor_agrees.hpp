// tests/adaptors/xtensor_agrees.hpp: whether weft evaluates an xtensor expression as xtensor does.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <complex>
#include <limits>

#include "catch.hpp"
#include "weft/weft.hpp"
#include "weft/xtensor.hpp"
#include "xtensor_headers.hpp"

namespace {

// weft's evaluation of e has xtensor's shape, element type and, but for rounding, values.
template <class E>
bool agrees(const E& e) {
  using T = typename E::value_type;
  const xt::xarray<T> expected = e;
  const auto found = weft::eval(e);
  static_assert(std::same_as<typename std::remove_cvref_t<decltype(found)>::value_type, T>);
  static_assert(std::same_as<typename decltype(weft::from(e))::value_type, weft::element_t<T>>);
  if (expected.shape() != xt::xarray<T>(found).shape()) return false;
  auto f = found.begin();
  for (const T x : expected) {
    const T y = *f++;
    if constexpr (std::floating_point<T>) {
      if (std::isnan(x) != std::isnan(y)) return false;
      if (!std::isnan(x) && x != y &&
          !(std::abs(x - y) <= 8 * std::numeric_limits<T>::epsilon() * std::abs(x)))
        return false;
    } else if constexpr (weft::is_complex_v<T>) {
      if (std::abs(x - y) > 1e-5 * std::abs(x)) return false;
    } else if (x != y) {
      return false;
    }
  }
  return true;
}

const xt::xarray<double> a{{0.5, -1.25, 2}, {3, -0.125, 0.75}}, b{10, -20, 30};
const xt::xtensor<float, 2> f{{0.5f, 0.25f, 0.75f}, {0.125f, 0.9f, 0.0f}};
const xt::xarray<int> i{{7, -8, 9}, {1, 0, 5}}, k{2, 3, 4};

}  // namespace
