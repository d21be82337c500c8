// tests/fake_cuda/state.hpp: what the parts of the fake driver share: the devices, whose turn it
// is, queues of work that has not been done, and faults that are to happen.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "fake.hpp"

namespace fake_cuda {

constexpr int invalid_value = 1, out_of_memory = 2, invalid_context = 201, invalid_handle = 400;
constexpr int not_found = 500, not_ready = 600, illegal_address = 700;
/// 256 MiB, or what FAKE_CUDA_MEMORY says.
extern const std::size_t memory_of_a_device;
constexpr int device_total = 2;

struct context {
  int device;
  std::size_t used = 0;
};
/// The context that this thread's calls go to; null when there is none.
context* current();

extern std::recursive_mutex lock;  // one call at a time, so one kernel at a time
extern counts done;
extern int sticky;
extern bool kernels_are_free;  // they are not run

/// The answer that a call begins with: an injected one, a sticky one, or 0.
int begin(const char* function);

/// Work in one order. It is put off for as long as the driver may: until somebody waits for it, or
/// for something that waits for it. Who does not wait finds nothing done.
struct stream {
  int device;
  std::deque<std::function<void()>> todo = {};
  std::size_t begun = 0, ended = 0;

  void push(std::function<void()> work) {
    todo.push_back(std::move(work));
    ++begun;
  }
  /// Does what was begun before number `place`; after a sticky error nothing is done any more.
  void run_until(std::size_t place);
};
/// A point in a stream.
struct moment {
  stream* on;
  std::size_t place;
  double seconds = 0;
  bool is_past() const { return on->ended >= place; }
};
struct event {
  std::shared_ptr<moment> last;
};

/// The stream that a handle names, on the current device; null for one of another device.
stream* stream_of(stream* handle);
/// Does all that a device has to do, the newest stream first.
void run_all(int device);
/// Forgets what has not been done.
void drop_all();

/// While it lives, the memory of one device can be reached, or only the allocation around `only`.
class open_memory {
 public:
  explicit open_memory(int device, std::uintptr_t only = 0);
  ~open_memory();
  open_memory(const open_memory&) = delete;
  open_memory& operator=(const open_memory&) = delete;

 private:
  void protect(int how);
  int device_;
  std::uintptr_t only_;
};

/// Calls work(), in which an access to what is out of reach makes the device's errors sticky.
void run_guarded(const std::function<void()>& work);

}  // namespace fake_cuda
