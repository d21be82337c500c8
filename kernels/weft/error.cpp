// weft/error.cpp: messages that templates share, compiled once.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/error.hpp"

#include "weft/expr.hpp"

namespace weft::trees {

void scalar_does_not_fit(const char* function, const std::string& value, dtype t) {
  throw dtype_error(std::string(function) + ": the scalar " + value + " does not fit " +
                    std::string(name_of(t)) + ", and a scalar never widens a tensor of its own " +
                    "kind; cast the tensor with cast<T>(x) or use a scalar that fits");
}

}  // namespace weft::trees
