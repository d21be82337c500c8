// tests/fake_cuda/driver.cpp: a libcuda that runs kernels on the host. Device memory stands before
// a page that nobody may touch, is out of the host's and the other device's reach, and stays so
// after it was freed: whoever reads or writes where it should not is caught.
// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "fake.hpp"

namespace {

constexpr int invalid_value = 1, out_of_memory = 2, invalid_context = 201, not_found = 500;
constexpr int illegal_address = 700;
constexpr std::size_t memory_of_a_device = std::size_t(256) << 20;
constexpr int device_total = 2;

struct context {
  int device;
  std::size_t used = 0;
};
context contexts[device_total] = {{0}, {1}};
thread_local context* stack[16];
thread_local int depth = 0;
context* current() { return depth > 0 ? stack[depth - 1] : nullptr; }

struct allocation {
  char* pages;
  std::size_t page_bytes, bytes;
  int device;
};

std::recursive_mutex lock;  // one call at a time, so one kernel at a time
std::map<std::uintptr_t, allocation> memory;
fake_cuda::counts done{};
std::map<std::string, std::pair<int, int>> faults;  // after how many calls, which code
int sticky = 0;
bool kernels_are_free = false;

// The answer that a call begins with: an injected one, or 0.
int begin(const char* function) {
  if (sticky) return sticky;
  if (faults.empty()) return 0;
  const auto f = faults.find(function);
  if (f == faults.end() || f->second.first-- > 0) return 0;
  const int code = f->second.second;
  faults.erase(f);
  if (code >= 700 && code < 720) sticky = code;
  return code;
}

// While it lives, the memory of one device can be reached, or only the allocation around `only`.
class open_memory {
 public:
  explicit open_memory(int device, std::uintptr_t only = 0) : device_(device), only_(only) {
    protect(PROT_READ | PROT_WRITE);
  }
  ~open_memory() { protect(PROT_NONE); }

 private:
  void protect(int how) {
    if (only_ != 0) {
      const allocation& a = std::prev(memory.upper_bound(only_))->second;
      mprotect(a.pages, a.page_bytes, how);
      return;
    }
    for (auto& [address, a] : memory)
      if (a.device == device_) mprotect(a.pages, a.page_bytes, how);
  }
  int device_;
  std::uintptr_t only_;
};

// Whether [address, address + bytes) is inside one allocation of a device.
bool is_inside(std::uintptr_t address, std::size_t bytes, int device) {
  auto after = memory.upper_bound(address);
  if (after == memory.begin()) return false;
  const auto& [begin, a] = *--after;
  return a.device == device && address + bytes <= begin + a.bytes;
}

using run_function = void (*)(const unsigned*, const unsigned*, void**);

sigjmp_buf after_fault;
void on_fault(int) { siglongjmp(after_fault, 1); }

}  // namespace

extern "C" {

const fake_cuda::counts* fake_cuda_counts() { return &done; }
void fake_cuda_fail(const char* function, int after, int code) { faults[function] = {after, code}; }
void fake_cuda_reset() {
  faults.clear();
  sticky = 0;
}
void fake_cuda_launch_for_free(bool on) { kernels_are_free = on; }

int cuInit(unsigned) { return begin("cuInit"); }
int cuDriverGetVersion(int* version) {
  *version = 13000;
  return 0;
}
int cuGetErrorName(int code, const char** name) {
  *name = code == out_of_memory     ? "CUDA_ERROR_OUT_OF_MEMORY"
          : code == illegal_address ? "CUDA_ERROR_ILLEGAL_ADDRESS"
          : code == invalid_value   ? "CUDA_ERROR_INVALID_VALUE"
          : code == 999             ? "CUDA_ERROR_UNKNOWN"
          : code == 719             ? "CUDA_ERROR_LAUNCH_FAILED"
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
int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return 0;
}
int cuDeviceGetName(char* name, int length, int device) {
  strncpy(name, device == 0 ? "Fake 0" : "Fake 1", size_t(length));
  return 0;
}
int cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = memory_of_a_device;
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 16 ? 4 : attribute == 75 ? 9 : 0;  // 4 multiprocessors, sm_90
  return 0;
}
int cuDevicePrimaryCtxRetain(context** c, int device) {
  *c = &contexts[device];
  return 0;
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
  return current() ? begin("cuCtxSynchronize") : invalid_context;
}
int cuMemGetInfo_v2(size_t* left, size_t* total) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  *total = memory_of_a_device;
  *left = memory_of_a_device - current()->used;
  return begin("cuMemGetInfo");
}

int cuMemAlloc_v2(std::uintptr_t* address, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuMemAlloc")) return code;
  if (bytes == 0) return invalid_value;
  if (current()->used + bytes > memory_of_a_device) return out_of_memory;
  const auto page = size_t(sysconf(_SC_PAGESIZE));
  const size_t page_bytes = (bytes + page - 1) / page * page;
  void* pages = mmap(nullptr, page_bytes + page, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return out_of_memory;
  // The end is as near to the last page as 16-byte loads allow.
  *address = reinterpret_cast<std::uintptr_t>(pages) + (page_bytes - bytes) / 16 * 16;
  memory[*address] = {static_cast<char*>(pages), page_bytes, bytes, current()->device};
  current()->used += bytes;
  ++done.allocations;
  ++done.live;
  const open_memory open(current()->device, *address);
  std::memset(pages, 0xa5, page_bytes);  // nobody may count on zeros
  return 0;
}
int cuMemFree_v2(std::uintptr_t address) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  const auto found = memory.find(address);
  if (found == memory.end() || found->second.device != current()->device) return invalid_value;
  current()->used -= found->second.bytes;
  // The addresses stay taken, the pages go.
  madvise(found->second.pages, found->second.page_bytes, MADV_DONTNEED);
  memory.erase(found);
  ++done.releases;
  --done.live;
  return begin("cuMemFree");
}

// Copies between addresses of which the ones on a device are inside of its memory.
static int copy(const char* function, std::uintptr_t to, const context* to_device,
                std::uintptr_t from, const context* from_device, size_t bytes) {
  if (const int code = begin(function)) return code;
  if (to_device && !is_inside(to, bytes, to_device->device)) return invalid_value;
  if (from_device && !is_inside(from, bytes, from_device->device)) return invalid_value;
  std::string between(bytes, '\0');
  const auto move = [&](const context* c, std::uintptr_t at, auto action) {
    if (!c) return action();
    const open_memory open(c->device, at);
    action();
  };
  move(from_device, from,
       [&] { std::memcpy(between.data(), reinterpret_cast<void*>(from), bytes); });
  move(to_device, to, [&] { std::memcpy(reinterpret_cast<void*>(to), between.data(), bytes); });
  ++done.copies;
  return 0;
}
int cuMemcpyHtoD_v2(std::uintptr_t to, const void* from, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  return copy("cuMemcpyHtoD", to, current(), reinterpret_cast<std::uintptr_t>(from), nullptr,
              bytes);
}
int cuMemcpyDtoH_v2(void* to, std::uintptr_t from, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  return copy("cuMemcpyDtoH", reinterpret_cast<std::uintptr_t>(to), nullptr, from, current(),
              bytes);
}
int cuMemcpyDtoD_v2(std::uintptr_t to, std::uintptr_t from, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  return copy("cuMemcpyDtoD", to, current(), from, current(), bytes);
}
int cuMemcpyPeer(std::uintptr_t to, context* to_context, std::uintptr_t from, context* from_context,
                 size_t bytes) {
  const std::lock_guard guard(lock);
  return copy("cuMemcpyPeer", to, to_context, from, from_context, bytes);
}

// An image is the path of the library that the fake NVRTC built.
int cuModuleLoadData(void** module, const void* image) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuModuleLoadData")) return code;
  *module = dlopen(static_cast<const char*>(image), RTLD_NOW | RTLD_LOCAL);
  return *module ? 0 : 200;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
  if (const int code = begin("cuModuleGetFunction")) return code;
  *function = dlsym(module, ("fake_run_" + std::string(name)).c_str());
  return *function ? 0 : not_found;
}
int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned, void*, void** arguments, void**) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuLaunchKernel")) return code;
  if (gx == 0 || gy == 0 || gz == 0 || bx * by * bz == 0 || bx * by * bz > 1024)
    return invalid_value;
  ++done.launches;
  const unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
  std::memcpy(done.grid, grid, sizeof grid);
  std::memcpy(done.block, block, sizeof block);
  if (kernels_are_free) return 0;
  const open_memory open(current()->device);
  struct sigaction catching{}, before_segv, before_bus;
  catching.sa_handler = on_fault;
  catching.sa_flags = SA_NODEFER;
  sigaction(SIGSEGV, &catching, &before_segv);
  sigaction(SIGBUS, &catching, &before_bus);
  if (sigsetjmp(after_fault, 1) == 0)
    reinterpret_cast<run_function>(function)(grid, block, arguments);
  else
    sticky = illegal_address;  // as with CUDA, a later call says so
  sigaction(SIGSEGV, &before_segv, nullptr);
  sigaction(SIGBUS, &before_bus, nullptr);
  return 0;
}

}  // extern "C"
