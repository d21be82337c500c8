// tests/cuda/fake.hpp: the fake driver's and the fake compiler's controls, for tests.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "../fake_cuda/fake.hpp"

namespace fake_cuda {

/// A function of one of the two libraries, which weft has opened or will.
template <class F>
F find(const char* library, const char* name) {
  const char* path = std::getenv(library);
  void* const opened = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
  return opened ? reinterpret_cast<F>(dlsym(opened, name)) : nullptr;
}
inline const counts& driver_counts() {
  return *find<counts_function>("WEFT_LIBCUDA", "fake_cuda_counts")();
}
inline const counts& compiler_counts() {
  return *find<counts_function>("WEFT_NVRTC", "fake_nvrtc_counts")();
}
inline void fail(const char* function, int after, int code) {
  find<fail_function>("WEFT_LIBCUDA", "fake_cuda_fail")(function, after, code);
}
inline int reset() { return find<reset_function>("WEFT_LIBCUDA", "fake_cuda_reset")(); }
inline void launch_for_free(bool on) {
  find<free_function>("WEFT_LIBCUDA", "fake_cuda_launch_for_free")(on);
}
inline void fail_to_compile(int count) {
  find<void (*)(int)>("WEFT_NVRTC", "fake_nvrtc_fail")(count);
}
inline void hold_compiler(bool on) { find<void (*)(bool)>("WEFT_NVRTC", "fake_nvrtc_hold")(on); }
/// Waits until `count` compilations are held at once; false when they are not within ten seconds.
inline bool are_compiling(int count) {
  const auto compiling = find<int (*)()>("WEFT_NVRTC", "fake_nvrtc_compiling");
  for (int k = 0; k < 10'000; ++k) {
    if (compiling() == count) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}
inline std::string compiler_options() {
  return find<const char* (*)()>("WEFT_NVRTC", "fake_nvrtc_options")();
}

}  // namespace fake_cuda
