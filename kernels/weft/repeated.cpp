// weft/repeated.cpp: which leaves are the same, and which lie row by row.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/repeated.hpp"

#include <cstdlib>

#include "weft/staged.hpp"

namespace weft::repeated {
namespace {

binding bound(const leaf_kind& kind, const void* leaf) {
  binding b;
  binding_pool pool({&b, 1});
  binder(pool).leaves({&kind, 1}, &leaf);
  return b;
}

}  // namespace

bool same_leaves(std::span<const leaf_kind> kinds, const void* const* a, const void* const* b) {
  for (const leaf_kind& k : kinds) {
    const void *const x = *a++, *const y = *b++;
    if (x != y && (k.binds_itself() || !same_elements(bound(k, x), bound(k, y)))) return false;
  }
  return true;
}

bool are_row_by_row(std::span<const leaf_kind> kinds, const void* const* leaves) {
  using is = leaf_kind::is;
  for (const leaf_kind& k : kinds) {
    const void* const leaf = *leaves++;
    if (k.what != is::tensor && k.what != is::view) continue;
    const binding x = bound(k, leaf);
    index_t outer = 0, inner = 0;  // steps along the first and the last axis that has any
    for (std::size_t d = 0; d < x.shape->size(); ++d) {
      if ((*x.shape)[d] == 1 || (*x.strides)[d] == 0) continue;
      inner = std::abs((*x.strides)[d]);
      if (outer == 0) outer = inner;
    }
    if (outer < inner) return false;
  }
  return true;
}

}  // namespace weft::repeated
