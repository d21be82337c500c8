// tests/fake_cuda/driver.cpp: a libcuda that runs kernels on the host: its devices, modules and
// launches.
// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "state.hpp"

namespace fake_cuda {

namespace {

context contexts[device_total] = {{0}, {1}};
thread_local context* stack[16];
thread_local int depth = 0;

// What the fake NVRTC adds to a kernel: running it, and the bytes of each of its parameters.
using run_function = void (*)(const unsigned*, const unsigned*, void**);
using sizes_function = int (*)(const unsigned long**);
struct kernel {
  run_function run;
  sizes_function sizes;
};

// The parameters of one launch, which the driver copies when it is asked to run it.
class arguments {
 public:
  arguments(const kernel& k, void** list) {
    const unsigned long* sizes = nullptr;
    const int count = k.sizes(&sizes);
    for (int i = 0; i < count; ++i) {
      constexpr std::size_t unit = sizeof(std::max_align_t);
      auto& copy = bytes_.emplace_back((sizes[i] + unit - 1) / unit);
      std::memcpy(copy.data(), list[i], sizes[i]);
    }
  }
  std::vector<void*> list() const {
    std::vector<void*> all;
    for (const auto& b : bytes_) all.push_back(const_cast<std::max_align_t*>(b.data()));
    return all;
  }

 private:
  std::vector<std::vector<std::max_align_t>> bytes_;
};

sigjmp_buf after_fault;
void on_fault(int) { siglongjmp(after_fault, 1); }

}  // namespace

context* current() { return depth > 0 ? stack[depth - 1] : nullptr; }

void run_guarded(const std::function<void()>& work) {
  struct sigaction catching{}, before_segv, before_bus;
  catching.sa_handler = on_fault;
  catching.sa_flags = SA_NODEFER;
  sigaction(SIGSEGV, &catching, &before_segv);
  sigaction(SIGBUS, &catching, &before_bus);
  if (sigsetjmp(after_fault, 1) == 0)
    work();
  else
    sticky = illegal_address;  // as with CUDA, a later call says so
  sigaction(SIGSEGV, &before_segv, nullptr);
  sigaction(SIGBUS, &before_bus, nullptr);
}

}  // namespace fake_cuda

using namespace fake_cuda;

extern "C" {

int cuInit(unsigned) { return begin("cuInit"); }
int cuDriverGetVersion(int* version) {
  const char* given = getenv("FAKE_CUDA_VERSION");
  *version = given ? atoi(given) : 13000;
  return 0;
}
int cuGetErrorName(int code, const char** name) {
  *name = code == out_of_memory     ? "CUDA_ERROR_OUT_OF_MEMORY"
          : code == illegal_address ? "CUDA_ERROR_ILLEGAL_ADDRESS"
          : code == invalid_value   ? "CUDA_ERROR_INVALID_VALUE"
          : code == 999             ? "CUDA_ERROR_UNKNOWN"
          : code == 719             ? "CUDA_ERROR_LAUNCH_FAILED"
          : code == 400             ? "CUDA_ERROR_INVALID_HANDLE"
          : code == 600             ? "CUDA_ERROR_NOT_READY"
          : code == 100             ? "CUDA_ERROR_NO_DEVICE"
                                    : "CUDA_ERROR_OTHER";
  return 0;
}
int cuGetErrorString(int code, const char** text) {
  *text = code == out_of_memory     ? "out of memory"
          : code == illegal_address ? "an illegal memory access was encountered"
                                    : "a failure of the fake driver";
  return 0;
}
int cuDeviceGetCount(int* count) {
  const char* given = getenv("FAKE_CUDA_DEVICES");
  *count = given ? atoi(given) : device_total;
  return begin("cuDeviceGetCount");
}
int cuDeviceGetName(char* name, int length, int device) {
  strncpy(name, device == 0 ? "Fake 0" : "Fake 1", size_t(length));
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 16 ? 4 : attribute == 75 ? 9 : 0;  // 4 multiprocessors, sm_90
  return 0;
}
int cuDevicePrimaryCtxRetain(context** c, int device) {
  *c = &contexts[device];
  return begin("cuDevicePrimaryCtxRetain");
}
int cuCtxPushCurrent_v2(context* c) {
  if (depth == 16) return invalid_value;
  stack[depth++] = c;
  return 0;
}
int cuCtxPopCurrent_v2(context** c) {
  if (depth == 0) return invalid_context;
  *c = stack[--depth];
  return 0;
}
int cuCtxSynchronize() {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  run_all(current()->device);
  return begin("cuCtxSynchronize");
}
// An image is the path of the library that the fake NVRTC built.
int cuModuleLoadData(void** module, const void* image) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuModuleLoadData")) return code;
  *module = dlopen(static_cast<const char*>(image), RTLD_NOW | RTLD_LOCAL);
  return *module ? 0 : 200;
}
int cuModuleGetFunction(kernel** function, void* module, const char* name) {
  const std::lock_guard guard(lock);
  if (const int code = begin("cuModuleGetFunction")) return code;
  static auto& known = *new std::map<void*, kernel>;  // threads may ask while the process ends
  void* const run = dlsym(module, ("fake_run_" + std::string(name)).c_str());
  void* const sizes = dlsym(module, ("fake_sizes_" + std::string(name)).c_str());
  if (!run || !sizes) return not_found;
  kernel& k = known[run];
  k = {reinterpret_cast<run_function>(run), reinterpret_cast<sizes_function>(sizes)};
  *function = &k;
  return 0;
}
int cuLaunchKernel(kernel* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                   unsigned by, unsigned bz, unsigned, stream* handle, void** list, void**) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuLaunchKernel")) return code;
  if (gx == 0 || gy == 0 || gz == 0 || bx * by * bz == 0 || bx * by * bz > 1024)
    return invalid_value;
  stream* const s = stream_of(handle);
  if (!s) return invalid_handle;
  ++done.launches;
  const unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
  std::memcpy(done.grid, grid, sizeof grid);
  std::memcpy(done.block, block, sizeof block);
  if (kernels_are_free) return 0;
  s->push([=, device = current()->device, own = arguments(*function, list)] {
    const open_memory open(device);
    std::vector<void*> pointers = own.list();
    run_guarded([&] {
      const unsigned blocks[] = {gx, gy, gz}, threads[] = {bx, by, bz};
      function->run(blocks, threads, pointers.data());
    });
  });
  return 0;
}

}  // extern "C"
