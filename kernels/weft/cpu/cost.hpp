// weft/cpu/cost.hpp: how long an evaluation will take, and how many threads it is worth.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <span>

#include "weft/job.hpp"

namespace weft {

/// Nanoseconds on one core, roughly: 100 GB/s from the caches and 25 from memory, or 80 simple
/// operations in a nanosecond.
double estimated_time(double bytes, double operations);

/// Whether n elements of so many bytes each take less than threads are worth, whatever the machine;
/// at a glance.
bool is_surely_small(const stage& st, index_t n, index_t bytes);

/// Threads that so much work is worth.
int threads_for(double bytes, double operations);

/// Simple operations that one element takes of all of them.
double operations_of(std::span<const stage> stages);

/// Whether there are callables that have not been timed often enough, and enough elements for it.
bool has_unknown_calls(std::span<const stage> stages, index_t elements);
/// One element of these stages took so long.
void learn_calls(std::span<const stage> stages, double nanoseconds);

/// Runs on this thread, and learns from its time what the stages' callables take, as long as that
/// is not known.
template <class Run>
void run_timed(std::span<const stage> stages, index_t elements, const Run& run) {
  using clock = std::chrono::steady_clock;
  if (!has_unknown_calls(stages, elements)) return run();
  const auto begin = clock::now();
  run();
  const std::chrono::duration<double, std::nano> time = clock::now() - begin;
  learn_calls(stages, time.count() / double(elements));
}

}  // namespace weft
