// weft/cuda_stream.hpp: several orders of work on a device. What is begun on one stream runs in
// order; what is begun on two may run at once. Tensors can be used on all: work on one stream waits
// by itself for what other streams write that it reads, or read that it writes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>

#include "weft/device.hpp"

namespace weft {

namespace gpu {
struct queue;
struct marker;
queue& current_queue(device d);
}  // namespace gpu

class event;

/// A queue of work of one CUDA device. A copy is the same stream. Evaluations and copies go to it
/// while a with_stream of it lives:
///
///     weft::stream s(weft::cuda(0));
///     {
///       const weft::with_stream on(s);
///       y = a * b;                          // begun on s
///     }
///     weft::synchronize(s);
///
/// The order of views on another library's memory is known to nobody: order those with events.
class stream {
 public:
  /// A stream of its own. Throws device_error for a device that is not there, cuda_error.
  explicit stream(weft::device d = cuda(0));

  weft::device device() const;
  /// What is begun on this stream from now on runs after `e`, which may be on another device.
  void wait(const event& e) const;
  /// Whether all that was begun on it is done; does not wait. Throws cuda_error for what failed.
  bool is_done() const;
  /// The driver's CUstream (or cudaStream_t), for other libraries; null for the default stream.
  void* native() const;

  friend bool operator==(const stream&, const stream&) = default;

 private:
  friend class with_stream;
  friend class event;
  friend gpu::queue& gpu::current_queue(weft::device d);
  friend stream default_stream(weft::device d);
  friend void synchronize(const stream& s);
  explicit stream(std::shared_ptr<gpu::queue> q) : queue_(std::move(q)) {}

  std::shared_ptr<gpu::queue> queue_;
};

/// The stream on which work runs that is given no other: CUDA's default stream of the device.
stream default_stream(device d = cuda(0));
/// The stream on which this host thread's work on `d` runs now.
stream current_stream(device d = cuda(0));

/// While it lives, this host thread's evaluations and copies on the stream's device go to it. They
/// nest; each device has its own. It stays on the thread and in the block that made it.
class with_stream {
 public:
  explicit with_stream(stream s);
  ~with_stream();
  with_stream(const with_stream&) = delete;
  with_stream& operator=(const with_stream&) = delete;

 private:
  friend gpu::queue& gpu::current_queue(device d);
  friend stream current_stream(device d);
  static const with_stream* innermost(device d);

  stream stream_;
  with_stream* outer_;
};

/// Waits until everything that was begun on s is done. Throws cuda_error for a kernel that failed
/// since the last call that waited.
void synchronize(const stream& s);

/// A point in a stream, to wait for or to measure with. A copy is the same event.
class event {
 public:
  /// The point behind everything that has been begun on `s`.
  explicit event(const stream& s);
  /// The same of the stream that is current on `d`.
  explicit event(device d = cuda(0)) : event(current_stream(d)) {}

  /// Whether it has been reached; does not wait. Throws cuda_error for what failed before it.
  bool is_done() const;
  /// Waits until it has been reached. Throws cuda_error for what failed before it.
  void wait() const;

 private:
  friend class stream;
  friend double seconds_between(const event& begin, const event& end);

  std::shared_ptr<gpu::marker> marker_;
};

/// The time in seconds from one event to another of the same device, once both have been reached;
/// waits for them.
double seconds_between(const event& begin, const event& end);

}  // namespace weft
