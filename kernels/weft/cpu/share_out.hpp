// weft/cpu/share_out.hpp: parts of one piece of work on oneTBB's threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace weft {

/// part(0), ..., part(threads - 1), each on a thread where the program allows as many. What a part
/// throws is thrown here.
template <class Part>
void share_out(int threads, const Part& part) {
  if (threads == 1) return part(0);
  // libtbb is not compiled for the thread sanitizer, which so cannot see that tasks begin after
  // they were handed out and end before they are handed back; these two say so.
  static std::atomic<int> handed_out, handed_back;
  const auto body = [&](int k) {
    (void)handed_out.load(std::memory_order_acquire);
    part(k);
    handed_back.fetch_add(1, std::memory_order_release);
  };
  // Asking oneTBB for more than it allows would print a warning of its own.
  using tbb::global_control;
  const auto allowed = global_control::active_value(global_control::max_allowed_parallelism);
  tbb::task_arena arena(int(std::min(std::size_t(threads), allowed)));
  handed_out.fetch_add(1, std::memory_order_release);
  arena.execute([&] { tbb::parallel_for(0, threads, body, tbb::static_partitioner()); });
  (void)handed_back.load(std::memory_order_acquire);
}

}  // namespace weft
