// weft/cuda/queue.hpp: the order of work. A queue is a stream of the driver. Each block of device
// memory knows which queues last wrote and read it, so that work on another queue waits for that
// and no other, whichever stream a tensor is used on, and freed memory waits before it is used
// again.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "weft/cuda/driver.hpp"

namespace weft::gpu {

/// A stream of the driver. Queues stay until the process ends: blocks of memory refer to them.
struct queue {
  device where;
  int number;                                     // among all queues
  stream_handle handle;                           // null: the driver's default stream
  event_handle mark = nullptr;                    // stands behind the first `marked` pieces of work
  std::uint64_t begun = 0, marked = 0, done = 0;  // pieces of work; `done` are known to be
  std::vector<std::uint64_t> waits_for = {};      // by number: what this queue waits for of others
  // Expressions of the kernels that nobody has waited for yet, in a ring: number k % its size.
  std::array<std::atomic<const std::string*>, 8> kernels = {};
  std::atomic<unsigned> kernel_count = 0;
  queue* older = nullptr;
};

/// A piece of work on a queue.
struct use {
  queue* on = nullptr;
  std::uint64_t piece = 0;
};
/// What a block of memory was last used for.
struct uses {
  use write;
  std::vector<use> reads;  // since then, one for each queue
};

/// Guards the queues' numbers, all uses, and the memory of all devices.
std::mutex& order();

/// The default queue of a device. It is made with the device's first use.
queue& default_queue(device d);
/// The queue that this thread's work on d goes to: that of the innermost with_stream, or the
/// default one.
queue& current_queue(device d);
/// A queue that nobody else has, for a `stream`; return_queue() gives it to the next one.
queue& take_queue(device d);
void return_queue(queue& q) noexcept;

/// Whether any work has gone to more than one queue, so that uses have to be known.
bool uses_are_known();

// Under order():

/// Uses of all blocks become known from now on; what was begun counts as a use of all.
void know_uses();
/// Work that q begins from now on waits until `u` is done.
void wait_for(queue& q, const use& u);
void wait_for(queue& q, const uses& all);
/// Whether `u` is done, or on q itself. Does not wait.
bool is_over(const use& u, const queue& q);
bool is_over(const uses& all, const queue& q);
/// Waits until they are done, whatever comes of it.
void finish(const uses& all) noexcept;

/// One piece of work on q that reads and writes memory: made before it is begun, which orders it
/// after the uses of that memory by others, and ended when it was.
class work {
 public:
  explicit work(queue& q) : queue_(q), guard_(order()) {}
  /// Memory of device `where` at an address, which need not be weft's.
  void reads(device where, const void* data) { touches(where, data, false); }
  void writes(device where, const void* data) { touches(where, data, true); }
  /// Everything has been named: others may order their work meanwhile.
  void ordered() { guard_.unlock(); }
  /// The work was begun. Memory is named once more, as before.
  template <class F>
  void begun(F name_memory) {
    guard_.lock();
    ++queue_.begun;
    is_begun_ = true;
    name_memory();
    guard_.unlock();
  }

 private:
  void touches(device where, const void* data, bool writes);

  queue& queue_;
  std::unique_lock<std::mutex> guard_;
  bool is_begun_ = false;
};

/// Waits for all that has been begun on q. Throws cuda_error for what failed.
void synchronize(queue& q, const char* what);
/// Likewise of a whole device.
void synchronize_all(device d);

/// One more kernel is under way on q. Under order().
void note_kernel(queue& q, const std::string& expression);
/// `; the kernel was y = a + b`, for the message of a failure that shows later: what was begun on d
/// since somebody last waited for it, the last one first.
std::string kernels_under_way(device d);

}  // namespace weft::gpu
