// tests/package/xtensor_customer.cpp: a customer's program over an xtensor array. It prints 4, 10
// and 18.
// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#if __has_include(<xtensor/containers/xarray.hpp>)  // where it is since xtensor 0.26
#include <xtensor/containers/xarray.hpp>
#else
#include <xtensor/xarray.hpp>
#endif

int main() {
  xt::xarray<double> a = {1, 2, 3};
  weft::view_of(a) *= weft::tensor<double>{4, 5, 6};
  std::cout << weft::to_string(a) << '\n';
}
