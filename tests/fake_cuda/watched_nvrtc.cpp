// tests/fake_cuda/watched_nvrtc.cpp: the real libnvrtc with the fake one's controls: compilations
// are counted, and can be held up or made to fail.
// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>

#include "fake.hpp"

namespace {

using program = void*;

fake_cuda::counts done{};
int failures_to_come = 0;
std::string options;
std::set<program> failed;
bool is_held = false;
std::mutex lock;  // of all this
std::condition_variable released;
constexpr const char* words = "weft_kernel.cu(1): error: a failure of the fake compiler";

// A function of the real compiler.
template <class Result = int, class... Argument>
Result real(const char* name, Argument... argument) {
  static void* const library = [] {
    for (const char* file :
         {"libnvrtc.so.13", "libnvrtc.so.12", "/usr/local/cuda/lib64/libnvrtc.so.13",
          "/usr/local/cuda/lib64/libnvrtc.so"})
      if (void* const opened = dlopen(file, RTLD_NOW | RTLD_LOCAL)) return opened;
    std::fprintf(stderr, "watched_nvrtc: %s\n", dlerror());
    std::abort();
  }();
  return reinterpret_cast<Result (*)(Argument...)>(dlsym(library, name))(argument...);
}
bool has_failed(program p) {
  const std::lock_guard guard(lock);
  return failed.contains(p);
}

}  // namespace

extern "C" {

const fake_cuda::counts* fake_nvrtc_counts() { return &done; }
void fake_nvrtc_fail(int count) { failures_to_come = count; }
void fake_nvrtc_hold(bool on) {
  const std::lock_guard guard(lock);
  is_held = on;
  released.notify_all();
}
int fake_nvrtc_compiling() {
  const std::lock_guard guard(lock);
  return int(done.compiling);
}
const char* fake_nvrtc_options() { return options.c_str(); }

int nvrtcVersion(int* major, int* minor) {
  const char* given = std::getenv("FAKE_NVRTC_VERSION");
  if (given) return std::sscanf(given, "%d.%d", major, minor) == 2 ? 0 : 1;
  return real("nvrtcVersion", major, minor);
}
const char* nvrtcGetErrorString(int code) { return real<const char*>("nvrtcGetErrorString", code); }
int nvrtcGetNumSupportedArchs(int* count) { return real("nvrtcGetNumSupportedArchs", count); }
int nvrtcGetSupportedArchs(int* list) { return real("nvrtcGetSupportedArchs", list); }
int nvrtcCreateProgram(program* p, const char* source, const char* name, int count,
                       const char* const* headers, const char* const* names) {
  return real("nvrtcCreateProgram", p, source, name, count, headers, names);
}
int nvrtcCompileProgram(program p, int count, const char* const* list) {
  {
    std::unique_lock guard(lock);
    options.clear();
    for (int k = 0; k < count; ++k) options += std::string(list[k]) + " ";
    ++done.compilations;
    ++done.compiling;
    released.wait(guard, [] { return !is_held; });
    --done.compiling;
    if (failures_to_come > 0) {
      --failures_to_come;
      failed.insert(p);
      return 6;
    }
  }
  return real("nvrtcCompileProgram", p, count, list);
}
int nvrtcGetProgramLogSize(program p, std::size_t* size) {
  if (!has_failed(p)) return real("nvrtcGetProgramLogSize", p, size);
  *size = std::strlen(words) + 1;
  return 0;
}
int nvrtcGetProgramLog(program p, char* text) {
  if (!has_failed(p)) return real("nvrtcGetProgramLog", p, text);
  std::memcpy(text, words, std::strlen(words) + 1);
  return 0;
}
int nvrtcGetCUBINSize(program p, std::size_t* size) { return real("nvrtcGetCUBINSize", p, size); }
int nvrtcGetCUBIN(program p, char* image) { return real("nvrtcGetCUBIN", p, image); }
int nvrtcGetPTXSize(program p, std::size_t* size) { return real("nvrtcGetPTXSize", p, size); }
int nvrtcGetPTX(program p, char* image) { return real("nvrtcGetPTX", p, image); }
int nvrtcDestroyProgram(program* p) {
  {
    const std::lock_guard guard(lock);
    failed.erase(*p);
  }
  return real("nvrtcDestroyProgram", p);
}

}  // extern "C"
