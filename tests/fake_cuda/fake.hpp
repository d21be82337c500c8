// tests/fake_cuda/fake.hpp: what tests can ask of the fake driver and of the fake NVRTC, which are
// found with dlsym in the library that weft opened. Two devices of 256 MiB, or of FAKE_CUDA_MEMORY
// bytes; kernels run on the host, when somebody waits for them, with only their own device's memory
// within reach.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace fake_cuda {

/// How often things were done since the process began, and what was last launched.
struct counts {
  std::size_t launches, allocations, releases, live, copies, compilations, pinned, compiling;
  unsigned grid[3], block[3];
};

extern "C" {
/// fake_cuda_counts() of libcuda; compilations are of libnvrtc.
using counts_function = const counts* (*)();
/// fake_cuda_fail(function, after, code): the call of `function` (as "cuMemAlloc") that comes after
/// `after` others answers `code`, once; "any" counts those of all functions that can fail. A code
/// of 700 to 719 is answered by all later calls. FAKE_CUDA_FAIL=function in the environment makes
/// its first call answer 999.
using fail_function = void (*)(const char* function, int after, int code);
/// fake_cuda_reset(): forgets sticky errors, what was to be done after them, and faults that have
/// not happened; returns how many of these there were.
using reset_function = int (*)();
/// fake_cuda_launch_for_free(on): kernels are not run, to measure what the caller costs; also with
/// FAKE_CUDA_FREE in the environment.
using free_function = void (*)(bool on);
}

}  // namespace fake_cuda
