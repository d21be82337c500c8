// weft/cuda/stream.cpp: the user's streams and events.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <utility>

#include "weft/cuda.hpp"
#include "weft/cuda/queue.hpp"

namespace weft {

namespace gpu {

/// An event of the driver, which knows when it was reached.
struct marker {
  device where;
  event_handle handle = nullptr;

  explicit marker(device d) : where(d) {
    const on_device here(d);
    check(the_driver().make_event(&handle, 0), "making an event", d);
  }
  ~marker() {
    if (const driver* d = driver_or_null()) d->free_event(handle);
  }
  marker(const marker&) = delete;
  marker& operator=(const marker&) = delete;
};

queue& current_queue(device d) {
  const with_stream* const given = with_stream::innermost(d);
  return given ? *given->stream_.queue_ : default_queue(d);
}

}  // namespace gpu

namespace {

// A list through the objects themselves: it costs nothing where there is none.
thread_local with_stream* innermost_of_all = nullptr;

void require_cuda(const char* function, device d) {
  devices::require(function, d);
  if (d.where != device::type::cuda)
    throw device_error(std::string(function) + ": " + to_string(d) +
                       " has no streams; use a device such as weft::cuda(0)");
}

}  // namespace

stream::stream(weft::device d) {
  require_cuda("stream", d);
  gpu::queue& own = gpu::take_queue(d);
  queue_ = std::shared_ptr<gpu::queue>(&own, [](gpu::queue* q) { gpu::return_queue(*q); });
}

device stream::device() const { return queue_->where; }
void* stream::native() const { return queue_->handle; }

void stream::wait(const event& e) const {
  const gpu::on_device here(device());
  gpu::check(gpu::the_driver().stream_wait(queue_->handle, e.marker_->handle, 0),
             "waiting for an event", device());
}

bool stream::is_done() const {
  const gpu::on_device here(device());
  const gpu::status s = gpu::the_driver().query_stream(queue_->handle);
  if (s == gpu::not_ready) return false;
  gpu::check(s, "asking whether a stream is done", device());
  return true;
}

stream default_stream(device d) {
  require_cuda("default_stream", d);
  return stream(std::shared_ptr<gpu::queue>(std::shared_ptr<void>(), &gpu::default_queue(d)));
}

stream current_stream(device d) {
  const with_stream* const given = with_stream::innermost(d);
  return given ? given->stream_ : default_stream(d);
}

with_stream::with_stream(stream s) : stream_(std::move(s)), outer_(innermost_of_all) {
  innermost_of_all = this;
}
with_stream::~with_stream() {
  with_stream** at = &innermost_of_all;
  while (*at && *at != this) at = &(*at)->outer_;
  if (*at) *at = outer_;
}
const with_stream* with_stream::innermost(weft::device d) {
  const with_stream* at = innermost_of_all;
  while (at && at->stream_.device() != d) at = at->outer_;
  return at;
}

void synchronize(const stream& s) { gpu::synchronize(*s.queue_, "waiting for a stream"); }

event::event(const stream& s) : marker_(std::make_shared<gpu::marker>(s.device())) {
  const gpu::on_device here(s.device());
  gpu::check(gpu::the_driver().record_event(marker_->handle, s.queue_->handle),
             "recording an event", s.device());
}

bool event::is_done() const {
  const gpu::on_device here(marker_->where);
  const gpu::status s = gpu::the_driver().query_event(marker_->handle);
  if (s == gpu::not_ready) return false;
  gpu::check(s, "asking for an event", marker_->where);
  return true;
}

void event::wait() const {
  const gpu::on_device here(marker_->where);
  gpu::check(gpu::the_driver().synchronize_event(marker_->handle), "waiting for an event",
             marker_->where);
}

double seconds_between(const event& begin, const event& end) {
  begin.wait();
  end.wait();
  const device d = begin.marker_->where;
  if (d != end.marker_->where)
    throw device_error("seconds_between: the events are on " + to_string(d) + " and " +
                       to_string(end.marker_->where) + "; take two of one device");
  const gpu::on_device here(d);
  float milliseconds = 0;
  gpu::check(gpu::the_driver().elapsed(&milliseconds, begin.marker_->handle, end.marker_->handle),
             "measuring the time between events", d);
  return double(milliseconds) / 1000;
}

}  // namespace weft
