// weft/cpu/machine.hpp: what the planner needs to know of this machine, read once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft {

struct machine {
  std::int64_t l1_bytes, l2_bytes;  // of one core
  std::size_t last_cache_bytes;
  int cores;
};

/// Sizes as the system reports them; 32 KiB, 256 KiB, 8 MiB where it does not.
const machine& cpu_machine();

/// What a copy takes: bytes read and written in a nanosecond.
struct machine_rates {
  double memory;  // several times the last cache, with the threads that this is worth
  double cache;   // as large as L1, with one thread
  double start;   // nanoseconds of planning and running one element
};

/// Measured when first asked for, which takes some 50 ms and up to 256 MiB. Throws memory_error.
const machine_rates& cpu_rates();

/// Bytes of the shortest rows that are written around the cache although they are no whole lines of
/// memory: what their ends cost eats up the gain of shorter ones. Measured.
inline constexpr std::ptrdiff_t shortest_row_around = 2048;

}  // namespace weft
