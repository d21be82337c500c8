// docs/examples/adaptors/xtensor.cpp: xtensor's arrays and expressions; quoted in docs/adaptors.md.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

int main() {
  xt::xarray<double> a{{1, 2}, {3, 4}}, y;
  weft::noalias(y) = xt::sqrt(a) * 2 + xt::view(a, xt::all(), 0);  // xtensor's code, weft's loop
  auto z = weft::eval(xt::where(a > 2, a, -a));                    // an xt::xarray<double>
  weft::tensor<double> t = weft::transpose(a + 1);                 // of an expression, too

  xt::xarray<double> r = t * t + 1;   // a tree of weft's, evaluated into r
  auto shared = weft::to_xtensor(t);  // t's memory, as an xtensor adaptor that keeps it
  shared(0, 0) = xt::sum(shared)();
  return y(1, 1) == 7 && z(0, 0) == -1 && r(0, 1) == 17 && t(0, 0) == 14 ? 0 : 1;
}
