// weft/cpu/copy_block.hpp: rows and columns of elements from one placement to another.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "weft/shape.hpp"

namespace weft {

/// Bytes from one row to the next and from one element of a row to the next.
struct block_steps {
  index_t row, element;
};

/// Copies rows x columns elements of 1, 2, 4, 8 or 16 bytes between two placements that share no
/// memory. Where the elements of one of them stand side by side, that one is taken for a buffer in
/// L1, and the other one is walked in its own order.
void copy_block(std::size_t element_size, std::byte* to, block_steps to_steps,
                const std::byte* from, block_steps from_steps, index_t rows, index_t columns);

/// The same around the cache; false, with nothing done, but for blocks of whole lines of `to` whose
/// columns are lines of `from`.
bool copy_around(std::size_t element_size, std::byte* to, block_steps to_steps,
                 const std::byte* from, block_steps from_steps, index_t rows, index_t columns);

/// Elements [count, whole) of a row become the first one, so that a step of a kernel is filled and
/// a callable never sees a value that is not there.
inline void fill_up(std::size_t element_size, std::byte* row, index_t count, index_t whole) {
  const auto size = index_t(element_size);
  copy_block(element_size, row + count * size, {0, size}, row, {0, 0}, 1, whole - count);
}

}  // namespace weft
