// tests/acceptance/printing_test.cpp: what a session shows of tensors.
// SPDX-License-Identifier: BSD-3-Clause
#include <complex>
#include <limits>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("numbers of an array have one width and one precision") {
  CHECK(to_string(tensor<float>{1, 2.5f, -10}) == "tensor([  1.0000,   2.5000, -10.0000])");
  CHECK(to_string(tensor<std::int64_t>{1, -20, 300}) == "tensor([  1, -20, 300])");
  CHECK(to_string(tensor<bool>{true, false}) == "tensor([ True, False])");
}

TEST_CASE("very large and very small numbers are written with exponents") {
  CHECK(to_string(tensor<float>{1e-5f, 1}) == "tensor([1.0000e-05, 1.0000e+00])");
  CHECK(to_string(tensor<float>{1e9f, 2}) == "tensor([1.0000e+09, 2.0000e+00])");
}

TEST_CASE("numbers that are none are words") {
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(to_string(tensor<float>{1, inf, -inf, std::numeric_limits<float>::quiet_NaN()}) ==
        "tensor([  1.,  inf, -inf,  nan])");
}

TEST_CASE("complex numbers show both parts") {
  using c = std::complex<float>;
  CHECK(to_string(tensor<c>{c(1, -2), c(0, 0.5f)}) ==
        "tensor([1.0000-2.0000j, 0.0000+0.5000j], dtype=complex64)");
}

TEST_CASE("an expression prints as the tensor that it becomes") {
  const tensor<double> x{1, 4};
  CHECK(to_string(sqrt(x) * 2) == "tensor([2., 4.], dtype=float64)");
}

TEST_CASE("rank 0 has no brackets, and no elements say which shape") {
  CHECK(to_string(tensor<float>(shape{}, 3.5f)) == "tensor(3.5000)");
  CHECK(to_string(zeros<float>({0})) == "tensor([])");
  CHECK(to_string(zeros<float>({2, 0})) == "tensor([], shape=(2, 0))");
}

TEST_CASE("blocks of three axes stand apart") {
  CHECK(to_string(reshape(eval(arange(std::int64_t(8))), {2, 2, 2})) ==
        "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])");
}

TEST_CASE("long axes show their ends") {
  const print_options few{.precision = 2, .threshold = 10, .edge_items = 1};
  CHECK(to_string(reshape(eval(arange(12.0f) / 4), {3, 4}), few) ==
        "tensor([[0.00, ..., 0.75],\n        ...,\n        [2.00, ..., 2.75]])");
}

TEST_CASE("a transposed view prints in its own order") {
  CHECK(to_string(transpose(tensor<std::int64_t>{{1, 2}, {3, 4}})) ==
        "tensor([[1, 3],\n        [2, 4]])");
}
