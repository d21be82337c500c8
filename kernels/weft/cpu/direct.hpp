// weft/cpu/direct.hpp: the way around the planner, for work that costs less than a plan.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/job.hpp"

namespace weft {

/// Evaluates `j` at once and returns true if it has one stage, little work, and no overlap other
/// than the same elements. Returns false with nothing done for what has to be planned, or is an
/// error.
bool run_directly(const job& j);

}  // namespace weft
