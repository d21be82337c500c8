// tests/adaptors/without_gpu.cpp: a weft that finds no driver, for the program that is linked with
// a few of weft's sources only; see mdspan.cmake.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include "weft/cuda/driver.hpp"
#include "weft/cuda/memory.hpp"
#include "weft/cuda/nvrtc.hpp"

namespace weft::gpu {

void* take_memory(device, std::size_t) { return nullptr; }
void return_memory(device, void*) noexcept {}

const std::string& driver_problem() {
  static const std::string none = "this program has no CUDA driver";
  return none;
}
int device_count() { return 0; }
const std::string& compiler_problem() { return driver_problem(); }

}  // namespace weft::gpu
