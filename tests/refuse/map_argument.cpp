// refuse: weft::map\(f, x...\): f cannot be called with the operands' elements
// The callable must take the elements.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <weft/weft.hpp>

auto sizes(const weft::tensor<int>& x) {
#ifdef WEFT_REFUSE
  return weft::map([](const std::string& s) { return int(s.size()); }, x);
#else
  return weft::map([](int n) { return n + 1; }, x);
#endif
}
