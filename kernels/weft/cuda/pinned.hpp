// weft/cuda/pinned.hpp: pages of the host that stay where they are, which a device copies from and
// to by itself. Copies go through chunks of them; few are made, and they are kept.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "weft/cuda/driver.hpp"

namespace weft::gpu {

struct queue;

/// Bytes of a large chunk, and of a small one.
inline constexpr std::size_t large_chunk = std::size_t(4) << 20, small_chunk = std::size_t(64)
                                                                               << 10;

/// A chunk that one thread has until it ends. The next one to get it waits for the device's work
/// with it.
class pinned_chunk {
 public:
  /// Room for at least min(bytes, large_chunk) bytes. Waits while there are too many chunks with
  /// work. Throws memory_error when there are no pages to be had, cuda_error.
  pinned_chunk(device d, std::size_t bytes);
  ~pinned_chunk();
  pinned_chunk(const pinned_chunk&) = delete;
  pinned_chunk& operator=(const pinned_chunk&) = delete;

  std::byte* data() const;
  std::size_t bytes() const;
  /// Work with it has been begun on q; the order of calls is that of q.
  void in_use_on(queue& q);
  /// Waits for that work. Throws cuda_error for what failed.
  void wait(const char* what);

  struct chunk;

 private:
  chunk* chunk_;
};

/// Gives the chunks that nobody has back to the system.
void release_pinned(device d);
std::size_t pinned_bytes(device d);

}  // namespace weft::gpu
