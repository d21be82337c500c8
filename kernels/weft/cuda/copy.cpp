// weft/cuda/copy.cpp: bytes on their way. Those of the host go through pinned chunks, several at a
// time: while a device copies one, the host fills or empties the next.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>
#include <deque>
#include <string>

#include "weft/cuda/driver.hpp"
#include "weft/cuda/pinned.hpp"
#include "weft/cuda/queue.hpp"
#include "weft/error.hpp"

namespace weft {
namespace gpu {
namespace {

address as_address(const void* p) { return reinterpret_cast<address>(p); }

// Device memory at one end of a copy; the host's at the other, or nothing.
struct end {
  device where;
  const void* data;
};

// Begins begin(queue's stream) as a piece of work on q that writes `to` and reads `from`.
template <class F>
void begin_copy(queue& q, const end& to, const end& from, const std::string& what, F begin) {
  work w(q);
  const auto name_memory = [&] {
    if (to.data) w.writes(to.where, to.data);
    if (from.data) w.reads(from.where, from.data);
  };
  name_memory();
  w.ordered();
  const on_device here(q.where);
  check(begin(q.handle), what, q.where);
  w.begun(name_memory);
}

// Where there are no pinned pages: waits for what was begun before, and until it is done.
template <class F>
void copy_at_once(queue& q, const end& to, const end& from, const std::string& what, F copy) {
  begin_copy(q, to, from, what, [&](stream_handle s) {
    status done = the_driver().synchronize_stream(s);
    if (done == success) done = copy();
    return done == success ? the_driver().synchronize_stream(nullptr) : done;
  });
}

void to_device(queue& q, std::byte* to, const std::byte* from, std::size_t bytes,
               const std::string& what) {
  const driver& d = the_driver();
  for (std::size_t at = 0; at < bytes;) {
    const end target{q.where, to + at};
    try {
      pinned_chunk c(q.where, bytes - at);
      const std::size_t n = std::min(c.bytes(), bytes - at);
      std::memcpy(c.data(), from + at, n);
      begin_copy(q, target, {}, what, [&](stream_handle s) {
        return d.begin_copy_to_device(as_address(to + at), c.data(), n, s);
      });
      c.in_use_on(q);
      at += n;
    } catch (const memory_error&) {
      return copy_at_once(q, target, {}, what, [&] {
        return d.copy_to_device(as_address(to + at), from + at, bytes - at);
      });
    }
  }
}

void to_host(queue& q, std::byte* to, const std::byte* from, std::size_t bytes,
             const std::string& what) {
  constexpr std::size_t most_on_their_way = 2;
  const driver& d = the_driver();
  struct piece {
    pinned_chunk chunk;
    std::byte* to = nullptr;
    std::size_t bytes = 0;
    explicit piece(device where, std::size_t n) : chunk(where, n) {}
  };
  std::deque<piece> pieces;
  const auto finish_first = [&] {
    piece& p = pieces.front();
    p.chunk.wait(what.c_str());
    std::memcpy(p.to, p.chunk.data(), p.bytes);
    pieces.pop_front();
  };
  for (std::size_t at = 0; at < bytes;) {
    const end source{q.where, from + at};
    if (pieces.size() == most_on_their_way) finish_first();
    try {
      piece& p = pieces.emplace_back(q.where, bytes - at);
      p.to = to + at;
      p.bytes = std::min(p.chunk.bytes(), bytes - at);
    } catch (const memory_error&) {
      copy_at_once(q, {}, source, what,
                   [&] { return d.copy_to_host(to + at, as_address(from + at), bytes - at); });
      break;
    }
    piece& p = pieces.back();
    begin_copy(q, {}, source, what, [&](stream_handle s) {
      return d.begin_copy_to_host(p.chunk.data(), as_address(from + at), p.bytes, s);
    });
    p.chunk.in_use_on(q);
    at += p.bytes;
  }
  while (!pieces.empty()) finish_first();
}

}  // namespace
}  // namespace gpu

void devices::copy_bytes(void* to, device to_where, const void* from, device from_where,
                         std::size_t bytes) {
  using namespace gpu;
  if (bytes == 0) return;
  const bool from_cuda = from_where.where == device::type::cuda;
  const bool to_cuda = to_where.where == device::type::cuda;
  if (!from_cuda && !to_cuda) {
    std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
    return;
  }
  const std::string what = "copying " + std::to_string(bytes) + " bytes from " +
                           to_string(from_where) + " to " + to_string(to_where);
  queue& q = current_queue(to_cuda ? to_where : from_where);
  const driver& d = the_driver();
  if (!from_cuda)
    return gpu::to_device(q, static_cast<std::byte*>(to), static_cast<const std::byte*>(from),
                          bytes, what);
  if (!to_cuda)
    return gpu::to_host(q, static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes,
                        what);
  const end target{to_where, to}, source{from_where, from};
  if (from_where == to_where)
    return begin_copy(q, target, source, what, [&](stream_handle s) {
      return d.begin_copy_on_device(as_address(to), as_address(from), bytes, s);
    });
  {
    const std::lock_guard guard(order());
    know_uses();
  }
  begin_copy(q, target, source, what, [&](stream_handle s) {
    return d.begin_copy_between(as_address(to), state_of(to_where).context, as_address(from),
                                state_of(from_where).context, bytes, s);
  });
}

}  // namespace weft
