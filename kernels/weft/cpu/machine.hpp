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

}  // namespace weft
