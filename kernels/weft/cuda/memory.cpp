// weft/cuda/memory.cpp: a list of free blocks for each device.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/memory.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "weft/cuda.hpp"
#include "weft/cuda/driver.hpp"
#include "weft/cuda/pinned.hpp"
#include "weft/cuda/queue.hpp"
#include "weft/error.hpp"

namespace weft {
namespace gpu {
namespace {

constexpr std::size_t smallest = 16;

address as_address(const void* p) { return reinterpret_cast<address>(p); }

using sizes = std::multimap<std::size_t, address>;

struct block {
  uses by;
  sizes::node_type entry;  // in the list of free blocks while it is free; then this is empty
  std::size_t capacity;
};

// All under order(). Nodes move between the list of free blocks and the blocks, so that giving
// back, and taking what is kept, allocate nothing and cannot fail halfway.
class pool {
 public:
  void* take(device d, std::size_t bytes) {
    queue& q = current_queue(d);
    if (void* const kept = take_kept(q, bytes, false)) return kept;
    blocks::node_type node = new_node(bytes);
    const on_device here(d);
    address memory = 0;
    status s = the_driver().allocate(&memory, bytes);
    if (s == out_of_memory) {
      if (void* const kept = take_kept(q, bytes, true)) return kept;
      release_all(d);
      s = the_driver().allocate(&memory, bytes);
    }
    if (s == out_of_memory) say_what_there_is(d, bytes);
    check(s, "allocating " + std::to_string(bytes) + " bytes", d);
    ++now_.allocations;
    node.key() = memory;
    node.mapped().entry.mapped() = memory;
    return owned(blocks_.insert(std::move(node)).position, q);
  }

  void give_back(device d, void* data) {
    block& b = blocks_.find(as_address(data))->second;
    now_.in_use -= b.capacity;
    now_.kept += b.capacity;
    // Before others of its size, so that a loop takes the same few blocks again and again.
    free_.insert(free_.lower_bound(b.capacity), std::move(b.entry));
    if (now_.kept <= limit_) return;
    try {
      release_all(d);
    } catch (const error&) {
      // A device that no longer answers keeps its memory; the next call that can throw says so.
    }
  }

  // The driver waits for this device before it frees, and other devices are waited for here. What
  // is answered then is an earlier failure, which the next call that can throw reports.
  void release_all(device d) {
    const on_device here(d);
    for (const auto& [capacity, memory] : free_) {
      const auto at = blocks_.find(memory);
      if (uses_are_known()) finish(at->second.by);
      the_driver().release(memory);
      blocks_.erase(at);
    }
    free_.clear();
    now_.kept = 0;
  }
  void limit_to(device d, std::size_t bytes) {
    limit_ = bytes;
    if (now_.kept > limit_) release_all(d);
  }
  const cuda_memory& now() const { return now_; }

  uses* uses_of(address at) {
    auto found = blocks_.upper_bound(at);
    if (found == blocks_.begin()) return nullptr;
    --found;
    return at < found->first + found->second.capacity ? &found->second.by : nullptr;
  }
  void set_all_uses(const use& u) {
    for (auto& [memory, b] : blocks_) b.by = {u, {}};
  }

 private:
  using blocks = std::map<address, block>;

  static blocks::node_type new_node(std::size_t bytes) {
    sizes one_size;
    one_size.emplace(bytes, 0);
    blocks one;
    one.emplace(0, block{{}, one_size.extract(one_size.begin()), bytes});
    return one.extract(one.begin());
  }
  // The smallest kept block that fits. One that another queue still uses is taken only if
  // `waiting`: then q waits for that.
  void* take_kept(queue& q, std::size_t bytes, bool waiting) {
    for (auto at = free_.lower_bound(bytes); at != free_.end() && at->first - bytes <= bytes / 4;
         ++at) {
      const auto found = blocks_.find(at->second);
      block& b = found->second;
      if (uses_are_known()) {
        if (!waiting && !is_over(b.by, q)) continue;
        wait_for(q, b.by);
      }
      b.entry = free_.extract(at);
      now_.kept -= b.capacity;
      return owned(found, q);
    }
    return nullptr;
  }
  // Who uses the block next on another queue waits for what q waits for.
  void* owned(blocks::iterator at, queue& q) {
    block& b = at->second;
    if (uses_are_known()) {
      b.by.write = {&q, ++q.begun};
      b.by.reads.clear();
    }
    now_.in_use += b.capacity;
    now_.most = std::max(now_.most, now_.in_use + now_.kept);
    return reinterpret_cast<void*>(at->first);
  }
  [[noreturn]] void say_what_there_is(device d, std::size_t bytes) {
    std::size_t left = 0, total = 0;
    check(the_driver().memory_info(&left, &total), "asking for the free memory", d);
    throw memory_error(to_string(d) + ": " + std::to_string(bytes) +
                       " bytes could not be allocated; " + std::to_string(left) + " of " +
                       std::to_string(total) +
                       " are free; free tensors that are no longer used or evaluate a smaller part "
                       "at a time");
  }

  blocks blocks_;  // all
  sizes free_;
  std::size_t limit_ = std::numeric_limits<std::size_t>::max();
  cuda_memory now_;
};

pool& pool_of(device d) {
  static std::vector<pool>& all = *new std::vector<pool>(std::size_t(device_count()));
  state_of(d);
  return all[std::size_t(d.index)];
}

}  // namespace

void* take_memory(device d, std::size_t bytes) {
  pool& p = pool_of(d);
  const std::lock_guard guard(order());
  // Also no bytes have an address, from which empty views count.
  return p.take(d, std::max(bytes, smallest));
}
void return_memory(device d, void* data) noexcept {
  const std::lock_guard guard(order());
  pool_of(d).give_back(d, data);
}

uses* uses_of(device d, const void* data) { return pool_of(d).uses_of(as_address(data)); }
void set_all_uses(device d, const use& u) { pool_of(d).set_all_uses(u); }

}  // namespace gpu

cuda_memory memory_of(device d) {
  gpu::pool& p = gpu::pool_of(d);
  const std::lock_guard guard(gpu::order());
  cuda_memory now = p.now();
  now.pinned = gpu::pinned_bytes(d);
  return now;
}
void empty_memory_cache(device d) {
  gpu::pool& p = gpu::pool_of(d);
  {
    const std::lock_guard guard(gpu::order());
    p.release_all(d);
  }
  gpu::release_pinned(d);
}
void set_memory_cache(std::size_t bytes, device d) {
  gpu::pool& p = gpu::pool_of(d);
  const std::lock_guard guard(gpu::order());
  p.limit_to(d, bytes);
}

}  // namespace weft
