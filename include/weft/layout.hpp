// weft/layout.hpp: strides and contiguity. An axis of extent 1 never matters: nothing steps on it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/shape.hpp"

namespace weft {

/// The order of elements in new memory.
enum class layout { row_major, column_major };

/// The strides, in elements, of a contiguous array of this shape. Empty arrays get those of the
/// same shape with extents of 0 taken as 1.
inline strides contiguous_strides(const shape& s, layout order = layout::row_major) {
  strides result = s;
  index_t step = 1;
  for (int k = 0; k < s.ndim(); ++k) {
    const auto i = std::size_t(order == layout::row_major ? s.ndim() - 1 - k : k);
    result[i] = step;
    step *= s[i] > 0 ? s[i] : 1;
  }
  return result;
}

/// Whether the elements stand one after another in the given order; true when there are none.
inline bool is_contiguous(const shape& s, const strides& st, layout order = layout::row_major) {
  index_t step = 1;
  bool in_order = true;
  for (int k = 0; k < s.ndim(); ++k) {
    const auto i = std::size_t(order == layout::row_major ? s.ndim() - 1 - k : k);
    if (s[i] == 0) return true;
    in_order = in_order && (s[i] == 1 || st[i] == step);
    step *= s[i];
  }
  return in_order;
}

/// Where the elements of a leaf are: shape, strides, and the offset of the first one, all in
/// elements. Slicing and transposing only ever change this; the memory stays where it is.
struct placement {
  weft::shape shape;
  weft::strides strides;
  index_t offset = 0;
};

}  // namespace weft
