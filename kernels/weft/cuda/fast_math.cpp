// weft/cuda/fast_math.cpp: whether kernels are compiled for speed over accuracy.
// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <cstdlib>
#include <utility>

#include "weft/cuda.hpp"

namespace weft {
namespace {

std::atomic<bool>& of_process() {
  static std::atomic<bool> on = [] {
    const char* wish = std::getenv("WEFT_CUDA_FAST_MATH");
    return wish && *wish && *wish != '0';
  }();
  return on;
}

thread_local signed char of_thread = -1;  // -1: as the process

}  // namespace

void set_cuda_fast_math(bool on) { of_process() = on; }
bool cuda_fast_math() { return of_thread >= 0 ? of_thread == 1 : of_process().load(); }

with_cuda_fast_math::with_cuda_fast_math(bool on) : before_(std::exchange(of_thread, on)) {}
with_cuda_fast_math::~with_cuda_fast_math() { of_thread = before_; }

}  // namespace weft
