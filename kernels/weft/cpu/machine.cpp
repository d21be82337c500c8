// weft/cpu/machine.cpp: reads the machine's sizes once, measures its rates once when asked.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

#include "weft/eval.hpp"
#include "weft/plan.hpp"

namespace weft {
namespace {

std::int64_t reported(int name) { return std::max<std::int64_t>(sysconf(name), 0); }

// The data cache of this level as Linux lists it; 0 where it does not. sysconf alone is not
// enough: under a hypervisor it was seen to report the last cache of a whole socket, 384 MiB,
// where a core can use 32.
std::int64_t listed(int level) {
  std::int64_t bytes = 0;
  for (int k = 0; k < 8; ++k) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(k) + "/";
    int its_level = 0;
    std::string type;
    std::int64_t kibibytes = 0;
    std::ifstream(folder + "level") >> its_level;
    std::ifstream(folder + "type") >> type;
    std::ifstream(folder + "size") >> kibibytes;
    if (its_level == level && type != "Instruction") bytes = kibibytes << 10;
  }
  return bytes;
}

// The smaller of what the two say, or what one says, or 0.
std::int64_t smaller(std::int64_t a, std::int64_t b) {
  return a && b ? std::min(a, b) : std::max(a, b);
}

machine read_sizes() {
  const auto level = [](int n, int name) { return smaller(listed(n), reported(name)); };
  const auto or_else = [](std::int64_t bytes, std::int64_t otherwise) {
    return bytes ? bytes : otherwise;
  };
  const std::int64_t l1 = or_else(level(1, _SC_LEVEL1_DCACHE_SIZE), 32 << 10);
  const std::int64_t l2 = or_else(level(2, _SC_LEVEL2_CACHE_SIZE), 256 << 10);
  const std::int64_t last =
      or_else(level(3, _SC_LEVEL3_CACHE_SIZE), std::max<std::int64_t>(l2, 8 << 20));
  return {.l1_bytes = l1,
          .l2_bytes = l2,
          .last_cache_bytes = std::size_t(last),
          .cores = int(std::max(1u, std::thread::hardware_concurrency()))};
}

// Nanoseconds of a copy with `bytes` bytes moved in all, the best of some runs. It is planned and
// run as an evaluation is, but never shown: showing one asks for these rates.
double copy_time(std::size_t bytes, int runs) {
  using clock = std::chrono::steady_clock;
  const weft::shape s{index_t(bytes / 2 / sizeof(float))};
  tensor<float> a(s), y(s);
  std::fill_n(a.data(), s.product(), 1.0f);
  std::fill_n(y.data(), s.product(), 0.0f);
  double best = std::numeric_limits<double>::max();
  for (int k = 0; k < runs; ++k) {
    const auto begin = clock::now();
    copy_elements(dtype::float32, y.data(), s, y.strides(), a.data(), a.strides());
    const std::chrono::duration<double, std::nano> time = clock::now() - begin;
    best = std::min(best, std::max(time.count(), 1.0));
  }
  return best;
}

}  // namespace

const machine& cpu_machine() {
  static const machine m = read_sizes();
  return m;
}

const machine_rates& cpu_rates() {
  static const machine_rates rates = [] {
    const std::size_t in_memory =
        std::clamp<std::size_t>(4 * cpu_machine().last_cache_bytes, 32u << 20, 1u << 28);
    const auto in_cache = std::size_t(cpu_machine().l1_bytes);
    const double start = copy_time(2 * sizeof(float), 1000);
    return machine_rates{
        .memory = double(in_memory) / copy_time(in_memory, 5),
        .cache = double(in_cache) / std::max(copy_time(in_cache, 1000) - start, 1.0),
        .start = start};
  }();
  return rates;
}

}  // namespace weft
