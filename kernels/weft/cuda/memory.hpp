// weft/cuda/memory.hpp: device memory, and bytes on their way. Freed memory is kept for the next
// tensor of about its size: the driver's own allocation waits for the device.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "weft/device.hpp"

namespace weft::gpu {

/// `bytes` bytes on device d, aligned to 256. Throws memory_error with what was
/// asked for, what is free and what there is.
void* take_memory(device d, std::size_t bytes);
/// Returns memory from take_memory. All work of a device is in one order, so memory may be used
/// again by what is begun after this, although what was begun before it still runs.
void return_memory(device d, void* data) noexcept;

}  // namespace weft::gpu
