// docs/examples/adaptors/eigen.cpp: Eigen's matrices; quoted in docs/adaptors.md.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/eigen.hpp>
#include <weft/weft.hpp>

int main() {
  Eigen::MatrixXd m = Eigen::MatrixXd::Constant(2, 3, 4.0), y(2, 3);
  weft::eval(weft::assign(y, weft::sqrt(m) + weft::tensor<double>{0, 1, 2}));
  weft::view_of(y.row(1)) *= 10.0;  // y is {{2, 3, 4}, {20, 30, 40}}

  weft::tensor<double> x{{1, 2}, {3, 4}};
  auto map = weft::to_eigen<Eigen::Matrix2d>(x);  // x's elements
  map.transposeInPlace();
  return y(1, 2) == 40 && x(0, 1) == 3 ? 0 : 1;
}
