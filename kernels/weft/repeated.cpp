// weft/repeated.cpp: which leaves are the same, and which lie row by row.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/repeated.hpp"

#include <cstdlib>
#include <cstring>

namespace weft::repeated {
namespace {

struct elements {
  const void* data;
  const placement& place;
};
elements of_leaf(leaf_kind::is what, const void* leaf) {
  if (what == leaf_kind::is::tensor) {
    const auto& tensor = *static_cast<const buffer*>(leaf);
    return {tensor.data(), tensor.place()};
  }
  const auto& view = *static_cast<const window*>(leaf);
  return {view.data, view.place};
}

}  // namespace

bool same_leaves(std::span<const leaf_kind> kinds, const void* const* a, const void* const* b) {
  using is = leaf_kind::is;
  for (const leaf_kind& k : kinds) {
    const void *const x = *a++, *const y = *b++;
    if (k.what == is::value) {
      if (std::memcmp(x, y, size_of(k.type)) != 0) return false;
    } else if (k.what == is::other) {
      if (x != y) return false;
    } else {
      const elements e = of_leaf(k.what, x), f = of_leaf(k.what, y);
      if (e.data != f.data || !(e.place.shape == f.place.shape) ||
          !(e.place.strides == f.place.strides))
        return false;
    }
  }
  return true;
}

bool are_row_by_row(std::span<const leaf_kind> kinds, const void* const* leaves) {
  using is = leaf_kind::is;
  for (const leaf_kind& k : kinds) {
    const void* const leaf = *leaves++;
    if (k.what != is::tensor && k.what != is::view) continue;
    const placement& p = of_leaf(k.what, leaf).place;
    index_t outer = 0, inner = 0;  // steps along the first and the last axis that has any
    for (std::size_t d = 0; d < p.shape.size(); ++d) {
      if (p.shape[d] == 1 || p.strides[d] == 0) continue;
      inner = std::abs(p.strides[d]);
      if (outer == 0) outer = inner;
    }
    if (outer < inner) return false;
  }
  return true;
}

}  // namespace weft::repeated
