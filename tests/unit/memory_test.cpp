// tests/unit/memory_test.cpp: freed memory is used again, within its limit, and never twice.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {
constexpr index_t n = 2 << 20;  // 8 MiB of floats
constexpr std::size_t usual = std::size_t(256) << 20;
}  // namespace

TEST_CASE("a large tensor takes the memory that the last one of its size left") {
  empty_memory_cache();
  set_memory_cache(usual);
  const float* first = nullptr;
  {
    tensor<float> x(shape{n});
    first = x.data();
  }
  CHECK(memory_cached() >= n * sizeof(float));
  tensor<float> y(shape{n});
  CHECK(y.data() == first);
  CHECK(memory_cached() == 0);
  tensor<float> z(shape{n});
  CHECK(z.data() != first);
}

TEST_CASE("small tensors are aligned and never share memory, whichever thread frees them",
          "[threads]") {
  for (int round = 0; round < 3; ++round) {
    std::vector<tensor<std::uint8_t>> alive;
    std::thread([&] {
      for (index_t size = 0; size < 1200; size += 7) {
        tensor<std::uint8_t> gone(shape{size}, std::uint8_t(1));
        alive.emplace_back(shape{size}, std::uint8_t(size % 100));
      }
    }).join();
    for (const tensor<std::uint8_t>& x : alive) {
      CHECK(reinterpret_cast<std::uintptr_t>(x.data()) % 64 == 0);
      bool is_own = true;
      for (index_t i = 0; i < x.size(); ++i) is_own &= x(i) == x.size() % 100;
      CHECK(is_own);
    }
  }
}

TEST_CASE("kept memory serves neither a tensor that is larger nor one that would waste it") {
  empty_memory_cache();
  set_memory_cache(usual);
  {
    tensor<float> x(shape{2 * n});
  }
  const std::size_t kept = memory_cached();
  tensor<float> larger(shape{3 * n}), smaller(shape{n});
  CHECK(memory_cached() == kept);
}

TEST_CASE("no more is kept than was asked for, and all of it can be given back") {
  empty_memory_cache();
  set_memory_cache(20 << 20);
  {
    std::vector<tensor<float>> many;
    for (int k = 0; k < 5; ++k) many.emplace_back(shape{n});
  }
  CHECK(memory_cached() > 0);
  CHECK(memory_cached() <= 20 << 20);
  empty_memory_cache();
  CHECK(memory_cached() == 0);
  set_memory_cache(0);
  {
    tensor<float> x(shape{n});
  }
  CHECK(memory_cached() == 0);
  set_memory_cache(usual);
}

TEST_CASE("threads that evaluate into new tensors never share one", "[threads]") {
  set_memory_cache(usual);
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int k = 0; k < 10; ++k) {
        const tensor<float> a = full<float>({n / 2}, float(t)), b = a + 1.0f;
        wrong[std::size_t(t)] += b(0) != float(t + 1) || b(n / 2 - 1) != float(t + 1);
      }
    });
  for (std::thread& t : threads) t.join();
  for (const int w : wrong) CHECK(w == 0);
}
