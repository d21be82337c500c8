// tests/cuda/prepare_test.cpp: kernels are compiled in the background, several at once, each once.
// SPDX-License-Identifier: BSD-3-Clause
#include <thread>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

TEST_CASE("prepare compiles a kernel, and evaluating finds it") {
  tensor<float> y = counting({7}).to(cuda(0));
  const cuda_kernels before = cuda_kernel_counts();
  const prepared ready = prepare(assign(y, tan(y) * 0.5f - 3));
  ready.wait();
  CHECK(ready.is_done());
  const cuda_kernels between = cuda_kernel_counts();
  CHECK(between.compiled == before.compiled + 1);
  CHECK(between.launched == before.launched);
  CHECK(same(y, counting({7})));
  y = tan(y) * 0.5f - 3;
  CHECK(cuda_kernel_counts().compiled == between.compiled);
}

TEST_CASE("trees are prepared for new tensors, one kernel each, and those on the host need none") {
  const tensor<float> x = counting({7}), dx = x.to(cuda(0));
  prepare(x + 1, x * 2).wait();
  const cuda_kernels before = cuda_kernel_counts();
  const prepared ready = prepare(dx * dx * 7 + 0.125f, sqrt(dx) - 0.125f, x / 3);
  ready.wait();
  const cuda_kernels between = cuda_kernel_counts();
  CHECK(between.compiled == before.compiled + 2);
  const tensor<float> y(dx * dx * 7 + 0.125f), z(sqrt(dx) - 0.125f);
  CHECK(cuda_kernel_counts().compiled == between.compiled);
}

TEST_CASE("several kernels are compiled at once, and prepare does not wait for them", "[threads]") {
  const tensor<float> dx = counting({7}).to(cuda(0));
  fake_cuda::hold_compiler(true);
  const prepared ready = prepare(11 - dx * dx, dx / (dx * 11));
  const bool both = fake_cuda::are_compiling(2);
  const bool early = ready.is_done();
  fake_cuda::hold_compiler(false);
  CHECK(both);
  CHECK_FALSE(early);
  ready.wait();
  CHECK(same(11 - dx * dx, 11 - counting({7}) * counting({7})));
}

TEST_CASE("an evaluation waits for its kernel that is being compiled", "[threads]") {
  const tensor<float> dx = counting({7}).to(cuda(0));
  const auto before = cuda_kernel_counts().compiled;
  fake_cuda::hold_compiler(true);
  prepare(13 - dx * dx * dx);
  const bool begun = fake_cuda::are_compiling(1);
  tensor<float> y;
  std::thread other([&] { y = 13 - dx * dx * dx; });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const bool alone = fake_cuda::are_compiling(1);
  fake_cuda::hold_compiler(false);
  other.join();
  CHECK(begun);
  CHECK(alone);
  CHECK(same(y, 13 - counting({7}) * counting({7}) * counting({7})));
  CHECK(cuda_kernel_counts().compiled == before + 1);
}

TEST_CASE("what does not compile is thrown where it is waited for, or needed") {
  const tensor<float> dx = counting({7}).to(cuda(0));
  fake_cuda::fail_to_compile(2);
  const prepared ready = prepare(17 / dx + dx);
  CHECK_THAT(message([&] { ready.wait(); }), ContainsSubstring("a failure of the fake compiler"));
  CHECK_THAT(message([&] { ready.wait(); }), ContainsSubstring("a failure of the fake compiler"));
  CHECK_THAT(message([&] { eval(17 / dx + dx); }),
             ContainsSubstring("a failure of the fake compiler"));
  fake_cuda::fail_to_compile(0);
  CHECK(same(17 / dx + dx, 17 / counting({7}) + counting({7})));
  CHECK_THROWS_AS(prepare(dx + cast<float>(from_index({7}, [](index_t i) { return int(i); }))),
                  device_error);
}

// A process that ends while kernels are compiled ends well; CTest looks at its exit status.
TEST_CASE("the end of the process does not wait for what has not begun", "[.][ends]") {
  const tensor<float> dx = counting({7}).to(cuda(0));
  prepare(dx + 101, dx - 102, dx * 103, dx / 104, dx * dx, dx + dx, dx - dx, dx / dx);
}
