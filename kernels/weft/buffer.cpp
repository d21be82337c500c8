// weft/buffer.cpp: aligned memory from the system; one allocation for the bytes and their header.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/buffer.hpp"

#include <cstdlib>
#include <iterator>
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

// What a thread keeps: lists through the pieces' first words, of owner counts, of what a plan has
// besides them, and of the slots of large trees. The lists themselves are never destroyed, so that
// a static tensor may be freed after they have been emptied at the thread's end.
struct piece {
  piece* next;
};
struct piece_list {
  int room;
  piece* first = nullptr;

  void* take() {  // null where there is none
    if (!first) return nullptr;
    ++room;
    return std::exchange(first, first->next);
  }
  bool keep(void* p);
  template <class GiveBack>
  void empty(GiveBack give_back) {
    room = 0;
    while (first) give_back(std::exchange(first, first->next));
  }
};
// The address sanitizer shall find what is used after it was freed.
constexpr bool is_sanitized =
#if defined(__SANITIZE_ADDRESS__)
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif
struct sized_list : piece_list {
  std::size_t bytes;  // of a piece
};
thread_local sized_list spare[] = {{{is_sanitized ? 0 : 16}, 256},
                                   {{is_sanitized ? 0 : 8}, std::size_t(8) << 10},
                                   {{is_sanitized ? 0 : 4}, std::size_t(128) << 10}};
sized_list* list_of(std::size_t bytes) {
  for (sized_list& list : spare)
    if (bytes <= list.bytes) return &list;
  return nullptr;
}
// Of small tensors, by their size in lines: the system is slow to find memory that is aligned.
struct line_list : piece_list {
  constexpr line_list() : piece_list{is_sanitized ? 0 : 8} {}
};
constinit thread_local line_list small[17];
line_list* list_of_lines(std::size_t bytes) {
  const std::size_t lines = bytes / alignment;
  return lines < std::size(small) ? &small[lines] : nullptr;
}

struct emptied_at_exit {
  ~emptied_at_exit() {
    for (piece_list& list : spare) list.empty([](void* p) { ::operator delete(p); });
    for (piece_list& list : small) list.empty([](void* p) { std::free(p); });
  }
};

bool piece_list::keep(void* p) {
  if (room == 0) return false;
  static thread_local const emptied_at_exit registered;
  --room;
  first = new (p) piece{first};
  return true;
}

}  // namespace

void* recycled::operator new(std::size_t bytes) {
  sized_list* const list = list_of(bytes);
  if (!list) return ::operator new(bytes);
  void* const kept = list->take();
  return kept ? kept : ::operator new(list->bytes);
}
void recycled::operator delete(void* p, std::size_t bytes) noexcept {
  sized_list* const list = list_of(bytes);
  if (!list || !list->keep(p)) ::operator delete(p);
}

buffer buffer::allocate(std::size_t bytes, device where, const placement& place) {
  if (where.where == device::type::cuda) return allocate_on_device(bytes, where, place);
  constexpr std::size_t header = (sizeof(block) + alignment - 1) / alignment * alignment;
  const bool is_large = bytes >= large;
  const std::size_t align = is_large ? huge_page : alignment;
  if (bytes > std::size_t(-1) / 2) out_of_memory(bytes);
  // The header fills the lines before the first element; a large buffer keeps its page alignment
  // for the elements' sake only roughly: a few lines off cost nothing.
  kept::memory got{nullptr, round_up(bytes + header, align)};
  if (line_list* const list = list_of_lines(got.bytes)) got.first = list->take();
  if (is_large)
    if (const kept::memory old = kept::take(got.bytes); old.first) got = old;
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
  buffer result(new (got.first) block(where, data, bytes, got.bytes));
  result.block_->set_place(place);
  return result;
}

// The block is on the host, what it describes on the device.
buffer buffer::allocate_on_device(std::size_t bytes, device where, const placement& place) {
  devices::require("buffer", where);
  void* const data = gpu::take_memory(where, bytes);
  try {
    buffer result(new block(where, data, bytes, 0));
    result.block_->set_place(place);
    return result;
  } catch (...) {
    gpu::return_memory(where, data);
    throw;
  }
}

buffer buffer::adopt(void* data, std::size_t bytes, device where, void (*release)(void*),
                     void* context) {
  try {
    return buffer(new block(where, data, bytes, 0, release, context));
  } catch (...) {
    release(context);
    throw;
  }
}

void buffer::release(block* b) noexcept {
  if (!has_one_thread()) {
    if (b->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) free(b);
    return;
  }
  const int left = b->owners.load(std::memory_order_relaxed) - 1;
  b->owners.store(left, std::memory_order_relaxed);
  if (left == 0) free(b);
}

void buffer::free(block* b) noexcept {
  if (b->release) {
    b->release(b->context);
    delete b;
  } else if (b->where.where == device::type::cuda) {
    gpu::return_memory(b->where, b->data);
    delete b;
  } else {
    const std::size_t capacity = b->capacity;
    b->~block();
    line_list* const list = list_of_lines(capacity);
    const bool is_kept = list ? list->keep(b) : capacity >= large && kept::keep({b, capacity});
    if (!is_kept) std::free(b);
  }
}

}  // namespace weft
