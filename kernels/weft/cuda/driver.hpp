// weft/cuda/driver.hpp: the few functions of CUDA's driver that weft calls, found at run time in
// libcuda.so.1, so that a program built with weft also starts where there is no CUDA. The
// declarations follow NVIDIA's driver API reference; no header of the toolkit is needed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "weft/device.hpp"

namespace weft::gpu {

using status = int;  // CUresult
inline constexpr status success = 0, out_of_memory = 2, not_ready = 600;
using address = std::uint64_t;  // CUdeviceptr
using module_handle = struct module_of_kernels*;
using function_handle = struct one_kernel*;
using context_handle = struct one_context*;
using stream_handle = struct one_stream*;
using event_handle = struct one_event*;

/// CUdevice_attribute.
enum class attribute : int {
  multiprocessors = 16,
  major = 75,
  minor = 76,
};

/// Members are the functions that the strings in driver.cpp name.
struct driver {
  status (*init)(unsigned);
  status (*driver_version)(int*);
  status (*error_name)(status, const char**);
  status (*error_text)(status, const char**);
  status (*device_count)(int*);
  status (*device_get)(int*, int);
  status (*device_name)(char*, int, int);
  status (*device_memory)(std::size_t*, int);
  status (*device_attribute)(int*, attribute, int);
  status (*retain_context)(context_handle*, int);
  status (*push_context)(context_handle);
  status (*pop_context)(context_handle*);
  status (*synchronize)();
  status (*memory_info)(std::size_t* free, std::size_t* total);
  status (*allocate)(address*, std::size_t);
  status (*release)(address);
  status (*allocate_pinned)(void**, std::size_t, unsigned);
  status (*release_pinned)(void*);
  status (*copy_to_device)(address, const void*, std::size_t);
  status (*copy_to_host)(void*, address, std::size_t);
  status (*begin_copy_to_device)(address, const void*, std::size_t, stream_handle);
  status (*begin_copy_to_host)(void*, address, std::size_t, stream_handle);
  status (*begin_copy_on_device)(address, address, std::size_t, stream_handle);
  status (*begin_copy_between)(address, context_handle, address, context_handle, std::size_t,
                               stream_handle);
  status (*make_stream)(stream_handle*, unsigned);
  status (*synchronize_stream)(stream_handle);
  status (*query_stream)(stream_handle);
  status (*stream_wait)(stream_handle, event_handle, unsigned);
  status (*make_event)(event_handle*, unsigned);
  status (*free_event)(event_handle);
  status (*record_event)(event_handle, stream_handle);
  status (*query_event)(event_handle);
  status (*synchronize_event)(event_handle);
  status (*elapsed)(float* milliseconds, event_handle, event_handle);
  status (*load_module)(module_handle*, const void*);
  status (*get_function)(function_handle*, module_handle, const char*);
  status (*launch)(function_handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   unsigned, stream_handle, void**, void**);
};

/// One device and its primary context.
struct device_state {
  int number;  // as the driver counts
  context_handle context;
  std::string name;
  std::size_t bytes;
  int major, minor;  // compute capability
  int multiprocessors;
};

/// The driver, initialised. Throws device_error with the reason when there is none.
const driver& the_driver();
/// Why the_driver() throws; empty when it does not.
const std::string& driver_problem();
/// The same driver for destructors: null when the_driver() throws.
const driver* driver_or_null() noexcept;
int device_count();
/// Throws device_error for a device that is not there.
const device_state& state_of(device d);

/// While it lives, the calling thread's driver calls go to device d.
class on_device {
 public:
  explicit on_device(device d);
  ~on_device();
  on_device(const on_device&) = delete;
  on_device& operator=(const on_device&) = delete;
};

/// Throws cuda_error, or memory_error for want of memory, unless `s` is success: what was done, on
/// which device, the driver's code, name and words, and what one can do.
void check(status s, const std::string& what, device d);

/// dlopen(name), or the first of a list separated by newlines that can be opened; null and the
/// loader's words otherwise.
void* open_library(const std::string& names, std::string& problem);
/// The function `name` of a library, into `to`; false when it is missing.
bool find_function(void* library, const char* name, void* to);

}  // namespace weft::gpu
