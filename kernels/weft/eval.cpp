// weft/eval.cpp: the checks of an assignment, and those of a tensor's construction.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/eval.hpp"

#include "weft/error.hpp"

namespace weft {

void evaluation::check_fits(const shape& target, const shape& e, bool same_as_first, device to,
                            device from) {
  if (from != any_device && from != to) devices::mixed("assign", to, from);
  if (!same_as_first)
    throw shape_error("eval: targets have different shapes, one is " + to_string(target) +
                      "; evaluate them one after the other");
  bool fits = e.ndim() <= target.ndim();
  for (int k = 1; fits && k <= e.ndim(); ++k) {
    const index_t n = e[std::size_t(e.ndim() - k)];
    fits = n == 1 || n == target[std::size_t(target.ndim() - k)];
  }
  if (!fits)
    throw shape_error("assign: an expression of shape " + to_string(e) +
                      " does not broadcast to the target's shape " + to_string(target));
}

void evaluation::check_together(device first, device other) {
  if (first != other)
    throw device_error("eval: targets are on " + to_string(first) + " and " + to_string(other) +
                       "; evaluate them one after the other");
}

void tensors::ragged(index_t axis, index_t expected, index_t found) {
  throw shape_error("tensor: values in braces are ragged: axis " + std::to_string(axis) + " has " +
                    std::to_string(expected) + " and " + std::to_string(found) +
                    " values; give every row as many");
}

buffer tensors::allocate(const shape& s, std::size_t element_size, layout order, device where) {
  shapes::check("tensor", s, element_size);
  return buffer::allocate(std::size_t(s.product()) * element_size, where,
                          {s, contiguous_strides(s, order), 0});
}

}  // namespace weft
