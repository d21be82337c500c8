// weft/cuda/prelude.hpp: the declarations that a kernel's text needs and CUDA does not have.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace weft::gpu {

/// What `text` names of prelude.cuh, weft/half.hpp, weft/scalar.hpp and the conversion of
/// weft/cpu/lane_convert.hpp, and what that names in turn, each once, in the order of the files.
std::string prelude_for(std::string_view text);

/// Those files as text; embed.cmake writes them into the build.
extern const std::string_view prelude_file, half_file, scalar_file, convert_file;

}  // namespace weft::gpu
