// weft/cpu/direct.hpp: the way around the planner.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/job.hpp"

namespace weft {

/// Evaluates `j` at once and returns true if all operands and outputs have one shape, stand
/// contiguously, overlap in nothing but the same elements, and are too few to share among threads.
bool run_directly(const job& j);

}  // namespace weft
