// tests/fake_cuda/watched_driver.cpp: the real libcuda with the fake one's controls, so that the
// tests of the CUDA backend run on a GPU as well. Two devices of as much memory as the fake ones
// have; where there is one, both are contexts of it. Calls are counted and can be made to fail;
// everything else is the driver's.
// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "state.hpp"

namespace fake_cuda {

void drop_all() {}  // the driver has no work that has not begun

namespace {

using handle = void*;

// A function of the real driver.
template <class... Argument>
auto real(const char* name, Argument... argument) {
  static void* const library = [] {
    void* const opened = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!opened) std::fprintf(stderr, "watched_cuda: %s\n", dlerror());
    return opened;
  }();
  auto* const function =
      library ? reinterpret_cast<int (*)(Argument...)>(dlsym(library, name)) : nullptr;
  return function ? function(argument...) : 100;  // CUDA_ERROR_NO_DEVICE
}

int real_devices() {
  static const int count = [] {
    int n = 0;
    real("cuDeviceGetCount", &n);
    return n;
  }();
  return count;
}
int real_device(int device) { return real_devices() > 1 ? device : 0; }

struct allocation {
  int device;
  std::size_t bytes;
};
handle contexts[device_total];
std::size_t used[device_total];
std::map<std::uintptr_t, allocation> memory;

// Which device this thread's calls go to; -1 for none.
int current_device() {
  handle now = nullptr;
  real("cuCtxGetCurrent", &now);
  for (int d = 0; d < device_total; ++d)
    if (now && contexts[d] == now) return d;
  return -1;
}

// Counts a call that succeeded.
int counted(int code, std::size_t counts::* what) {
  const std::lock_guard guard(lock);
  if (code == 0) ++(done.*what);
  return code;
}

}  // namespace
}  // namespace fake_cuda

using namespace fake_cuda;

extern "C" {

int cuInit(unsigned flags) {
  if (const int code = begin("cuInit")) return code;
  return real("cuInit", flags);
}
int cuDriverGetVersion(int* version) {
  if (const char* given = getenv("FAKE_CUDA_VERSION")) return *version = atoi(given), 0;
  return real("cuDriverGetVersion", version);
}
int cuGetErrorName(int code, const char** name) { return real("cuGetErrorName", code, name); }
int cuGetErrorString(int code, const char** text) {
  if (code == 999) return *text = "a failure of the fake driver", 0;
  return real("cuGetErrorString", code, text);
}
int cuDeviceGetCount(int* count) {
  const char* given = getenv("FAKE_CUDA_DEVICES");
  *count = given ? atoi(given) : real_devices() > 0 ? device_total : 0;
  return begin("cuDeviceGetCount");
}
int cuDeviceGetName(char* name, int length, int device) {
  char own[256] = "";
  const int code = real("cuDeviceGetName", own, int(sizeof own), real_device(device));
  std::fprintf(stderr, "watched_cuda: device %d is %s\n", device, own);
  std::snprintf(name, size_t(length), "%s, watched %d", own, device);
  return code;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  return real("cuDeviceGetAttribute", value, attribute, real_device(device));
}
int cuDevicePrimaryCtxRetain(handle* context, int device) {
  const std::lock_guard guard(lock);
  if (const int code = begin("cuDevicePrimaryCtxRetain")) return code;
  handle& own = contexts[device];
  int code = 0;
  if (!own && device < real_devices()) {
    code = real("cuDevicePrimaryCtxRetain", &own, device);
  } else if (!own) {
    code = real("cuCtxCreate_v2", &own, 0u, real_device(device));
    handle top = nullptr;
    if (code == 0) code = real("cuCtxPopCurrent_v2", &top);
  }
  *context = own;
  return code;
}
int cuCtxPushCurrent_v2(handle context) { return real("cuCtxPushCurrent_v2", context); }
int cuCtxPopCurrent_v2(handle* context) { return real("cuCtxPopCurrent_v2", context); }
int cuCtxSynchronize() {
  const int code = real("cuCtxSynchronize");
  const int own = begin("cuCtxSynchronize");
  return own ? own : code;
}

int cuMemGetInfo_v2(size_t* left, size_t* total) {
  const std::lock_guard guard(lock);
  const int device = current_device();
  if (device < 0) return invalid_context;
  *total = memory_of_a_device;
  *left = memory_of_a_device - used[device];
  return begin("cuMemGetInfo");
}
int cuMemAlloc_v2(std::uintptr_t* address, size_t bytes) {
  const std::lock_guard guard(lock);
  const int device = current_device();
  if (device < 0) return invalid_context;
  if (const int code = begin("cuMemAlloc")) return code;
  if (used[device] + bytes > memory_of_a_device) return out_of_memory;
  const int code = real("cuMemAlloc_v2", address, bytes);
  if (code) return code;
  used[device] += bytes;
  memory[*address] = {device, bytes};
  ++done.allocations;
  ++done.live;
  real("cuMemsetD8_v2", *address, static_cast<unsigned char>(0xa5), bytes);
  return real("cuCtxSynchronize");
}
int cuMemFree_v2(std::uintptr_t address) {
  const std::lock_guard guard(lock);
  const auto found = memory.find(address);
  if (found == memory.end() || found->second.device != current_device()) return invalid_value;
  if (const int code = real("cuMemFree_v2", address)) return code;
  used[found->second.device] -= found->second.bytes;
  memory.erase(found);
  ++done.releases;
  --done.live;
  return begin("cuMemFree");
}
int cuMemHostAlloc(void** to, size_t bytes, unsigned flags) {
  if (const int code = begin("cuMemHostAlloc")) return code;
  return counted(real("cuMemHostAlloc", to, bytes, flags), &counts::pinned);
}
int cuMemFreeHost(void* memory_of_host) {
  const int code = real("cuMemFreeHost", memory_of_host);
  const std::lock_guard guard(lock);
  if (code == 0) --done.pinned;
  const int own = begin("cuMemFreeHost");
  return own ? own : code;
}

int cuMemcpyHtoD_v2(std::uintptr_t to, const void* from, size_t bytes) {
  if (const int code = begin("cuMemcpyHtoD")) return code;
  return counted(real("cuMemcpyHtoD_v2", to, from, bytes), &counts::copies);
}
int cuMemcpyDtoH_v2(void* to, std::uintptr_t from, size_t bytes) {
  if (const int code = begin("cuMemcpyDtoH")) return code;
  return counted(real("cuMemcpyDtoH_v2", to, from, bytes), &counts::copies);
}
int cuMemcpyHtoDAsync_v2(std::uintptr_t to, const void* from, size_t bytes, handle s) {
  if (const int code = begin("cuMemcpyHtoDAsync")) return code;
  return counted(real("cuMemcpyHtoDAsync_v2", to, from, bytes, s), &counts::copies);
}
int cuMemcpyDtoHAsync_v2(void* to, std::uintptr_t from, size_t bytes, handle s) {
  if (const int code = begin("cuMemcpyDtoHAsync")) return code;
  return counted(real("cuMemcpyDtoHAsync_v2", to, from, bytes, s), &counts::copies);
}
int cuMemcpyDtoDAsync_v2(std::uintptr_t to, std::uintptr_t from, size_t bytes, handle s) {
  if (const int code = begin("cuMemcpyDtoDAsync")) return code;
  return counted(real("cuMemcpyDtoDAsync_v2", to, from, bytes, s), &counts::copies);
}
int cuMemcpyPeerAsync(std::uintptr_t to, handle to_context, std::uintptr_t from,
                      handle from_context, size_t bytes, handle s) {
  if (const int code = begin("cuMemcpyPeerAsync")) return code;
  return counted(real("cuMemcpyPeerAsync", to, to_context, from, from_context, bytes, s),
                 &counts::copies);
}

int cuStreamCreate(handle* s, unsigned flags) {
  const int code = begin("cuStreamCreate");
  return code ? code : real("cuStreamCreate", s, flags);
}
int cuStreamSynchronize(handle s) {
  const int code = real("cuStreamSynchronize", s), own = begin("cuStreamSynchronize");
  return own ? own : code;
}
int cuStreamQuery(handle s) {
  const int code = begin("cuStreamQuery");
  return code ? code : real("cuStreamQuery", s);
}
int cuStreamWaitEvent(handle s, handle e, unsigned flags) {
  const int code = begin("cuStreamWaitEvent");
  return code ? code : real("cuStreamWaitEvent", s, e, flags);
}
int cuEventCreate(handle* e, unsigned flags) {
  const int code = begin("cuEventCreate");
  return code ? code : real("cuEventCreate", e, flags);
}
int cuEventDestroy_v2(handle e) { return real("cuEventDestroy_v2", e); }
int cuEventRecord(handle e, handle s) {
  const int code = begin("cuEventRecord");
  return code ? code : real("cuEventRecord", e, s);
}
int cuEventQuery(handle e) {
  const int code = begin("cuEventQuery");
  return code ? code : real("cuEventQuery", e);
}
int cuEventSynchronize(handle e) {
  const int code = real("cuEventSynchronize", e), own = begin("cuEventSynchronize");
  return own ? own : code;
}
int cuEventElapsedTime(float* milliseconds, handle from, handle to) {
  const int code = begin("cuEventElapsedTime");
  return code ? code : real("cuEventElapsedTime", milliseconds, from, to);
}

int cuModuleLoadData(handle* module, const void* image) {
  const int code = begin("cuModuleLoadData");
  return code ? code : real("cuModuleLoadData", module, image);
}
int cuModuleGetFunction(handle* function, handle module, const char* name) {
  const int code = begin("cuModuleGetFunction");
  return code ? code : real("cuModuleGetFunction", function, module, name);
}
int cuLaunchKernel(handle function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, handle s, void** list, void** extra) {
  if (const int code = begin("cuLaunchKernel")) return code;
  {
    const std::lock_guard guard(lock);
    ++done.launches;
    const unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
    std::memcpy(done.grid, grid, sizeof grid);
    std::memcpy(done.block, block, sizeof block);
    if (kernels_are_free) return 0;
  }
  return real("cuLaunchKernel", function, gx, gy, gz, bx, by, bz, shared, s, list, extra);
}

}  // extern "C"
