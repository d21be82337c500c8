// tests/cuda/fake_test.cpp: the fake driver itself, where weft's own kernels do not reach: warps.
// SPDX-License-Identifier: BSD-3-Clause
#include "fake.hpp"

#include <fstream>
#include <sstream>
#include <vector>

#include "catch.hpp"
#include "same.hpp"
#include "weft/cuda/driver.hpp"
#include "weft/cuda/nvrtc.hpp"

using namespace weft;
using cuda_tests::counting;
using cuda_tests::same;

namespace {

gpu::function_handle load_warps() {
  std::ostringstream text;
  text << std::ifstream("warps.cu").rdbuf();
  const std::vector<char> image = gpu::compile(text.str(), "sm_90");
  const gpu::on_device here(cuda(0));
  gpu::module_handle module = nullptr;
  gpu::function_handle function = nullptr;
  gpu::check(gpu::the_driver().load_module(&module, image.data()), "loading", cuda(0));
  gpu::check(gpu::the_driver().get_function(&function, module, "weft_kernel"), "finding", cuda(0));
  return function;
}

// Begins the kernel of warps.cu over all of x, `block` threads to a block.
void launch_warps(tensor<std::int64_t>& sums, tensor<int>& of_lane, const tensor<int>& x, int block,
                  int broken = 0) {
  static const gpu::function_handle function = load_warps();
  const void *a = sums.elements(), *b = of_lane.elements(), *c = x.elements();
  const int size = int(x.size());
  const void* list[] = {&a, &b, &c, &size, &broken};
  const gpu::on_device here(cuda(0));
  gpu::check(gpu::the_driver().launch(function, unsigned((size + block - 1) / block), 1, 1,
                                      unsigned(block), 1, 1, 0, nullptr, const_cast<void**>(list),
                                      nullptr),
             "running", cuda(0));
}

}  // namespace

TEST_CASE("the lanes of a warp exchange values, and its warps meet at barriers") {
  for (const int block : {256, 96, 80, 33, 32, 7, 1}) {
    INFO("blocks of " << block);
    const int n = 700, blocks = (n + block - 1) / block;
    const tensor<int> x = counting<int>({n}), dx = x.to(cuda(0));
    tensor<std::int64_t> sums(shape{blocks}, cuda(0));
    tensor<int> of_lane(shape{n, 6}, cuda(0));
    launch_warps(sums, of_lane, dx, block);
    const auto value = [&](int at) { return at < n ? x(at) : 0; };
    tensor<std::int64_t> expected_sums(zeros<std::int64_t>({blocks}));
    tensor<int> expected(shape{n, 6});
    for (int at = 0; at < n; ++at) {
      const int t = at % block, warp = at - t % 32, end = at - t + block;
      const int lanes = std::min(32, end - warp), lane = t % 32;
      expected_sums(at / block) += x(at);
      int before = 0, odd = 0;
      for (int l = 0; l < lanes; ++l) {
        before += l <= lane ? value(warp + l) : 0;
        odd += value(warp + l) % 2;
      }
      expected(at, 0) = before;
      const int third = lane / 8 * 8 + 3, neighbour = lane ^ 1;
      expected(at, 1) = value(warp + (third < lanes ? third : lane / 8 * 8));
      expected(at, 2) = value(warp + (neighbour < lanes ? neighbour : lane));
      expected(at, 3) = odd;
      expected(at, 4) = odd > 0;
      expected(at, 5) = odd == lanes;
    }
    CHECK(same(sums, expected_sums));
    CHECK(same(of_lane, expected));
  }
}

TEST_CASE("threads that wait for each other, and lanes that are not there, are caught", "[fake]") {
  const tensor<int> x = counting<int>({64}).to(cuda(0));
  tensor<std::int64_t> sums(shape{1}, cuda(0));
  tensor<int> of_lane(shape{64, 6}, cuda(0));
  for (const int broken : {1, 2}) {
    launch_warps(sums, of_lane, x, 64, broken);
    CHECK_THROWS_AS(synchronize(cuda(0)), cuda_error);
    fake_cuda::reset();
  }
}
