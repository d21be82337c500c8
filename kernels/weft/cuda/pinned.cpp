// weft/cuda/pinned.cpp: the chunks of each device, the one that was used longest ago first.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/pinned.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "weft/cuda/queue.hpp"
#include "weft/error.hpp"

namespace weft::gpu {

struct pinned_chunk::chunk {
  device where;
  std::size_t bytes = 0;
  void* data = nullptr;
  event_handle used = nullptr;  // behind the work with it
  bool is_used = false;         // there may still be such work

  chunk(device d, std::size_t n) : where(d), bytes(n) {}
  ~chunk() {
    // What the driver answers here is an earlier failure.
    const driver* const d = driver_or_null();
    if (used && d) d->free_event(used);
    if (data && d) d->release_pinned(data);
  }
  chunk(const chunk&) = delete;
  chunk& operator=(const chunk&) = delete;
};

namespace {

using chunk = pinned_chunk::chunk;
constexpr unsigned portable = 1;       // CU_MEMHOSTALLOC_PORTABLE: for all devices
constexpr unsigned without_times = 2;  // CU_EVENT_DISABLE_TIMING

struct store {
  std::deque<std::unique_ptr<chunk>> idle;
  std::size_t bytes = 0;             // of all chunks
  std::size_t large = 0, small = 0;  // how many chunks there are
};

std::mutex& lock() {
  static std::mutex& only = *new std::mutex;
  return only;
}
store& store_of(device d) {
  static std::vector<store>& all = *new std::vector<store>(std::size_t(device_count()));
  return all[std::size_t(d.index)];
}

std::unique_ptr<chunk> made(device d, std::size_t bytes) {
  const on_device here(d);  // until what was made is given back, too
  auto c = std::make_unique<chunk>(d, bytes);
  const std::string what = "allocating " + std::to_string(bytes) + " bytes of pinned memory";
  check(the_driver().allocate_pinned(&c->data, bytes, portable), what, d);
  check(the_driver().make_event(&c->used, without_times), "making an event", d);
  return c;
}

// The chunk of `bytes` bytes that was used longest ago; null unless it is free, or `busy` ones will
// do.
std::unique_ptr<chunk> idle_one(store& s, std::size_t bytes, bool busy) {
  for (auto at = s.idle.begin(); at != s.idle.end(); ++at) {
    chunk& c = **at;
    if (c.bytes != bytes) continue;
    if (c.is_used && !busy && the_driver().query_event(c.used) != success) continue;
    std::unique_ptr<chunk> found = std::move(*at);
    s.idle.erase(at);
    return found;
  }
  return nullptr;
}

void give_back(std::unique_ptr<chunk> own) noexcept {
  const std::lock_guard guard(lock());
  try {
    store_of(own->where).idle.push_back(nullptr);
    store_of(own->where).idle.back() = std::move(own);
  } catch (const std::bad_alloc&) {
    own.release();  // lost: the device may still work with it
  }
}

}  // namespace

pinned_chunk::pinned_chunk(device d, std::size_t wanted) : chunk_(nullptr) {
  constexpr std::size_t most_large = 4, most_small = 64;
  const bool is_large = wanted > small_chunk;
  const std::size_t bytes = is_large ? large_chunk : small_chunk;
  state_of(d);
  std::unique_ptr<chunk> found;
  {
    const std::lock_guard guard(lock());
    store& s = store_of(d);
    std::size_t& count = is_large ? s.large : s.small;
    found = idle_one(s, bytes, false);
    if (!found && count >= (is_large ? most_large : most_small)) found = idle_one(s, bytes, true);
    if (!found) {
      found = made(d, bytes);
      ++count;
      s.bytes += bytes;
    }
  }
  chunk_ = found.release();
  if (!chunk_->is_used) return;
  try {
    wait("waiting for an earlier copy");
  } catch (...) {
    give_back(std::unique_ptr<chunk>(chunk_));
    throw;
  }
}

pinned_chunk::~pinned_chunk() { give_back(std::unique_ptr<chunk>(chunk_)); }

std::byte* pinned_chunk::data() const { return static_cast<std::byte*>(chunk_->data); }
std::size_t pinned_chunk::bytes() const { return chunk_->bytes; }

void pinned_chunk::in_use_on(queue& q) {
  chunk_->is_used = true;
  const on_device here(q.where);
  const status s = the_driver().record_event(chunk_->used, q.handle);
  if (s == success) return;
  // Without an event nobody would know when the work ends.
  the_driver().synchronize_stream(q.handle);
  check(s, "recording an event", q.where);
}

void pinned_chunk::wait(const char* what) {
  const on_device here(chunk_->where);
  check(the_driver().synchronize_event(chunk_->used), what, chunk_->where);
  chunk_->is_used = false;
}

void release_pinned(device d) {
  std::deque<std::unique_ptr<chunk>> idle;
  {
    const std::lock_guard guard(lock());
    store& s = store_of(d);
    idle.swap(s.idle);
    for (const auto& c : idle) {
      s.bytes -= c->bytes;
      --(c->bytes == large_chunk ? s.large : s.small);
    }
  }
  const on_device here(d);
  for (const auto& c : idle)
    if (c->is_used) the_driver().synchronize_event(c->used);
  idle.clear();
}

std::size_t pinned_bytes(device d) {
  const std::lock_guard guard(lock());
  return store_of(d).bytes;
}

}  // namespace weft::gpu
