// docs/examples/adaptors/standard.cpp: vectors and pointers; quoted in docs/adaptors.md.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <vector>
#include <weft/standard.hpp>
#include <weft/weft.hpp>

int main() {
  std::vector<float> a{1, 2, 3, 4}, y(4);
  weft::eval(weft::assign(y, weft::square(a) + 1));  // y is {2, 5, 10, 17}, where it was

  unsigned char pixels[2 * 8] = {};  // rows of 6 pixels, 8 bytes apart
  auto image = weft::adapt(pixels, {2, 6}, {8, 1});
  image(1, weft::all) += 9;  // pixels[8] to pixels[13]

  auto* from_c = static_cast<double*>(std::calloc(3, sizeof(double)));
  auto owned = weft::adapt(from_c, {3}, [](double* p) { std::free(p); });
  auto tree = weft::cos(owned);  // keeps the memory; free runs when the last of both goes
  return y[3] == 17 && pixels[13] == 9 && weft::eval(tree)(2) == 1 ? 0 : 1;
}
