// weft/cuda/memory.cpp: a list of free blocks for each device, and copies.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/memory.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "weft/cuda.hpp"
#include "weft/cuda/driver.hpp"
#include "weft/error.hpp"

namespace weft {
namespace gpu {
namespace {

constexpr std::size_t smallest = 16;

address as_address(const void* p) { return reinterpret_cast<address>(p); }

class pool {
 public:
  void* take(device d, std::size_t bytes) {
    const std::lock_guard guard(lock_);
    if (const auto found = free_.lower_bound(bytes);
        found != free_.end() && found->first - bytes <= bytes / 4) {
      const auto [capacity, memory] = *found;
      free_.erase(found);
      now_.kept -= capacity;
      return own(memory, capacity);
    }
    const on_device here(d);
    address memory = 0;
    status s = the_driver().allocate(&memory, bytes);
    if (s == out_of_memory && !free_.empty()) {
      release_all(d);
      s = the_driver().allocate(&memory, bytes);
    }
    if (s == out_of_memory) say_what_there_is(d, bytes);
    check(s, "allocating " + std::to_string(bytes) + " bytes", d);
    ++now_.allocations;
    return own(memory, bytes);
  }

  void give_back(device d, void* data) {
    const std::lock_guard guard(lock_);
    const auto found = owned_.find(as_address(data));
    const std::size_t capacity = found->second;
    owned_.erase(found);
    now_.in_use -= capacity;
    free_.emplace(capacity, as_address(data));
    now_.kept += capacity;
    if (now_.kept <= limit_) return;
    try {
      release_all(d);
    } catch (const error&) {
      // A device that no longer answers keeps its memory; the next call that can throw says so.
    }
  }

  void release(device d) {
    const std::lock_guard guard(lock_);
    release_all(d);
  }
  void limit_to(device d, std::size_t bytes) {
    const std::lock_guard guard(lock_);
    limit_ = bytes;
    if (now_.kept > limit_) release_all(d);
  }
  cuda_memory now() {
    const std::lock_guard guard(lock_);
    return now_;
  }

 private:
  void* own(address memory, std::size_t capacity) {
    owned_.emplace(memory, capacity);
    now_.in_use += capacity;
    now_.most = std::max(now_.most, now_.in_use + now_.kept);
    return reinterpret_cast<void*>(memory);
  }
  // The driver waits for the device before it frees. What it answers then is an earlier failure,
  // which the next call that can throw reports.
  void release_all(device d) {
    const on_device here(d);
    for (const auto& [capacity, memory] : free_) the_driver().release(memory);
    free_.clear();
    now_.kept = 0;
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

  std::mutex lock_;
  std::multimap<std::size_t, address> free_;
  std::map<address, std::size_t> owned_;
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
  // Also no bytes have an address, from which empty views count.
  return pool_of(d).take(d, std::max(bytes, smallest));
}
void return_memory(device d, void* data) noexcept { pool_of(d).give_back(d, data); }

}  // namespace gpu

cuda_memory memory_of(device d) { return gpu::pool_of(d).now(); }
void empty_memory_cache(device d) { gpu::pool_of(d).release(d); }
void set_memory_cache(std::size_t bytes, device d) { gpu::pool_of(d).limit_to(d, bytes); }

void devices::copy_bytes(void* to, device to_where, const void* from, device from_where,
                         std::size_t bytes) {
  using gpu::as_address;
  if (bytes == 0) return;
  const bool from_cuda = from_where.where == device::type::cuda;
  const bool to_cuda = to_where.where == device::type::cuda;
  if (!from_cuda && !to_cuda) {
    std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
    return;
  }
  const device d = to_cuda ? to_where : from_where;
  const gpu::driver& driver = gpu::the_driver();
  const gpu::on_device here(d);
  const std::string what = "copying " + std::to_string(bytes) + " bytes from " +
                           to_string(from_where) + " to " + to_string(to_where);
  if (!from_cuda)
    gpu::check(driver.copy_to_device(as_address(to), from, bytes), what, d);
  else if (!to_cuda)
    gpu::check(driver.copy_to_host(to, as_address(from), bytes), what, d);
  else if (from_where == to_where)
    gpu::check(driver.copy_on_device(as_address(to), as_address(from), bytes), what, d);
  else
    gpu::check(driver.copy_between(as_address(to), gpu::state_of(to_where).context,
                                   as_address(from), gpu::state_of(from_where).context, bytes),
               what, d);
}

}  // namespace weft
