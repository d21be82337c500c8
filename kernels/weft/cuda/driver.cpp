// weft/cuda/driver.cpp: finds libcuda, initialises it once, keeps each device's primary context.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/driver.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "weft/cuda.hpp"
#include "weft/cuda/queue.hpp"
#include "weft/error.hpp"

namespace weft::gpu {
namespace {

// What libcuda calls the members of `driver`, in their order.
constexpr const char* names[] = {"cuInit",
                                 "cuDriverGetVersion",
                                 "cuGetErrorName",
                                 "cuGetErrorString",
                                 "cuDeviceGetCount",
                                 "cuDeviceGet",
                                 "cuDeviceGetName",
                                 "cuDeviceTotalMem_v2",
                                 "cuDeviceGetAttribute",
                                 "cuDevicePrimaryCtxRetain",
                                 "cuCtxPushCurrent_v2",
                                 "cuCtxPopCurrent_v2",
                                 "cuCtxSynchronize",
                                 "cuMemGetInfo_v2",
                                 "cuMemAlloc_v2",
                                 "cuMemFree_v2",
                                 "cuMemHostAlloc",
                                 "cuMemFreeHost",
                                 "cuMemcpyHtoD_v2",
                                 "cuMemcpyDtoH_v2",
                                 "cuMemcpyHtoDAsync_v2",
                                 "cuMemcpyDtoHAsync_v2",
                                 "cuMemcpyDtoDAsync_v2",
                                 "cuMemcpyPeerAsync",
                                 "cuStreamCreate",
                                 "cuStreamSynchronize",
                                 "cuStreamQuery",
                                 "cuStreamWaitEvent",
                                 "cuEventCreate",
                                 "cuEventDestroy_v2",
                                 "cuEventRecord",
                                 "cuEventQuery",
                                 "cuEventSynchronize",
                                 "cuEventElapsedTime",
                                 "cuModuleLoadData",
                                 "cuModuleGetFunction",
                                 "cuLaunchKernel"};
static_assert(sizeof(driver) == sizeof names);

std::string text_of(const driver& d, status s) {
  const char *name = nullptr, *text = nullptr;
  d.error_name(s, &name);
  d.error_text(s, &text);
  return std::string(name ? name : "an unknown error") + " (" + std::to_string(s) + ")" +
         (text ? std::string(", ") + text : "");
}

// What one can do, by the numbers of NVIDIA's CUresult.
std::string remedy(status s, device d) {
  // The errors of running kernels, after which the driver refuses all calls.
  if (s >= 700 && s < 720)
    return kernels_under_way(d) +
           "; what is on the device is lost for this process: start it again, under "
           "compute-sanitizer to find the cause";
  if (s == 4) return "; the process is ending: use devices before main() returns";
  if (s == 200 || s == 209 || s == 218 || (s >= 220 && s <= 223) || s == 300)
    return "; the driver and NVRTC do not fit: install a newer driver, or name an older libnvrtc "
           "in WEFT_NVRTC";
  if (s == 802 || s == 803)
    return "; the driver was updated while it ran: load its new kernel module, or restart";
  return "; if it comes again, nvidia-smi and the system's log say what became of the device";
}

// Whether the driver was started by this process's parent. Its threads and its connection to the
// devices stayed there, and every call would answer CUDA_ERROR_NOT_INITIALIZED or wait for ever.
std::atomic<bool> is_forked = false;
const std::string& forked_problem() {
  static const std::string& text = *new std::string(
      "this process was made by fork() after its parent had begun to use CUDA, which they cannot "
      "share; use it in one of them only, or start the other with exec()");
  return text;
}

// Everything that is found out once in a process.
struct runtime {
  driver functions{};
  std::string problem;
  std::vector<device_state> devices;

  runtime() {
    problem = load();
    if (problem.empty()) problem = list_devices();
    if (!problem.empty()) devices.clear();
    if (problem.empty()) pthread_atfork(nullptr, nullptr, [] { is_forked = true; });
  }

  std::string load() {
    const char* given = std::getenv("WEFT_LIBCUDA");
    std::string why;
    void* const library = open_library(given && *given ? given : "libcuda.so.1", why);
    if (!library) return "no CUDA driver was found (" + why + ")";
    auto* to = reinterpret_cast<char*>(&functions);
    for (const char* name : names) {
      if (!find_function(library, name, to))
        return "the CUDA driver is too old: it has no " + std::string(name);
      to += sizeof(void*);
    }
    if (const status s = functions.init(0); s != success)
      return "the CUDA driver does not start: " + text_of(functions, s);
    return "";
  }

  std::string list_devices() {
    int count = 0;
    if (const status s = functions.device_count(&count); s != success)
      return "the CUDA driver does not list its devices: " + text_of(functions, s);
    if (count == 0) return "there is no CUDA device";
    for (int k = 0; k < count; ++k) {
      device_state d{};
      char name[256] = "";
      status s = functions.device_get(&d.number, k);
      if (s == success) s = functions.device_name(name, int(sizeof name) - 1, d.number);
      if (s == success) s = functions.device_memory(&d.bytes, d.number);
      const auto ask = [&](attribute a, int& value) {
        if (s == success) s = functions.device_attribute(&value, a, d.number);
      };
      ask(attribute::major, d.major);
      ask(attribute::minor, d.minor);
      ask(attribute::multiprocessors, d.multiprocessors);
      if (s == success) s = functions.retain_context(&d.context, d.number);
      if (s != success)
        return "CUDA device " + std::to_string(k) + " does not answer: " + text_of(functions, s);
      d.name = name;
      devices.push_back(d);
    }
    return "";
  }
};

// Never destroyed: tensors with static lifetime may be freed after everything else.
const runtime& the_runtime() {
  static const runtime& only = *new runtime;
  return only;
}

}  // namespace

void* open_library(const std::string& names_in_lines, std::string& problem) {
  std::size_t begin = 0;
  while (begin < names_in_lines.size()) {
    const std::size_t end = std::min(names_in_lines.find('\n', begin), names_in_lines.size());
    const std::string name = names_in_lines.substr(begin, end - begin);
    if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    const char* words = dlerror();
    problem += (problem.empty() ? "" : "; ") + (words ? std::string(words) : name);
    begin = end + 1;
  }
  return nullptr;
}

bool find_function(void* library, const char* name, void* to) {
  void* const found = dlsym(library, name);
  std::memcpy(to, &found, sizeof found);
  return found != nullptr;
}

const driver& the_driver() {
  const runtime& r = the_runtime();
  if (const std::string& problem = driver_problem(); !problem.empty())
    throw device_error("cuda: " + problem + "; use weft::cpu");
  return r.functions;
}
const std::string& driver_problem() {
  return is_forked.load(std::memory_order_relaxed) ? forked_problem() : the_runtime().problem;
}
const driver* driver_or_null() noexcept {
  return driver_problem().empty() ? &the_runtime().functions : nullptr;
}
int device_count() { return int(the_runtime().devices.size()); }

const device_state& state_of(device d) {
  const runtime& r = the_runtime();
  if (d.index < 0 || d.index >= int(r.devices.size())) devices::require("cuda", d);
  return r.devices[std::size_t(d.index)];
}

on_device::on_device(device d) {
  const status s = the_driver().push_context(state_of(d).context);
  if (s != success) check(s, "selecting the device", d);
}
on_device::~on_device() {
  context_handle before = nullptr;
  the_driver().pop_context(&before);
}

void check(status s, const std::string& what, device d) {
  if (s == success) return;
  const driver& functions = the_driver();
  const std::string words = to_string(d) + ": " + what + " failed: " + text_of(functions, s);
  if (s == out_of_memory)
    throw memory_error(words +
                       "; free tensors that are no longer used, or call "
                       "weft::empty_memory_cache(cuda(" +
                       std::to_string(d.index) + "))");
  const char* name = nullptr;
  functions.error_name(s, &name);
  throw cuda_error(words + remedy(s, d), s, name ? name : "");
}

}  // namespace weft::gpu
