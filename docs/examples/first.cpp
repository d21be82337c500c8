// docs/examples/first.cpp: the README's first program.
// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>
#include <weft/weft.hpp>

int main() {
  using namespace weft;

  tensor<float> a{{1, 2, 3}, {4, 5, 6}}, c{10, 20, 30};
  tensor<float> y = a * 2 + sin(c);               // one loop; c repeats along the rows
  y(range(0, 1), all) += cast<float>(arange(3));  // slices are views; arange is never stored

  auto s = share(exp(-y));  // a tree is a value: name it, return it
  tensor<float> z = s / (1 + s);

  std::cout << y << "\n" << z << "\n" << explain(transpose(a) * cast<float>(arange(2)) + 1);
}
