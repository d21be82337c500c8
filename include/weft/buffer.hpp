// weft/buffer.hpp: bytes on one device, shared by reference count.
// A tree holds its operands' buffers through this, so that it is valid wherever it is returned to.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <utility>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

#include "weft/device.hpp"
#include "weft/layout.hpp"
#include "weft/recycled.hpp"

namespace weft {

/// Memory with an owner count. Copying shares, the last owner releases. An empty buffer owns
/// nothing: that is what a view has that only borrows.
class buffer {
 public:
  buffer() = default;

  /// `bytes` bytes, aligned to 64, not initialised; huge pages are advised from 4 MiB. `place` says
  /// how a tensor's elements lie in them.
  /// Throws `memory_error` when they cannot be had, `device_error` for a device that is missing.
  static buffer allocate(std::size_t bytes, device where = cpu, const placement& place = {});

  /// Memory that somebody else allocated; release() runs once, when the last owner has gone, or
  /// when this throws bad_alloc. It must not throw.
  template <std::invocable Release>
  static buffer adopt(void* data, std::size_t bytes, device where, Release release) {
    Release* kept = nullptr;
    try {
      kept = new Release(std::move(release));
    } catch (...) {
      release();  // there was no memory to move it to
      throw;
    }
    const auto run = [](void* p) {
      auto* r = static_cast<Release*>(p);
      (*r)();
      delete r;
    };
    return adopt(data, bytes, where, run, kept);
  }
  /// The same with release(context), which costs one allocation less.
  static buffer adopt(void* data, std::size_t bytes, device where, void (*release)(void*),
                      void* context);

  buffer(const buffer& other) noexcept : block_(other.block_) {
    if (block_) add_owner(block_->owners);
  }
  buffer(buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  buffer& operator=(buffer other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~buffer() {
    if (block_) release(block_);
  }

  explicit operator bool() const { return block_ != nullptr; }
  void* data() const { return block_ ? block_->data : nullptr; }
  std::size_t bytes() const { return block_ ? block_->bytes : 0; }
  device where() const { return block_ ? block_->where : cpu; }
  /// The placement given to allocate(); that of no elements for memory that was not allocated.
  const placement& place() const {
    static constexpr placement none{{0}, {1}, 0};
    return block_ && block_->has_place ? block_->place : none;
  }
  /// Whether the elements of that placement stand one after another, row by row.
  bool row_major() const { return !block_ || block_->row_major; }
  /// How many tensors, views and trees hold this memory.
  int owners() const { return block_ ? block_->owners.load(std::memory_order_relaxed) : 0; }

 private:
  struct block : recycled {
    std::atomic<int> owners;
    device where;
    void* data;
    std::size_t bytes;
    std::size_t capacity;    // of the allocation that begins with this block, or 0
    void (*release)(void*);  // of memory that somebody else allocated, else null
    void* context;           // its argument
    bool row_major = true, has_place = false;
    union {
      placement place;
    };

    block(device on, void* first, std::size_t size, std::size_t allocated,
          void (*free)(void*) = nullptr, void* argument = nullptr)
        : owners(1),
          where(on),
          data(first),
          bytes(size),
          capacity(allocated),
          release(free),
          context(argument) {}
    void set_place(const placement& p) {
      place = p;
      has_place = true;
      row_major = is_contiguous(p.shape, p.strides);
    }
  };
  explicit buffer(block* b) : block_(b) {}

  // Before a process starts its second thread, counting needs no locked instructions, which are
  // most of what a small tree costs.
  static bool has_one_thread() {
#if __has_include(<sys/single_threaded.h>)
    return __libc_single_threaded;
#else
    return false;
#endif
  }
  static void add_owner(std::atomic<int>& owners) {
    if (has_one_thread())
      owners.store(owners.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    else
      owners.fetch_add(1, std::memory_order_relaxed);
  }
  // One owner less; the last one frees. Not here, where each tree would have it for each leaf.
  static void release(block* b) noexcept;
  static void free(block* b) noexcept;
  static buffer allocate_on_device(std::size_t bytes, device where, const placement& place);

  block* block_ = nullptr;
};

/// Elements in memory, without their type: what a view refers to.
struct window {
  buffer owner;  // keeps them alive; empty where somebody else does
  void* data;    // the first element
  placement place;
  device where;
};

/// Freed memory of 4 MiB or more is kept for the next tensor of about its size, so that a loop that
/// evaluates into new tensors does not wait for the system's pages: at most `bytes` in all, a
/// sixteenth of the machine's memory or 1 GiB unless it is set; 0 keeps nothing. What is kept is
/// given back before an allocation fails.
void set_memory_cache(std::size_t bytes);
/// Gives all kept memory back to the system.
void empty_memory_cache();
/// Bytes that are kept now.
std::size_t memory_cached();

}  // namespace weft
