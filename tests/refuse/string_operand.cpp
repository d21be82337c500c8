// refuse: 'operator\+' \(operand types are .*string|operands to binary expression .*string
// A string is no operand; the compiler names both types.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <weft/weft.hpp>

auto add(const weft::tensor<float>& x, const std::string& text) {
#ifdef WEFT_REFUSE
  return x + text;
#else
  return x + std::stof(text);
#endif
}
