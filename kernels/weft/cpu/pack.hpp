// weft/cpu/pack.hpp: copies one tile of a strided slot to a contiguous buffer, or back.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/plan.hpp"

namespace weft {

/// The elements of one tile: `rows` of a run over the axes [plan.inner, plan.ndim), of which the
/// first goes `inner_count` steps.
struct tile_extent {
  index_t rows;
  index_t inner_count;
  index_t columns;  // elements in a row

  bool operator==(const tile_extent&) const = default;
};

/// Gathers (or generates) a tile of `s` whose first element is at `first` bytes from s.data (at
/// linear index `first` for a generator). Row r goes to buffer + r * columns * element bytes.
void pack(std::byte* buffer, const slot& s, index_t first, const plan& p, const tile_extent& t);

/// Scatters a tile from the buffer to the elements of `s`.
void unpack(const std::byte* buffer, const slot& s, index_t first, const plan& p,
            const tile_extent& t);

}  // namespace weft
