// weft/threads.hpp: how many threads an evaluation may take, and from how much work on.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace weft {

/// Threads for large evaluations: at most `n`, which is at least 1; 0 means all cores. More than
/// there are cores are taken only where the program raises oneTBB's own limit
/// (tbb::global_control). Throws error for a negative number.
void set_num_threads(int n);
int num_threads();

/// How much work, in nanoseconds on one core, is worth one more thread: 20,000 unless it is set.
/// Throws error for a negative number.
void set_thread_grain(double nanoseconds);
double thread_grain();

}  // namespace weft
