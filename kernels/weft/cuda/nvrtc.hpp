// weft/cuda/nvrtc.hpp: NVIDIA's run-time compiler, opened at run time. Turns the text of a kernel
// into what the driver loads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weft::gpu {

/// Why kernels cannot be compiled here; empty when they can.
const std::string& compiler_problem();

/// `13.0`. Throws device_error with the reason when there is no compiler.
std::string compiler_version();

/// The options of every kernel, apart from its architecture.
std::vector<std::string> compiler_options(bool fast_math);

/// What to compile for on a device of this compute capability: `sm_90`, or `compute_120` when the
/// device is newer than the compiler and its driver has to finish the work. Throws device_error for
/// one that is too old for the compiler.
std::string architecture_for(int major, int minor);

/// The architectures that the compiler knows, as 75, 80, ...
std::vector<int> known_architectures();

/// The kernel as the driver loads it: machine code for `sm_...`, PTX for `compute_...`. Throws
/// cuda_error with the compiler's words and the source when it does not compile.
std::vector<char> compile(const std::string& source, const std::string& architecture,
                          std::vector<std::string> options = compiler_options(false));

}  // namespace weft::gpu
