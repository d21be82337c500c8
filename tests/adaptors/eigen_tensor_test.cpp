// tests/adaptors/eigen_tensor_test.cpp: Eigen's unsupported Tensor and TensorMap, both ways.
// SPDX-License-Identifier: BSD-3-Clause
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <unsupported/Eigen/CXX11/Tensor>
#pragma GCC diagnostic pop

#include "catch.hpp"
#include "weft/eigen.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("Eigen tensors of both layouts are viewed where they are") {
  Eigen::Tensor<float, 3> columns(2, 3, 4);
  Eigen::Tensor<float, 3, Eigen::RowMajor> rows(2, 3, 4);
  const Eigen::Tensor<float, 3>& reads = columns;
  CHECK(view_of(columns).shape() == shape{2, 3, 4});
  CHECK(&view_of(columns)(1, 2, 3) == &columns(1, 2, 3));
  CHECK(&view_of(rows)(1, 2, 3) == &rows(1, 2, 3));
  static_assert(std::same_as<decltype(view_of(reads)), view<const float>>);
  double memory[6];
  Eigen::TensorMap<Eigen::Tensor<double, 2>> map(memory, 2, 3);
  CHECK(&view_of(map)(1, 2) == memory + 5);
  const auto tree = square(Eigen::Tensor<float, 3>(columns.setConstant(2.0f)));
  CHECK(eval(tree)(1, 1, 1) == 4);
  eval(assign(rows, view_of(columns) * 2));
  CHECK(rows(1, 0, 3) == 4);
}

TEST_CASE("a contiguous tensor leaves as a TensorMap, another is refused") {
  using rows = Eigen::TensorMap<Eigen::Tensor<double, 2, Eigen::RowMajor>>;
  tensor<double> x{{1, 2, 3}, {4, 5, 6}};
  auto map = to_eigen<rows>(x);
  CHECK(&map(1, 2) == &x(1, 2));
  CHECK_THROWS_WITH(to_eigen<rows>(transpose(x)),
                    "to_eigen: strides (1, 3) of shape (3, 2) are not the TensorMap's contiguous "
                    "layout; pass weft::copy(x), or a TensorMap of the other layout");
  using flat = Eigen::TensorMap<Eigen::Tensor<double, 1>>;
  CHECK_THROWS_WITH(to_eigen<flat>(x), "to_eigen: shape (2, 3) has not the tensor's rank 1");
}
