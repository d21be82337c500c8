// weft/cuda/run.hpp: evaluates plans on a CUDA device: finds or builds the kernel, launches it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>

#include "weft/plan.hpp"

namespace weft::gpu {

/// Throws device_error for a job with reductions, which only the host has so far.
void check_elementwise(const job& j);

/// Bytes of the parameters of a plan's kernel.
std::size_t parameter_bytes(const plan& p);

/// Begins to run as planned, and returns. Throws device_error, cuda_error or memory_error before
/// anything is written.
void launch(const plan& p);

/// What compiles the kernel of a plan, unless it is compiled, and waits while another thread does.
std::function<void()> builder_of(const plan& p);

/// Copies elements between two placements on device `where`, in the order of its other work.
void copy_elements(dtype type, void* to, const shape& s, const strides& to_strides,
                   const void* from, const strides& from_strides, device where);

/// The plan in words: expression, loops, how each operand is reached, memory.
std::string describe(const plan& p);

/// The parts of a job that needs_split(), and why.
std::string describe_parts(const job& j);

/// The image that the driver loads for a source: compiled here or before by another process.
std::vector<char> image_of(const std::string& source, const std::string& architecture,
                           bool fast_math);

/// For counting: one image came from the disk, or was compiled.
void count_image(bool from_disk);

}  // namespace weft::gpu
