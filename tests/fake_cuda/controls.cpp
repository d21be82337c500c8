// tests/fake_cuda/controls.cpp: what tests ask of the fake driver, and of the watched real one:
// counts, and faults that are to happen; and what both answer alike.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <map>
#include <string>

#include "state.hpp"

namespace fake_cuda {

std::recursive_mutex lock;
counts done{};
int sticky = 0;
bool kernels_are_free = std::getenv("FAKE_CUDA_FREE") != nullptr;

const std::size_t memory_of_a_device = [] {
  const char* given = std::getenv("FAKE_CUDA_MEMORY");
  return given ? std::stoull(given) : std::size_t(256) << 20;
}();

namespace {
using fault_list = std::map<std::string, std::pair<int, int>>;  // after how many calls, which code
fault_list faults = [] {
  const char* function = std::getenv("FAKE_CUDA_FAIL");
  return function ? fault_list{{function, {0, 999}}} : fault_list();
}();
}  // namespace

int begin(const char* function) {
  const std::lock_guard guard(lock);
  if (sticky) return sticky;
  if (faults.empty()) return 0;
  auto f = faults.find(function);
  if (f == faults.end()) f = faults.find("any");
  if (f == faults.end() || f->second.first-- > 0) return 0;
  const int code = f->second.second;
  faults.erase(f);
  if (code >= 700 && code < 720) sticky = code;
  return code;
}

}  // namespace fake_cuda

using namespace fake_cuda;

extern "C" {

const fake_cuda::counts* fake_cuda_counts() { return &done; }
void fake_cuda_fail(const char* function, int after, int code) {
  const std::lock_guard guard(lock);
  faults[function] = {after, code};
}
int fake_cuda_reset() {
  const std::lock_guard guard(lock);
  const int left = int(faults.size());
  faults.clear();
  if (sticky) drop_all();
  sticky = 0;
  return left;
}
void fake_cuda_launch_for_free(bool on) { kernels_are_free = on; }

// What both drivers answer alike.
int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return 0;
}
int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = memory_of_a_device;
  return 0;
}

}  // extern "C"
