// tests/acceptance/session_test.cpp: the PyTorch session that weft grew from, step by step, with
// xt::xarray in NumPy's place. Not here until they exist: rand and rand_like, CUDA devices, and
// weft's NumPy adaptor. PyTorch's zeros are float32; weft's are double unless told otherwise.
// SPDX-License-Identifier: BSD-3-Clause
#include "../adaptors/xtensor_headers.hpp"
#include "catch.hpp"
#include "weft/weft.hpp"
#include "weft/xtensor.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("zeros print as in the session") {
  CHECK(to_string(zeros<float>({5})) == "tensor([0., 0., 0., 0., 0.])");
  CHECK(to_string(zeros({5})) == "tensor([0., 0., 0., 0., 0.], dtype=float64)");
}

// a = torch.zeros(5); b = a.numpy(); a.add_(1)
TEST_CASE("a tensor and the xtensor array adapted from it are one memory") {
  tensor<float> a = zeros<float>({5});
  float* memory = a.data();
  auto b = xt::adapt(memory, 5, xt::no_ownership(), std::vector<std::size_t>{5});
  CHECK(&b(0) == &a(0));

  a += 1;
  CHECK(to_string(a) == "tensor([1., 1., 1., 1., 1.])");
  CHECK((b == xt::xarray<float>{1, 1, 1, 1, 1}));
  CHECK(a.data() == memory);

  b(2) = 7;
  CHECK(a(2) == 7);
}

// a = np.zeros(5); b = torch.from_numpy(a); np.add(a, 2, out=a)
TEST_CASE("an xtensor array of doubles adapted to a view is float64 and follows its changes") {
  xt::xarray<double> a = xt::zeros<double>({5});
  auto b = view_of(a);
  CHECK(b.dtype() == dtype::float64);
  CHECK(b.data() == a.data());

  xt::noalias(a) += 2;
  CHECK(to_string(b) == "tensor([2., 2., 2., 2., 2.], dtype=float64)");
  b += 1;
  CHECK((a == xt::xarray<double>{3, 3, 3, 3, 3}));
  CHECK(b.data() == a.data());
}

// x = torch.rand(2, 3).to("cuda"); x + y
TEST_CASE("operands on two devices are refused at once, and both devices are named") {
  tensor<float> y{{1, 2, 3}, {4, 5, 6}};
  // Stands for a tensor on a GPU: nothing reads its elements.
  const view<float> x(nullptr, {2, 3}, {3, 1}, cuda(0));
  CHECK_THROWS_WITH(x + y, "add: operands are on cuda:0 and cpu; move one with .to(...)");
  CHECK_THROWS_AS(y * x, device_error);
  CHECK((2 * x).operand_device() == cuda(0));
}

TEST_CASE("without CUDA, moving there says why not, and moving to the CPU works") {
  const tensor<float> y{{1, 2, 3}, {4, 5, 6}};
  if (!cuda_is_available())
    CHECK_THROWS_WITH(y.to("cuda"), ContainsSubstring("cuda:0 is not available") &&
                                        ContainsSubstring(cuda_unavailable_reason()));
  CHECK(to_string(y.to("cpu") + y) == "tensor([[ 2.,  4.,  6.],\n        [ 8., 10., 12.]])");
}
