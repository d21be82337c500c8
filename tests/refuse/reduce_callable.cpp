// refuse: weft::reduce\(f, init, x\): f must take two values of init's type
// Elements are converted to init's type, and so is what f returns.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <weft/weft.hpp>

auto joined(const weft::tensor<double>& a) {
#ifdef WEFT_REFUSE
  return weft::reduce([](std::string x, std::string y) { return x + y; }, 0.0, a);
#else
  return weft::reduce([](double x, double y) { return x > y ? x : y; }, 0.0, a);
#endif
}
