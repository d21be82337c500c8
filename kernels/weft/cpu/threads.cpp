// weft/cpu/threads.cpp: how many threads may be used, and when they are worth it.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/threads.hpp"

#include <atomic>
#include <string>

#include "weft/cpu/machine.hpp"
#include "weft/error.hpp"

namespace weft {
namespace {

std::atomic<int> thread_limit{0};
// Handing out takes 1 microsecond while another thread still looks for work, 25 where it sleeps;
// the caller then has done what was meant for it.
std::atomic<double> grain{20'000};

}  // namespace

void set_num_threads(int n) {
  if (n < 0)
    throw error("set_num_threads: " + std::to_string(n) +
                " threads; give 1 or more, or 0 for all cores");
  thread_limit = n;
}

int num_threads() {
  const int limit = thread_limit;
  return limit ? limit : cpu_machine().cores;
}

void set_thread_grain(double nanoseconds) {
  if (!(nanoseconds >= 0))
    throw error("set_thread_grain: " + std::to_string(nanoseconds) +
                " nanoseconds; give 0 or more");
  grain = nanoseconds;
}

double thread_grain() { return grain; }

}  // namespace weft
