// tests/cuda/acceptance_test.cpp: the PyTorch session that weft grew from, where there is a device:
// x.to('cuda'), and an error when two devices meet. tests/acceptance is the same session without.
// SPDX-License-Identifier: BSD-3-Clause
#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::message;
using cuda_tests::same;

TEST_CASE("a tensor goes to the GPU, is computed with there, and prints where it is") {
  const tensor<float> x{{1, 2, 3}, {4, 5, 6}};
  const tensor<float> there = x.to("cuda");
  CHECK(there.device() == cuda(0));
  CHECK(to_string(there) == "tensor([[1., 2., 3.],\n        [4., 5., 6.]], device='cuda:0')");

  const tensor<float> y = ones<float>({2, 3}, cuda(0));
  const tensor<float> z = there + y;
  CHECK(z.device() == cuda(0));
  CHECK(to_string(z) == "tensor([[2., 3., 4.],\n        [5., 6., 7.]], device='cuda:0')");
  CHECK(same(z.to("cpu"), x + 1));
  CHECK(same(z.to(cpu).to("cuda:1"), z));
}

TEST_CASE("operands on two devices are refused at once, and both devices are named") {
  const tensor<float> here{1, 2, 3}, there = here.to(cuda(0)), elsewhere = here.to(cuda(1));
  const auto launches = fake_cuda::driver_counts().launches;
  CHECK(message([&] { there + here; }) ==
        "add: operands are on cuda:0 and cpu; move one with .to(...)");
  CHECK(message([&] { there* elsewhere; }) ==
        "multiply: operands are on cuda:0 and cuda:1; move one with .to(...)");
  CHECK_THROWS_AS(where(there > 0, there, here), device_error);
  tensor<float> y = here.to(cuda(0));
  CHECK_THROWS_AS(y += elsewhere, device_error);
  CHECK_THROWS_AS(y = here + 1, device_error);
  CHECK(fake_cuda::driver_counts().launches == launches);
  CHECK(same(y, here));
}

TEST_CASE("numbers, generated leaves and rank-0 tensors mix with every device") {
  const tensor<float> x{1, 2, 3}, there = x.to(cuda(1));
  const tensor<float> half(shape{}, 0.5f);
  CHECK(same(2 * there + 1, 2 * x + 1));
  CHECK(same(there * half + cast<float>(arange(3)), x * half + cast<float>(arange(3))));
  CHECK((half * there).operand_device() == cuda(1));
}

TEST_CASE("elements on a device cannot be reached from the host, and the error says how they can") {
  tensor<float> there = tensor<float>{1, 2, 3}.to(cuda(0));
  CHECK_THAT(message([&] { there(1) = 5; }), ContainsSubstring("cuda:0"));
  CHECK_THAT(message([&] { there.data(); }), ContainsSubstring(".to("));
  CHECK(there(range(1, 2)).item() == 2);
}

TEST_CASE("whatever call of the driver fails, nothing is lost, written, or kept") {
  const tensor<float> x = cuda_tests::counting({1000}), y = cuda_tests::counting({1000}, 3);
  empty_memory_cache(cuda(0));
  const auto in_use = memory_of(cuda(0)).in_use;
  int failed = 0;
  for (int k = 0;; ++k) {
    tensor<float> result = y.to(cuda(0));
    empty_memory_cache(cuda(0));
    fake_cuda::fail("any", k, 999);
    bool threw = false;
    try {
      const tensor<float> there = x.to(cuda(0));
      const stream s;
      const with_stream on(s);
      result = there * 2 + result;
      synchronize(s);
    } catch (const error& e) {
      threw = true;
      CHECK(std::string(e.what()).size() > 20);
    }
    const bool was_reached = fake_cuda::reset() == 0;
    INFO("call " << k);
    // Either all of it was done or nothing.
    const tensor<float> found = result.to(cpu);
    CHECK((same(found, x * 2 + y) || (threw && same(found, y))));
    if (!was_reached) break;
    failed += threw;
  }
  CHECK(failed > 3);
  CHECK(memory_of(cuda(0)).in_use == in_use);
}
