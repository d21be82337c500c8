// weft/cpu/machine.hpp: what the planner needs to know of this machine, read once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft {

struct machine {
  std::int64_t l1_bytes;
  std::size_t last_cache_bytes;
  int cores;
};

/// Sizes as the system reports them; 32 KiB, 8 MiB where it does not.
const machine& cpu_machine();

/// Bytes read and written in a nanosecond by a copy, with the threads that its size is worth.
struct machine_rates {
  double memory;  // several times the last cache
  double cache;   // as large as L1
};

/// Measured when first asked for, which takes some 50 ms and as much memory as copy needs.
const machine_rates& cpu_rates();

}  // namespace weft
