// weft/cuda/memory.hpp: device memory. Freed memory is kept for the next tensor of about its size:
// the driver's own allocation waits for the device.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "weft/device.hpp"

namespace weft::gpu {

struct use;
struct uses;

/// `bytes` bytes on device d, aligned to 256, for work on this thread's queue; it waits there for
/// what the memory was used for before. Throws memory_error with what was asked for, what is free
/// and what there is.
void* take_memory(device d, std::size_t bytes);
/// Returns memory from take_memory. What was begun before this may still use it.
void return_memory(device d, void* data) noexcept;

// Under order():

/// What the block of device d that `data` points into is used for; null for memory that weft did
/// not allocate.
uses* uses_of(device d, const void* data);
/// Of all blocks of d, kept ones too: written by `u`.
void set_all_uses(device d, const use& u);

}  // namespace weft::gpu
