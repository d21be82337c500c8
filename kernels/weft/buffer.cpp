// weft/buffer.cpp: aligned memory from the system; one allocation for the bytes and their header.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/buffer.hpp"

#include <cstdlib>
#include <new>
#include <string>

#include "weft/cuda/memory.hpp"
#include "weft/error.hpp"
#include "weft/kept.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace weft {
namespace {

constexpr std::size_t alignment = 64;        // a cache line and an AVX-512 register
constexpr std::size_t huge_page = 2u << 20;  // advised for large buffers: fewer page faults
constexpr std::size_t large = 2 * huge_page;

std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

[[noreturn]] void out_of_memory(std::size_t bytes) {
  throw memory_error("buffer: " + std::to_string(bytes) +
                     " bytes could not be allocated; free tensors that are no longer used or "
                     "evaluate a smaller part at a time");
}

}  // namespace

buffer buffer::allocate(std::size_t bytes, device where, const placement& place) {
  if (where.where == device::type::cuda) return allocate_on_device(bytes, where, place);
  constexpr std::size_t header = (sizeof(block) + alignment - 1) / alignment * alignment;
  const bool is_large = bytes >= large;
  const std::size_t align = is_large ? huge_page : alignment;
  if (bytes > std::size_t(-1) / 2) out_of_memory(bytes);
  // The header fills the lines before the first element; a large buffer keeps its page alignment
  // for the elements' sake only roughly: a few lines off cost nothing.
  kept::memory got{nullptr, round_up(bytes + header, align)};
  if (is_large) {
    if (const kept::memory old = kept::take(got.bytes); old.first) got = old;
  }
  if (!got.first) {
    got.first = std::aligned_alloc(align, got.bytes);
    if (!got.first) {
      empty_memory_cache();
      got.first = std::aligned_alloc(align, got.bytes);
    }
    if (!got.first) out_of_memory(bytes);
#if defined(__linux__)
    if (is_large) madvise(got.first, got.bytes, MADV_HUGEPAGE);
#endif
  }
  auto* data = static_cast<std::byte*>(got.first) + header;
  return buffer(new (got.first) block{{1},
                                      where,
                                      data,
                                      bytes,
                                      got.bytes,
                                      nullptr,
                                      place,
                                      is_contiguous(place.shape, place.strides)});
}

// The block is on the host, what it describes on the device.
buffer buffer::allocate_on_device(std::size_t bytes, device where, const placement& place) {
  devices::require("buffer", where);
  void* const data = gpu::take_memory(where, bytes);
  buffer b = adopt(data, bytes, where, [=] { gpu::return_memory(where, data); });
  b.block_->place = place;
  b.block_->row_major = is_contiguous(place.shape, place.strides);
  return b;
}

buffer buffer::adopt(void* data, std::size_t bytes, device where, std::function<void()> release) {
  struct run_on_failure {
    std::function<void()>* todo;
    ~run_on_failure() {
      if (todo && *todo) (*todo)();
    }
  } guard{&release};
  auto* owned = new std::function<void()>(std::move(release));
  guard.todo = owned;
  auto* b = new block{{1}, where, data, bytes, 0, owned, {}, true};
  guard.todo = nullptr;
  return buffer(b);
}

void buffer::free(block* b) noexcept {
  if (b->release) {
    if (*b->release) (*b->release)();
    delete b->release;
    delete b;
  } else {
    const std::size_t capacity = b->capacity;
    b->~block();
    if (capacity < large || !kept::keep({b, capacity})) std::free(b);
  }
}

}  // namespace weft
