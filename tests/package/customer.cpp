// tests/package/customer.cpp: a customer's program. It prints 4, 10 and 18.
// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>
#include <weft/weft.hpp>

int main() {
  weft::tensor<double> a = {1, 2, 3};
  weft::tensor<double> b = {4, 5, 6};
  weft::tensor<double> c = {0, 0, 0};
  weft::tensor<double> y = a * b + sin(c);
  std::cout << y << '\n';
}
