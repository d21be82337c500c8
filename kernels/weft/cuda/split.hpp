// weft/cuda/split.hpp: trees with more operands than a kernel takes. Their largest sub-trees that
// fit are evaluated first, into temporaries, until the rest fits.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>

#include "weft/plan.hpp"

namespace weft::gpu {

/// Bytes of parameters that a kernel takes on every architecture.
inline constexpr std::size_t most_parameter_bytes = 4096;

/// Whether a job on a device is more than one kernel: it has more slots than one takes, or a plan
/// with more parameters.
bool needs_split(const job& j);
bool has_too_many_slots(const job& j);
bool fits(const plan& p);

/// Calls use(part) for the parts of a job that needs_split(), each of which is one kernel. Without
/// `allocate`, temporaries have addresses only. Returns the bytes of all temporaries. Throws
/// memory_error, and device_error for a part that cannot be cut; then the targets are as they were.
std::size_t for_each_part(const job& j, bool allocate, const std::function<void(const job&)>& use);

}  // namespace weft::gpu
