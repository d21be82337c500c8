// tests/cuda/failure_test.cpp: what fails on a device says what, where, and what to do; nothing is
// lost or written by it.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

TEST_CASE("memory that cannot be had is asked for again after what is kept was given back") {
  empty_memory_cache(cuda(0));
  {
    const tensor<float> kept(shape{1000}, cuda(0));
  }
  CHECK(memory_of(cuda(0)).kept == 4000);
  fake_cuda::fail("cuMemAlloc", 0, 2);
  const tensor<float> x(shape{3000}, cuda(0));
  CHECK(memory_of(cuda(0)).kept == 0);
  fake_cuda::reset();
}

TEST_CASE("want of device memory states what was asked for and what there is") {
  empty_memory_cache(cuda(1));
  const std::string text = message([] { tensor<float>(shape{100 << 20}, cuda(1)); });
  CHECK_THAT(text, ContainsSubstring("cuda:1: 419430400 bytes could not be allocated; 268435456 of "
                                     "268435456 are free; free tensors"));
  const auto before = memory_of(cuda(1)).in_use;
  CHECK_THROWS_AS(tensor<float>(shape{100 << 20}, cuda(1)), memory_error);
  CHECK(memory_of(cuda(1)).in_use == before);
}

TEST_CASE("freed device memory serves the next tensor of its size, and can be given back") {
  empty_memory_cache(cuda(0));
  const auto start = fake_cuda::driver_counts().allocations;
  for (int k = 0; k < 5; ++k) tensor<float>(shape{4096}, cuda(0));
  CHECK(fake_cuda::driver_counts().allocations == start + 1);
  empty_memory_cache(cuda(0));
  CHECK(memory_of(cuda(0)).kept == 0);
  set_memory_cache(0, cuda(0));
  {
    tensor<float> x(shape{4096}, cuda(0));
  }
  CHECK(memory_of(cuda(0)).kept == 0);
  set_memory_cache(std::size_t(-1), cuda(0));
}

TEST_CASE("a kernel that does not compile leaves the target alone and shows its source") {
  tensor<double> y = counting<double>({5}).to(cuda(0));
  fake_cuda::fail_to_compile(1);
  std::string text;
  try {
    y = cbrt(y) * 3 + 0.25;
  } catch (const cuda_error& e) {
    text = e.what();
    CHECK(e.name() == "NVRTC_ERROR_COMPILATION");
  }
  CHECK_THAT(text, ContainsSubstring("does not compile for sm_90") &&
                       ContainsSubstring("a failure of the fake compiler") &&
                       ContainsSubstring("// y = cbrt(a) * value1 + value2"));
  CHECK(same(y, counting<double>({5})));
  y = cbrt(y) * 3 + 0.25;
  CHECK(y.to(cpu)(0) == 3.25);
}

TEST_CASE("a kernel that cannot be loaded or launched names its expression and the device") {
  tensor<float> x = counting({5}).to(cuda(1));
  x = x - 1;
  fake_cuda::fail("cuLaunchKernel", 0, 999);
  CHECK(message([&] { x = x - 1; }) ==
        "cuda:1: running the kernel y = a - value1 failed: CUDA_ERROR_UNKNOWN (999), a failure of "
        "the fake driver; if it comes again, nvidia-smi and the system's log say what became of "
        "the device");
  CHECK(same(x, counting({5}) - 1));
  fake_cuda::fail("cuModuleLoadData", 0, 999);
  CHECK_THAT(message([&] { x = x * x * x * x; }),
             ContainsSubstring("cuda:1: loading the kernel y = "));
  x = x * x * x * x;
  CHECK(x.to(cpu)(2) == 16);
}

TEST_CASE("a kernel that reads past its memory is reported by the next call that waits", "[fake]") {
  tensor<float> x = counting({8}).to(cuda(0));
  synchronize(cuda(0));
  const view<float> beyond(x.elements(), {4096}, {1}, cuda(0));
  tensor<float> y = beyond + 0.5f;
  std::string text;
  int code = 0;
  try {
    synchronize(cuda(0));
  } catch (const cuda_error& e) {
    text = e.what();
    code = e.code();
  }
  CHECK(code == 700);
  CHECK(text ==
        "cuda:0: waiting for what runs failed: CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory "
        "access was encountered; the kernel was y = a + value1; what is on the device is lost "
        "for this process: start it again, under compute-sanitizer to find the cause");
  CHECK_THROWS_AS(y.to(cpu), cuda_error);
  fake_cuda::reset();
}

TEST_CASE("a kernel that failed is named even when a launch is what reports it, or others followed",
          "[fake]") {
  tensor<float> x = counting({8}).to(cuda(0)), y(shape{4096}, cuda(0));
  const view<float> beyond(x.elements(), {4096}, {1}, cuda(0));
  x = x * 2;
  synchronize(cuda(0));
  y = beyond - 0.5f;
  CHECK_THROWS_AS(default_stream().is_done(), cuda_error);  // the driver has seen the failure
  CHECK_THAT(message([&] { x = x * 2; }),
             ContainsSubstring("running the kernel y = a * value1 failed: CUDA_ERROR_ILLEGAL") &&
                 ContainsSubstring("; the kernel was y = a - value1;"));
  CHECK_THAT(message([] { synchronize(cuda(0)); }),
             ContainsSubstring("; the kernel was y = a - value1;"));
  fake_cuda::reset();

  synchronize(cuda(0));
  y = beyond - 0.5f;
  for (int k = 0; k < 3; ++k) x = x * 2;
  CHECK_THAT(message([] { synchronize(cuda(0)); }),
             ContainsSubstring("; it was one of the kernels y = a * value1; y = a - value1; with "
                               "CUDA_LAUNCH_BLOCKING=1 in the environment it is named;"));
  fake_cuda::reset();
  synchronize(cuda(0));
  for (int k = 0; k < 9; ++k) x = x * 2;
  y = beyond - 0.5f;
  CHECK_THAT(message([] { synchronize(cuda(0)); }),
             ContainsSubstring("y = a - value1; y = a * value1; or one before them; with"));
  fake_cuda::reset();
}

// A process of its own, since a GPU is lost for it. On the fake driver this address is nobody's,
// too.
TEST_CASE("a kernel that fails on a device is named, and the host goes on", "[.][broken]") {
  const tensor<float> here = counting({8}), x = here.to(cuda(0));
  tensor<float> y(shape{8}, cuda(0));
  synchronize(cuda(0));
  y = view<const float>(x.elements() + (index_t(1) << 42), {8}, {1}, cuda(0)) + 0.5f;
  CHECK_THAT(message([] { synchronize(cuda(0)); }),
             ContainsSubstring("cuda:0: waiting for what runs failed: CUDA_ERROR_ILLEGAL_ADDRESS "
                               "(700), an illegal memory access was encountered; the kernel was y "
                               "= a + value1; what is on the device is lost for this process"));
  CHECK_THROWS_AS(y.to(cpu), cuda_error);
  CHECK_THROWS_AS(y = x * 2, cuda_error);
  CHECK(same(tensor<float>(here + 1), counting({8}, 2)));
}

TEST_CASE("a kernel that the driver does not take says which versions there are") {
  tensor<float> x = counting({5}).to(cuda(1));
  setenv("FAKE_CUDA_VERSION", "12040", 1);
  fake_cuda::fail("cuModuleLoadData", 0, 222);
  CHECK_THAT(message([&] { x = x / 7 + x; }),
             ContainsSubstring("cuda:1: loading the kernel y = a / value1 + a of NVRTC 13.0 by a "
                               "driver for CUDA 12.4 failed: ") &&
                 ContainsSubstring("; the driver and NVRTC do not fit: install a newer driver, or "
                                   "name an older libnvrtc in WEFT_NVRTC"));
  unsetenv("FAKE_CUDA_VERSION");
  x = x / 7 + x;
}

TEST_CASE("whichever call of the driver fails, nothing is lost and the next evaluation is right") {
  const tensor<float> here = counting({50, 40}), other = counting({40, 50}, 2);
  const auto expected = eval(here * 2 + transpose(other));
  // All that there is: allocation, copies both ways and across, kernels, temporaries, streams.
  const auto work = [&] {
    const stream s;
    tensor<float> x = here.to(cuda(0)), y = other.to(cuda(0));
    {
      const with_stream on(s);
      x = x * 2 + transpose(y);
      x(range(1, 50), all) += x(range(0, 49), all);
    }
    const event e(s);
    e.wait();
    const tensor<float> across = x.to(cuda(1)), back = tensor<float>(across - 1).to(cuda(0));
    return tensor<float>(back + 1).to(cpu);
  };
  const auto result = work();
  const auto clean = [] {
    for (const device d : {cuda(0), cuda(1)}) {
      synchronize(d);
      empty_memory_cache(d);
    }
  };
  clean();
  const auto held = memory_of(cuda(0)).in_use + memory_of(cuda(1)).in_use;
  const auto live = fake_cuda::driver_counts().live;
  int failed = 0;
  for (const int code : {2, 999, 719}) {
    bool reached = true;
    for (int after = 0; reached; ++after) {
      INFO("call " << after << " answers " << code);
      fake_cuda::fail("any", after, code);
      try {
        work();
      } catch (const cuda_error&) {
        ++failed;
      } catch (const memory_error&) {
        ++failed;
      }
      reached = fake_cuda::reset() == 0;
      clean();
      REQUIRE(memory_of(cuda(0)).in_use + memory_of(cuda(1)).in_use == held);
      REQUIRE(memory_of(cuda(0)).kept + memory_of(cuda(1)).kept == 0);
      REQUIRE(fake_cuda::driver_counts().live == live);
      REQUIRE(fake_cuda::driver_counts().pinned == 0);
      REQUIRE(same(work(), result));
      clean();
    }
  }
  CHECK(failed > 60);
}

TEST_CASE("the fake driver catches memory that was freed, and another device's", "[fake]") {
  empty_memory_cache(cuda(0));
  float* freed = nullptr;
  {
    tensor<float> x = counting({64}).to(cuda(0));
    freed = x.elements();
  }
  empty_memory_cache(cuda(0));
  tensor<float> y(shape{64}, cuda(0));
  y = view<float>(freed, {64}, {1}, cuda(0)) * 3;
  CHECK_THROWS_AS(synchronize(cuda(0)), cuda_error);
  fake_cuda::reset();

  tensor<float> other = counting({64}).to(cuda(1));
  y = view<float>(other.elements(), {64}, {1}, cuda(0)) * 3;
  CHECK_THROWS_AS(synchronize(cuda(0)), cuda_error);
  fake_cuda::reset();
}

TEST_CASE("a failed call gives back all that was taken for it") {
  tensor<int> x = counting<int>({30}).to(cuda(0));
  x(range(1, 30)) += x(range(0, 29));
  empty_memory_cache(cuda(0));
  const auto before = memory_of(cuda(0)).in_use;
  for (const char* function : {"cuMemAlloc", "cuLaunchKernel"})
    for (int after = 0; after < 2; ++after) {
      fake_cuda::fail(function, after, 999);
      try {
        x(range(1, 30)) += x(range(0, 29));
      } catch (const cuda_error&) {
      }
      fake_cuda::reset();
      CHECK(memory_of(cuda(0)).in_use == before);
    }
}
