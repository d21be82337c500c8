// tests/fake_cuda/nvrtc_controls.hpp: what a compiler asks that tests control.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace fake_cuda {

/// Counts a compilation with these options and waits while they are held. Its number, from 1 on; 0
/// if it is to fail, with `failure` as its log.
int begin_compilation(int count, const char* const* options);
inline constexpr const char* failure = "weft_kernel.cu(1): error: a failure of the fake compiler";

/// Whether FAKE_NVRTC_VERSION in the environment says what version to be.
bool asks_for_version(int* major, int* minor);

}  // namespace fake_cuda
