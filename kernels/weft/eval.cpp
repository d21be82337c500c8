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

layout evaluation::natural_layout(const shape& s, std::span<const binding> operands) {
  int column_major = 0;
  for (const binding& o : operands) {
    if (!o.shape || o.how == path::generated || !(*o.shape == s)) continue;
    if (is_contiguous(s, *o.strides)) return layout::row_major;
    if (!is_contiguous(s, *o.strides, layout::column_major)) return layout::row_major;
    ++column_major;
  }
  return column_major > 0 ? layout::column_major : layout::row_major;
}

void tensors::ragged(index_t axis, index_t expected, index_t found) {
  throw shape_error("tensor: values in braces are ragged: axis " + std::to_string(axis) + " has " +
                    std::to_string(expected) + " and " + std::to_string(found) +
                    " values; give every row as many");
}

void tensors::check_resize(const shape& s, std::size_t element_size) {
  shapes::check("tensor", s, element_size);
}

}  // namespace weft
