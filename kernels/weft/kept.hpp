// weft/kept.hpp: large blocks that were freed and wait for the next buffer of their size. The
// system hands out large memory page by page, and clears each: that takes longer than most loops.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace weft::kept {

struct memory {
  void* first = nullptr;
  std::size_t bytes = 0;
};

/// A block of at least `bytes` and at most a quarter more; an empty one when none is kept. The
/// caller owns it.
memory take(std::size_t bytes);

/// Whether `m`, from std::aligned_alloc, is kept from now on; else it still is the caller's.
bool keep(memory m) noexcept;

}  // namespace weft::kept
