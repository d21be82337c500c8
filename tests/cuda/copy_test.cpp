// tests/cuda/copy_test.cpp: elements on their way between the host and a device. The fake driver
// takes only pinned memory of the host, and reads and writes it as late as it may.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

namespace {
// More than the pinned chunks of a device hold at once.
const shape large{6, 1 << 20};
}  // namespace

TEST_CASE("the host's elements may be written as soon as to() has returned") {
  for (const shape& s : {shape{10}, shape{300, 200}, large}) {
    tensor<float> x = counting(s);
    const tensor<float> there = x.to(cuda(0));
    x.fill(0);
    CHECK(same(there, counting(s)));
  }
}

TEST_CASE("elements that come back are those of what was begun before") {
  tensor<float> x = counting(large).to(cuda(1));
  x = x * 2;
  tensor<float> here = x.to(cpu);
  x = x * 0;
  CHECK(same(here, counting(large) * 2));
}

TEST_CASE("copies go to the current stream and wait there") {
  const stream s, t;
  tensor<float> x = counting({1000}), y;
  {
    const with_stream on(s);
    y = x.to(cuda(0));
    CHECK_FALSE(s.is_done());
  }
  const with_stream on(t);
  CHECK(same(y.to(cpu), x));
}

TEST_CASE("pinned memory is little, kept, and given back when asked") {
  empty_memory_cache(cuda(0));
  CHECK(memory_of(cuda(0)).pinned == 0);
  const tensor<float> x = counting(large).to(cuda(0));
  const std::size_t pinned = memory_of(cuda(0)).pinned;
  CHECK(pinned > 0);
  CHECK(pinned <= 16u << 20);
  CHECK(same(x, counting(large)));
  CHECK(memory_of(cuda(0)).pinned == pinned);
  for (int k = 0; k < 300; ++k) counting({4}).to(cuda(0));
  CHECK(memory_of(cuda(0)).pinned <= 24u << 20);
  const auto y = counting(large).to(cuda(0));
  empty_memory_cache(cuda(0));  // while copies are on their way
  CHECK(memory_of(cuda(0)).pinned == 0);
  CHECK(same(y, counting(large)));
  empty_memory_cache(cuda(0));
  empty_memory_cache(cuda(1));
  CHECK(fake_cuda::driver_counts().pinned == 0);
}

TEST_CASE("without pinned memory elements go the slow way") {
  const stream s;
  for (const shape& size : {shape{10}, large}) {
    empty_memory_cache(cuda(0));
    const with_stream on(s);
    fake_cuda::fail("cuMemHostAlloc", size == large ? 1 : 0, 2);
    const tensor<float> x = counting(size).to(cuda(0));
    fake_cuda::reset();
    empty_memory_cache(cuda(0));
    const tensor<float> y = x + 1;
    fake_cuda::fail("cuMemHostAlloc", size == large ? 1 : 0, 2);
    const tensor<float> here = y.to(cpu);
    fake_cuda::reset();
    CHECK(same(here, counting(size) + 1));
  }
}

TEST_CASE("a copy that fails in the middle says what was copied, and the next one works") {
  const tensor<float> x = counting(large);
  const tensor<float> there = x.to(cuda(0));
  for (const char* function : {"cuMemcpyHtoDAsync", "cuEventRecord", "cuMemcpyDtoHAsync",
                               "cuEventSynchronize", "cuMemHostAlloc", "cuEventCreate"})
    for (int after = 0; after < 3; ++after) {
      INFO(function << " after " << after);
      empty_memory_cache(cuda(0));
      fake_cuda::fail(function, after, 999);
      try {
        const auto y = x.to(cuda(0));
        const bool is_back = same(there.to(cpu), x);
        CHECK(is_back);
      } catch (const cuda_error&) {
      }
      fake_cuda::reset();
      CHECK(same(x.to(cuda(0)), x));
    }
  fake_cuda::fail("cuMemcpyHtoDAsync", 0, 999);
  CHECK(message([] { counting({3}).to(cuda(1)); }) ==
        "cuda:1: copying 12 bytes from cpu to cuda:1 failed: CUDA_ERROR_UNKNOWN (999), a failure "
        "of the fake driver; if it comes again, nvidia-smi and the system's log say what became of "
        "the device");
}
