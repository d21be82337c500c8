// weft/print.hpp: tensors as text, as PyTorch prints them, with NumPy's options.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>

#include "weft/eval.hpp"

namespace weft {

/// How tensors are printed.
struct print_options {
  int precision = 4;         ///< digits after the point
  index_t threshold = 1000;  ///< more elements than this are summarised
  index_t edge_items = 3;    ///< elements kept at each end of a summarised axis
};

namespace printing {
/// Contiguous row-major elements on the host; `where` they came from is named unless it is that.
std::string format(dtype type, const void* data, const shape& s, const print_options& o,
                   device where = cpu);
}  // namespace printing

/// The elements of any real or complex expression: `tensor([0., 1.5, 2.])`, from a device
/// `tensor([0., 1.5, 2.], device='cuda:0')`.
template <class E>
  requires Operands<E>
std::string to_string(E&& e, const print_options& options = {}) {
  const auto x = copy(std::forward<E>(e));
  if (x.device() == cpu) return printing::format(x.dtype(), x.data(), x.shape(), options);
  const auto here = x.to(cpu);
  return printing::format(x.dtype(), here.data(), x.shape(), options, x.device());
}

template <class E>
  requires Expr<E>
std::ostream& operator<<(std::ostream& out, const E& e) {
  return out << to_string(e);
}

}  // namespace weft
