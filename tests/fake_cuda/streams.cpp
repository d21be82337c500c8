// tests/fake_cuda/streams.cpp: streams and events of the fake driver.
// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>
#include <list>

#include "state.hpp"

namespace fake_cuda {
namespace {

stream defaults[device_total] = {{0}, {1}};
std::list<stream> made;  // never taken away: events refer to them

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void stream::run_until(std::size_t place) {
  while (ended < place && !todo.empty()) {
    const std::function<void()> work = std::move(todo.front());
    todo.pop_front();
    if (!sticky) work();
    ++ended;
  }
}

stream* stream_of(stream* handle) {
  if (!handle) return &defaults[current()->device];
  return handle->device == current()->device ? handle : nullptr;
}

void run_all(int device) {
  for (auto s = made.rbegin(); s != made.rend(); ++s)
    if (s->device == device) s->run_until(s->begun);
  defaults[device].run_until(defaults[device].begun);
}

void drop_all() {
  const auto drop = [](stream& s) {
    s.todo.clear();
    s.ended = s.begun;
  };
  for (stream& s : made) drop(s);
  for (stream& s : defaults) drop(s);
}

}  // namespace fake_cuda

using namespace fake_cuda;

extern "C" {

// Streams that wait for the default one, as those without the flag 1 do, are not here.
int cuStreamCreate(stream** s, unsigned flags) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuStreamCreate")) return code;
  if (flags != 1) return invalid_value;
  *s = &made.emplace_back(stream{current()->device});
  return 0;
}
int cuStreamSynchronize(stream* handle) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  stream* const s = stream_of(handle);
  if (!s) return invalid_handle;
  s->run_until(s->begun);
  return begin("cuStreamSynchronize");
}
// Who asks again and again gets on, one piece of work at a time.
int cuStreamQuery(stream* handle) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  stream* const s = stream_of(handle);
  if (!s) return invalid_handle;
  if (const int code = begin("cuStreamQuery")) return code;
  if (s->ended == s->begun) return 0;
  s->run_until(s->ended + 1);
  return sticky ? sticky : not_ready;
}
int cuStreamWaitEvent(stream* handle, event* e, unsigned) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuStreamWaitEvent")) return code;
  stream* const s = stream_of(handle);
  if (!s || !e) return invalid_handle;
  if (const auto m = e->last) s->push([m] { m->on->run_until(m->place); });
  return 0;
}

int cuEventCreate(event** e, unsigned) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuEventCreate")) return code;
  *e = new event;
  return 0;
}
int cuEventDestroy_v2(event* e) {
  const std::lock_guard guard(lock);
  delete e;
  return 0;
}
int cuEventRecord(event* e, stream* handle) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuEventRecord")) return code;
  stream* const s = stream_of(handle);
  if (!s || !e) return invalid_handle;
  const auto m = std::make_shared<moment>(moment{s, s->begun + 1});
  s->push([m] { m->seconds = now(); });
  e->last = m;
  return 0;
}
int cuEventQuery(event* e) {
  const std::lock_guard guard(lock);
  if (const int code = begin("cuEventQuery")) return code;
  if (!e->last || e->last->is_past()) return 0;
  e->last->on->run_until(e->last->on->ended + 1);
  return sticky ? sticky : not_ready;
}
int cuEventSynchronize(event* e) {
  const std::lock_guard guard(lock);
  if (e->last) e->last->on->run_until(e->last->place);
  return begin("cuEventSynchronize");
}
int cuEventElapsedTime(float* milliseconds, event* from, event* to) {
  const std::lock_guard guard(lock);
  if (const int code = begin("cuEventElapsedTime")) return code;
  if (!from->last || !to->last) return invalid_handle;
  if (!from->last->is_past() || !to->last->is_past()) return not_ready;
  *milliseconds = float(1000 * (to->last->seconds - from->last->seconds));
  return 0;
}

}  // extern "C"
