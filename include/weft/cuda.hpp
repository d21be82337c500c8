// weft/cuda.hpp: CUDA devices: which there are, their memory, waiting for them, and the kernels
// that trees become. Nothing here needs CUDA to be installed; where it is missing, calls say so.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "weft/cuda_stream.hpp"
#include "weft/device.hpp"
#include "weft/error.hpp"
#include "weft/eval.hpp"

namespace weft {

/// What CUDA's driver or compiler reports. The message has the device, what was being done and
/// what to do next.
class cuda_error : public error {
 public:
  cuda_error(const std::string& message, int code, std::string name)
      : error(message), code_(code), name_(std::move(name)) {}
  /// The driver's number (CUresult) or NVRTC's (nvrtcResult).
  int code() const { return code_; }
  /// Its name, such as CUDA_ERROR_ILLEGAL_ADDRESS.
  const std::string& name() const { return name_; }

 private:
  int code_;
  std::string name_;
};

/// How many CUDA devices there are; 0 where cuda_is_available() is false.
int cuda_device_count();

/// What a device is.
struct cuda_properties {
  std::string name;
  std::size_t memory = 0;    ///< bytes
  int major = 0, minor = 0;  ///< compute capability
  int multiprocessors = 0;
};
/// Throws device_error for a device that is not there.
cuda_properties properties_of(device d);

/// Waits until everything that was begun on `d` is done. Throws cuda_error for a kernel that
/// failed since the last call that waited, with its expression. Returns at once for the host.
void synchronize(device d = cuda(0));

/// A device's memory, in bytes.
struct cuda_memory {
  std::size_t in_use = 0;       ///< held by tensors
  std::size_t kept = 0;         ///< freed, and kept for the next tensor of about that size
  std::size_t most = 0;         ///< the most that was ever held and kept
  std::size_t allocations = 0;  ///< how often the driver was asked for memory
  std::size_t pinned = 0;       ///< of the host, for copies between it and the device
};
cuda_memory memory_of(device d);
/// Gives what is kept back to the driver, the host's pinned memory for copies too.
void empty_memory_cache(device d);
/// Keeps at most `bytes` on d from now on; all there is, unless it is set.
void set_memory_cache(std::size_t bytes, device d);

/// How kernels were found, since the process began.
struct cuda_kernels {
  std::size_t launched = 0;   ///< evaluations that ran one
  std::size_t printed = 0;    ///< trees and layouts that were new
  std::size_t from_disk = 0;  ///< of those, how many an earlier process had compiled
  std::size_t compiled = 0;   ///< and how many NVRTC compiled
};
cuda_kernels cuda_kernel_counts();

/// Whether kernels are compiled with NVRTC's --use_fast_math: approximate functions and divisions,
/// no denormals in float. Off, unless the environment has WEFT_CUDA_FAST_MATH=1 or it is set; it
/// counts when a tree is evaluated. Kernels of both kinds are kept.
void set_cuda_fast_math(bool on);
/// What counts on this host thread now.
bool cuda_fast_math();
/// While it lives, this host thread evaluates with fast math, or without. They nest.
class with_cuda_fast_math {
 public:
  explicit with_cuda_fast_math(bool on = true);
  ~with_cuda_fast_math();
  with_cuda_fast_math(const with_cuda_fast_math&) = delete;
  with_cuda_fast_math& operator=(const with_cuda_fast_math&) = delete;

 private:
  signed char before_;
};

/// The source of the kernel that evaluates `j` on a CUDA device.
std::string cuda_source(const job& j);

/// The CUDA kernel that evaluating e into a new tensor would run. Neither a device nor an NVRTC is
/// needed: host operands are taken for device ones. Throws device_error for what only the host
/// can compute.
template <class E>
  requires Operands<E>
std::string cuda_source(const E& e) {
  return evaluation::with_new_target([](const job& j) { return cuda_source(j); }, e);
}
/// The same of evaluating into given targets.
template <class... T, class... E>
std::string cuda_source(const assignment<T, E>&... a) {
  return evaluation::with_job([](const job& j) { return cuda_source(j); }, a...);
}

namespace gpu {
struct compilations;
}

/// Kernels that prepare() has begun to compile. It may be dropped: they are compiled all the same.
class prepared {
 public:
  prepared();
  bool is_done() const;
  /// Waits until all are compiled. Throws the cuda_error of the first that was not.
  void wait() const;
  /// Begins with the kernels of one more job.
  void add(const job& j);

 private:
  std::shared_ptr<gpu::compilations> all_;
};

/// Begins to compile the kernels that evaluating each of these trees into a new tensor would run,
/// and returns; several are compiled at once, on threads of their own. An evaluation waits for its
/// kernel while that is being compiled. `prepare(a * b, sin(c)).wait()` waits here. A tree on the
/// host needs nothing. Throws device_error for what a device does not compute.
template <class... E>
  requires(sizeof...(E) > 0 && (Operands<E> && ...))
prepared prepare(const E&... e) {
  prepared begun;
  (evaluation::with_new_target([&](const job& j) { begun.add(j); }, e), ...);
  return begun;
}
/// The same of the one evaluation into given targets: `prepare(assign(y, e))`.
template <class... T, class... E>
prepared prepare(const assignment<T, E>&... a) {
  prepared begun;
  evaluation::with_job([&](const job& j) { begun.add(j); }, a...);
  return begun;
}

}  // namespace weft
