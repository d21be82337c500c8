// weft/cpu/share_out.hpp: parts of one piece of work on oneTBB's threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>

#include "weft/cpu/cost.hpp"

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
  const auto run = [&] { tbb::parallel_for(0, threads, body, tbb::static_partitioner()); };
  handed_out.fetch_add(1, std::memory_order_release);
  // In the arena that the caller is in, where workers still look for work: they would look there
  // for some 100 us before they came to a new one. By itself, so that the caller, while it waits,
  // does not begin with other work of the program's.
  if (threads <= tbb::this_task_arena::max_concurrency()) {
    tbb::this_task_arena::isolate(run);
  } else {
    // Asking oneTBB for more than it allows would print a warning of its own.
    using tbb::global_control;
    const auto allowed = global_control::active_value(global_control::max_allowed_parallelism);
    tbb::task_arena arena(int(std::min(std::size_t(threads), allowed)));
    arena.execute(run);
  }
  (void)handed_back.load(std::memory_order_acquire);
}

/// An evaluation, or a sweep, that can be shared out: parts of about as many elements each, and the
/// most threads that have memory.
struct work {
  std::span<const stage> stages;
  index_t elements;
  std::size_t bytes;
  index_t parts;
  int threads;
};

/// run(thread, begin, end) for all parts. Where they call what nobody has timed, the first of them
/// tell how many threads the others are worth.
template <class Run>
void share_out(const work& w, const Run& run) {
  constexpr index_t enough_elements = 1024;
  const auto elements = [&](index_t parts) {
    return index_t(double(w.elements) * double(parts) / double(w.parts));
  };
  index_t first = 0;
  int threads = w.threads;
  if (threads > 1 && has_unknown_calls(w.stages, w.elements)) {
    first = std::min(w.parts, w.parts * enough_elements / w.elements + 1);
    run_timed(w.stages, elements(first), [&] { run(0, index_t(0), first); });
    const index_t left = elements(w.parts - first);
    threads = std::min(threads, threads_for(double(w.bytes) * double(left) / double(w.elements),
                                            double(left) * operations_of(w.stages)));
  }
  const index_t rest = w.parts - first;
  if (threads == 1) return run_timed(w.stages, elements(rest), [&] { run(0, first, w.parts); });
  share_out(threads,
            [&](int k) { run(k, first + rest * k / threads, first + rest * (k + 1) / threads); });
}

}  // namespace weft
