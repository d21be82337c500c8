// refuse: weft::map\(f, x...\): f must return an element
// And give elements.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <weft/weft.hpp>

auto texts(const weft::tensor<int>& x) {
#ifdef WEFT_REFUSE
  return weft::map([](int n) { return std::to_string(n); }, x);
#else
  return weft::map([](int n) { return double(n); }, x);
#endif
}
