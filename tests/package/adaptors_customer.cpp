// tests/package/adaptors_customer.cpp: a program that uses weft with several libraries' memory.
// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>
#include <vector>
#include <weft/dlpack.hpp>
#include <weft/eigen.hpp>
#include <weft/mdspan.hpp>
#include <weft/standard.hpp>
#include <weft/weft.hpp>

int main() {
  const std::vector<double> a{1, 2, 3};
  Eigen::Vector3d b(4, 5, 6);
  weft::eval(weft::assign(b, weft::view_of(a) * b));
  const auto back = weft::from_dlpack<double>(weft::to_dlpack(weft::tensor<double>(b)));
  std::cout << weft::to_string(back) << "\n";
}
