// weft/device.cpp: names of devices, and what to say when one is missing.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/device.hpp"

#include <charconv>
#include <system_error>

#include "weft/cuda/driver.hpp"
#include "weft/cuda/nvrtc.hpp"
#include "weft/error.hpp"

namespace weft {

std::string to_string(device d) {
  if (d.where == device::type::any) return "any";
  return d.where == device::type::cpu ? "cpu" : "cuda:" + std::to_string(d.index);
}

device parse_device(std::string_view name) {
  if (name == "cpu") return cpu;
  if (name == "cuda") return cuda(0);
  int index = 0;
  const char* end = name.data() + name.size();
  if (name.starts_with("cuda:")) {
    const auto [stop, failure] = std::from_chars(name.data() + 5, end, index);
    if (failure == std::errc() && stop == end && index >= 0) return cuda(index);
  }
  throw device_error("parse_device: '" + std::string(name) +
                     "' names no device; use cpu, cuda or cuda:<number>");
}

bool cuda_is_available() { return cuda_unavailable_reason().empty(); }

std::string cuda_unavailable_reason() {
  return gpu::driver_problem().empty() ? gpu::compiler_problem() : gpu::driver_problem();
}

void devices::require(const char* function, device d) {
  if (d.where != device::type::cuda) return;
  const int count = gpu::driver_problem().empty() ? gpu::device_count() : 0;
  if (d.index >= 0 && d.index < count) return;
  if (count > 0)
    throw device_error(
        std::string(function) + ": " + to_string(d) + " is not available: there " +
        (count == 1 ? "is 1 CUDA device" : "are " + std::to_string(count) + " CUDA devices") +
        "; use weft::cuda(0) to weft::cuda(" + std::to_string(count - 1) + ")");
  throw device_error(std::string(function) + ": " + to_string(d) +
                     " is not available: " + cuda_unavailable_reason() +
                     "; use weft::cpu, or test weft::cuda_is_available() first");
}

void devices::host_only(const char* function, device d) {
  throw device_error(std::string(function) + ": a C++ callable runs on the host only, and its " +
                     "operands are on " + to_string(d) +
                     "; compose weft's own functions, give map() " +
                     "its CUDA text with cuda_function(f, body), or bring the operands to the " +
                     "host with .to(weft::cpu)");
}

void devices::mixed(const char* function, device a, device b) {
  throw device_error(std::string(function) + ": operands are on " + to_string(a) + " and " +
                     to_string(b) + "; move one with .to(...)");
}

}  // namespace weft
