// tests/fake_cuda/nvrtc_controls.cpp: what tests ask of the fake compiler, and of the watched real
// one: counts, and compilations that are held up or fail.
// SPDX-License-Identifier: BSD-3-Clause
#include "nvrtc_controls.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "fake.hpp"

namespace {
fake_cuda::counts done{};
int failures_to_come = 0;
std::string options;
bool is_held = false;
std::mutex lock;  // of all this
std::condition_variable released;
}  // namespace

int fake_cuda::begin_compilation(int count, const char* const* list) {
  std::unique_lock guard(lock);
  options.clear();
  for (int k = 0; k < count; ++k) options += std::string(list[k]) + " ";
  const int number = int(++done.compilations);
  ++done.compiling;
  released.wait(guard, [] { return !is_held; });
  --done.compiling;
  if (failures_to_come == 0) return number;
  --failures_to_come;
  return 0;
}

bool fake_cuda::asks_for_version(int* major, int* minor) {
  const char* given = std::getenv("FAKE_NVRTC_VERSION");
  return given && std::sscanf(given, "%d.%d", major, minor) == 2;
}

extern "C" {

const fake_cuda::counts* fake_nvrtc_counts() { return &done; }
/// The next `count` compilations fail.
void fake_nvrtc_fail(int count) {
  const std::lock_guard guard(lock);
  failures_to_come = count;
}
/// While it is held, compilations do not get on.
void fake_nvrtc_hold(bool on) {
  const std::lock_guard guard(lock);
  is_held = on;
  released.notify_all();
}
/// How many have begun and are held.
int fake_nvrtc_compiling() {
  const std::lock_guard guard(lock);
  return int(done.compiling);
}
/// The options of the last compilation.
const char* fake_nvrtc_options() { return options.c_str(); }

}  // extern "C"
