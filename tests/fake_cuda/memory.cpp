// tests/fake_cuda/memory.cpp: memory of the fake devices, pinned memory of the host, and copies.
// Device memory stands before a page that nobody may touch, is out of the host's and the other
// device's reach, and stays so after it was freed: whoever reads or writes where it should not is
// caught.
// SPDX-License-Identifier: BSD-3-Clause
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "state.hpp"

namespace fake_cuda {

namespace {

struct allocation {
  char* pages;
  std::size_t page_bytes, bytes;
  int device;
};
std::map<std::uintptr_t, allocation> memory;
std::map<std::uintptr_t, std::size_t> pinned;

// Whether [address, address + bytes) is inside one allocation of a device.
bool is_inside(std::uintptr_t address, std::size_t bytes, int device) {
  auto after = memory.upper_bound(address);
  if (after == memory.begin()) return false;
  const auto& [begin, a] = *--after;
  return a.device == device && address + bytes <= begin + a.bytes;
}
bool is_pinned(std::uintptr_t address, std::size_t bytes) {
  auto after = pinned.upper_bound(address);
  if (after == pinned.begin()) return false;
  const auto& [begin, size] = *--after;
  return address + bytes <= begin + size;
}

std::uintptr_t as_address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

constexpr int host = -1;  // in the place of a device

// Copies bytes, of which those on a device are inside of its memory.
int copy_now(std::uintptr_t to, int to_device, std::uintptr_t from, int from_device,
             std::size_t bytes) {
  if (to_device != host && !is_inside(to, bytes, to_device)) return invalid_value;
  if (from_device != host && !is_inside(from, bytes, from_device)) return invalid_value;
  std::string between(bytes, '\0');
  const auto move = [&](int device, std::uintptr_t at, auto action) {
    if (device == host) return action();
    const open_memory open(device, at);
    action();
  };
  move(from_device, from,
       [&] { std::memcpy(between.data(), reinterpret_cast<void*>(from), bytes); });
  move(to_device, to, [&] { std::memcpy(reinterpret_cast<void*>(to), between.data(), bytes); });
  return 0;
}

// Puts a copy into a stream of the current device. The host's side has to be pinned, when the copy
// begins and when it is done.
int copy_later(const char* function, stream* handle, std::uintptr_t to, int to_device,
               std::uintptr_t from, int from_device, std::size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin(function)) return code;
  stream* const s = stream_of(handle);
  if (!s) return invalid_handle;
  const auto is_there = [=](std::uintptr_t at, int device) {
    return device == host ? is_pinned(at, bytes) : is_inside(at, bytes, device);
  };
  if (!is_there(to, to_device) || !is_there(from, from_device)) return invalid_value;
  s->push([=] {
    if (!is_there(to, to_device) || !is_there(from, from_device))
      sticky = illegal_address;
    else
      copy_now(to, to_device, from, from_device, bytes);
  });
  ++done.copies;
  return 0;
}

}  // namespace

open_memory::open_memory(int device, std::uintptr_t only) : device_(device), only_(only) {
  protect(PROT_READ | PROT_WRITE);
}
open_memory::~open_memory() { protect(PROT_NONE); }
void open_memory::protect(int how) {
  if (only_ != 0) {
    const allocation& a = std::prev(memory.upper_bound(only_))->second;
    mprotect(a.pages, a.page_bytes, how);
    return;
  }
  for (auto& [address, a] : memory)
    if (a.device == device_) mprotect(a.pages, a.page_bytes, how);
}

}  // namespace fake_cuda

using namespace fake_cuda;

extern "C" {

int cuMemGetInfo_v2(size_t* left, size_t* total) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  *total = memory_of_a_device;
  *left = memory_of_a_device - current()->used;
  return begin("cuMemGetInfo");
}
int cuMemAlloc_v2(std::uintptr_t* address, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuMemAlloc")) return code;
  if (bytes == 0) return invalid_value;
  if (current()->used + bytes > memory_of_a_device) return out_of_memory;
  const auto page = size_t(sysconf(_SC_PAGESIZE));
  const size_t page_bytes = (bytes + page - 1) / page * page;
  void* pages = mmap(nullptr, page_bytes + page, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return out_of_memory;
  // The end is as near to the last page as 16-byte loads allow.
  *address = as_address(pages) + (page_bytes - bytes) / 16 * 16;
  memory[*address] = {static_cast<char*>(pages), page_bytes, bytes, current()->device};
  current()->used += bytes;
  ++done.allocations;
  ++done.live;
  const open_memory open(current()->device, *address);
  std::memset(pages, 0xa5, page_bytes);  // nobody may count on zeros
  return 0;
}
// Waits for its own device, as CUDA's does, and for no other.
int cuMemFree_v2(std::uintptr_t address) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  const auto found = memory.find(address);
  if (found == memory.end() || found->second.device != current()->device) return invalid_value;
  run_all(current()->device);
  current()->used -= found->second.bytes;
  // The addresses stay taken, the pages go.
  madvise(found->second.pages, found->second.page_bytes, MADV_DONTNEED);
  memory.erase(found);
  ++done.releases;
  --done.live;
  return begin("cuMemFree");
}

int cuMemHostAlloc(void** to, size_t bytes, unsigned) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  if (const int code = begin("cuMemHostAlloc")) return code;
  *to = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (*to == MAP_FAILED) return out_of_memory;
  pinned[as_address(*to)] = bytes;
  ++done.pinned;
  return 0;
}
int cuMemFreeHost(void* memory_of_host) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  const auto found = pinned.find(as_address(memory_of_host));
  if (found == pinned.end()) return invalid_value;
  munmap(memory_of_host, found->second);
  pinned.erase(found);
  --done.pinned;
  return begin("cuMemFreeHost");
}

// Copies that are done when they return come after what the default stream has to do.
int cuMemcpyHtoD_v2(std::uintptr_t to, const void* from, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  stream* const s = stream_of(nullptr);
  s->run_until(s->begun);
  if (const int code = begin("cuMemcpyHtoD")) return code;
  ++done.copies;
  return copy_now(to, current()->device, as_address(from), host, bytes);
}
int cuMemcpyDtoH_v2(void* to, std::uintptr_t from, size_t bytes) {
  const std::lock_guard guard(lock);
  if (!current()) return invalid_context;
  stream* const s = stream_of(nullptr);
  s->run_until(s->begun);
  if (const int code = begin("cuMemcpyDtoH")) return code;
  ++done.copies;
  return copy_now(as_address(to), host, from, current()->device, bytes);
}
int cuMemcpyHtoDAsync_v2(std::uintptr_t to, const void* from, size_t bytes, stream* s) {
  return copy_later("cuMemcpyHtoDAsync", s, to, current() ? current()->device : 0, as_address(from),
                    host, bytes);
}
int cuMemcpyDtoHAsync_v2(void* to, std::uintptr_t from, size_t bytes, stream* s) {
  return copy_later("cuMemcpyDtoHAsync", s, as_address(to), host, from,
                    current() ? current()->device : 0, bytes);
}
int cuMemcpyDtoDAsync_v2(std::uintptr_t to, std::uintptr_t from, size_t bytes, stream* s) {
  const int device = current() ? current()->device : 0;
  return copy_later("cuMemcpyDtoDAsync", s, to, device, from, device, bytes);
}
int cuMemcpyPeerAsync(std::uintptr_t to, context* to_context, std::uintptr_t from,
                      context* from_context, size_t bytes, stream* s) {
  return copy_later("cuMemcpyPeerAsync", s, to, to_context->device, from, from_context->device,
                    bytes);
}

}  // extern "C"
