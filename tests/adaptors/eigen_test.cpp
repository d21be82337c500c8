// tests/adaptors/eigen_test.cpp: Eigen's elements are weft's, in both directions.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/eigen.hpp"

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {
using rows_first = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Every element of v is at the address of the same element of m.
bool same_memory(auto& m, const auto& v) {
  if (v.shape() != shape{index_t(m.rows()), index_t(m.cols())}) return false;
  for (Eigen::Index i = 0; i < m.rows(); ++i)
    for (Eigen::Index k = 0; k < m.cols(); ++k)
      if (&m.coeffRef(i, k) != &v(i, k)) return false;
  return true;
}
}  // namespace

TEST_CASE("matrices, arrays, maps and blocks are viewed where they are") {
  Eigen::MatrixXd m(3, 4);
  rows_first r(3, 4);
  Eigen::ArrayXXf a(2, 5);
  Eigen::Matrix<int, 2, 3> fixed;
  CHECK(same_memory(m, view_of(m)));
  CHECK(same_memory(r, view_of(r)));
  CHECK(same_memory(a, view_of(a)));
  CHECK(same_memory(fixed, view_of(fixed)));
  auto block = m.block(1, 1, 2, 3);
  CHECK(same_memory(block, view_of(block)));
  auto turned = m.transpose();
  CHECK(same_memory(turned, view_of(turned)));
  float memory[64];
  Eigen::Map<rows_first, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> every(
      memory, 3, 4, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(16, 2));
  CHECK(same_memory(every, view_of(every)));
  CHECK(view_of(every).strides() == strides{16, 2});
  Eigen::Ref<Eigen::MatrixXd> ref = m.leftCols(2);
  CHECK(same_memory(ref, view_of(ref)));
}

TEST_CASE("vectors are rank 1, with the stride of a matrix's row or diagonal") {
  Eigen::MatrixXd m(3, 4);
  Eigen::VectorXf v(5);
  CHECK(view_of(v).shape() == shape{5});
  CHECK(view_of(v).data() == v.data());
  CHECK(&view_of(m.row(1))(2) == &m(1, 2));
  CHECK(&view_of(m.col(2))(1) == &m(1, 2));
  CHECK(&view_of(m.diagonal())(2) == &m(2, 2));
}

TEST_CASE("what is const in Eigen only reads in weft") {
  const Eigen::MatrixXd m = Eigen::MatrixXd::Ones(2, 2);
  const double memory[4] = {};
  static_assert(std::same_as<decltype(view_of(m)), view<const double>>);
  static_assert(std::same_as<decltype(view_of(Eigen::Map<const Eigen::MatrixXd>(memory, 2, 2))),
                             view<const double>>);
  static_assert(!Adapted<decltype(m + m)>);
  CHECK(view_of(m).data() == m.data());
}

TEST_CASE("Eigen's matrices are operands and targets") {
  Eigen::MatrixXf m(2, 3), y(2, 3);
  m << 1, 2, 3, 4, 5, 6;
  const float* before = y.data();
  eval(assign(y, square(m) + tensor<float>{100, 200, 300}));
  CHECK(y(1, 2) == 336);
  CHECK(y.data() == before);
  eval(assign(y.row(0), tensor<float>{7, 8, 9}));
  CHECK(y(0, 1) == 8);
  Eigen::MatrixXf none(0, 3);
  CHECK(eval(square(none)).shape() == shape{0, 3});
}

TEST_CASE("a temporary matrix lives as long as the tree that reads it") {
  const auto make = [] { return Eigen::MatrixXd(Eigen::MatrixXd::Constant(2, 2, 3.0)); };
  const auto tree = square(make()) + square(Eigen::Matrix2d(Eigen::Matrix2d::Ones()));
  CHECK(eval(tree)(1, 1) == 10);
}

TEST_CASE("tensors and views of any strides leave as maps of the same elements") {
  tensor<float> x = reshape(cast<float>(arange(12)), {3, 4});
  tensor<float> column_major(shape{3, 4}, layout::column_major);
  auto map = to_eigen<Eigen::MatrixXf>(x);
  CHECK(same_memory(map, x));
  auto other = to_eigen<rows_first>(column_major);
  CHECK(same_memory(other, column_major));
  auto v = x(range(0, 3, 2), range(std::nullopt, std::nullopt, -1));
  auto backwards = to_eigen<Eigen::ArrayXXf>(v);
  CHECK(same_memory(backwards, v));
  map.array() += 1;
  CHECK(x(2, 3) == 12);
  auto column = to_eigen<Eigen::VectorXf>(x(all, 1));
  CHECK(&column(2) == &x(2, 1));
  auto row = to_eigen<Eigen::RowVectorXf>(x(1, all));
  CHECK(&row(3) == &x(1, 3));
  const tensor<float>& reads = x;
  const auto map_of_const = to_eigen<Eigen::MatrixXf>(reads);
  CHECK(map_of_const.data() == x.data());
  static_assert(std::is_const_v<std::remove_pointer_t<decltype(map_of_const.data())>>);
  CHECK((map * map.transpose()).eval()(0, 0) == 30);
}

TEST_CASE("what Eigen's type cannot hold is refused") {
  tensor<float> x(shape{3, 4}), cube(shape{2, 2, 2}), one(shape{});
  CHECK_THROWS_WITH(to_eigen<Eigen::Matrix3f>(x),
                    "to_eigen: shape (3, 4) does not fit a type of 3 x 3 (-1 is any)");
  CHECK_THROWS_WITH(to_eigen<Eigen::MatrixXf>(cube),
                    "to_eigen: shape (2, 2, 2) is neither a matrix nor a vector");
  CHECK_THROWS_AS(to_eigen<Eigen::MatrixXf>(one), shape_error);
}
