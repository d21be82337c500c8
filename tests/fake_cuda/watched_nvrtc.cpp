// tests/fake_cuda/watched_nvrtc.cpp: the real libnvrtc with the fake one's controls: compilations
// are counted, and can be held up or made to fail.
// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include "nvrtc_controls.hpp"

namespace {

using program = void*;

std::mutex lock;
std::set<program> failed;

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

int nvrtcVersion(int* major, int* minor) {
  return fake_cuda::asks_for_version(major, minor) ? 0 : real("nvrtcVersion", major, minor);
}
const char* nvrtcGetErrorString(int code) { return real<const char*>("nvrtcGetErrorString", code); }
int nvrtcGetNumSupportedArchs(int* count) { return real("nvrtcGetNumSupportedArchs", count); }
int nvrtcGetSupportedArchs(int* list) { return real("nvrtcGetSupportedArchs", list); }
int nvrtcCreateProgram(program* p, const char* source, const char* name, int count,
                       const char* const* headers, const char* const* names) {
  return real("nvrtcCreateProgram", p, source, name, count, headers, names);
}
int nvrtcCompileProgram(program p, int count, const char* const* list) {
  if (fake_cuda::begin_compilation(count, list) != 0)
    return real("nvrtcCompileProgram", p, count, list);
  const std::lock_guard guard(lock);
  failed.insert(p);
  return 6;
}
int nvrtcGetProgramLogSize(program p, std::size_t* size) {
  if (!has_failed(p)) return real("nvrtcGetProgramLogSize", p, size);
  *size = std::strlen(fake_cuda::failure) + 1;
  return 0;
}
int nvrtcGetProgramLog(program p, char* text) {
  if (!has_failed(p)) return real("nvrtcGetProgramLog", p, text);
  std::memcpy(text, fake_cuda::failure, std::strlen(fake_cuda::failure) + 1);
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
