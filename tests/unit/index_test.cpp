// tests/unit/index_test.cpp: slices and rearrangements mean what they mean in NumPy.
#include "weft/index.hpp"

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {
tensor<int> counted(const shape& s) { return reshape(eval(arange(int(s.product()))), s); }
}  // namespace

TEST_CASE("ranges cut, step and walk backwards as in Python") {
  tensor<int> x = counted({10});
  CHECK(to_string(x(range(1, -1, 3))) == "tensor([1, 4, 7], dtype=int32)");
  CHECK(to_string(x(range(std::nullopt, std::nullopt, -4))) == "tensor([9, 5, 1], dtype=int32)");
  CHECK(x(range(5, 100)).size() == 5);
  CHECK(x(range(7, 3)).size() == 0);
  CHECK(x(-1) == 9);
}

TEST_CASE("integers drop axes, newaxis adds one, ellipsis stretches") {
  tensor<int> x = counted({2, 3, 4});
  CHECK(x(1, ellipsis).shape() == shape{3, 4});
  CHECK(x(ellipsis, 2).shape() == shape{2, 3});
  CHECK(x(all, newaxis, 1).shape() == shape{2, 1, 4});
  CHECK(x(1, ellipsis, 3).data() == &x(1, 0, 3));
}

TEST_CASE("rearranged views share their elements") {
  tensor<int> x = counted({2, 3, 4});
  CHECK(transpose(x)(3, 2, 1) == x(1, 2, 3));
  CHECK(permute(x, {1, 2, 0})(2, 3, 1) == x(1, 2, 3));
  CHECK(flip(x, 1)(0, 0, 0) == x(0, 2, 0));
  CHECK(squeeze(expand_dims(x, 1)).shape() == x.shape());
  CHECK(broadcast_to(x(0, 0, all), {5, 4})(4, 3) == 3);
  CHECK(diagonal(x)(1, 2) == x(1, 2, 2));
  CHECK(diagonal(x, 1)(0, 2) == x(0, 2, 3));
}

TEST_CASE("reshape is a view wherever the strides allow one") {
  tensor<int> x = counted({4, 6});
  CHECK(reshape(x, {2, 2, -1})(1, 1, 5) == 23);
  CHECK(reshape(x(range(0, 4, 2)), {2, 3, 2})(1, 2, 1) == x(2, 5));
  CHECK_THROWS_AS(reshape(transpose(x), {24}), shape_error);
  CHECK(reshape(copy(transpose(x)), {24})(1) == 6);
  CHECK_THROWS_AS(reshape(x, {5, -1}), shape_error);
}

TEST_CASE("column-major tensors hold the same values") {
  tensor<int> x(shape{3, 4}, layout::column_major);
  x = counted({3, 4}) + 0;
  CHECK(x(2, 1) == 9);
  CHECK(x.strides() == strides{1, 3});
}

TEST_CASE("tensors print as in PyTorch") {
  CHECK(to_string(zeros<float>({5})) == "tensor([0., 0., 0., 0., 0.])");
  CHECK(to_string(tensor<float>{{1, 2.5f}, {-3, 10}}) ==
        "tensor([[ 1.0000,  2.5000],\n        [-3.0000, 10.0000]])");
  CHECK(to_string(tensor<double>{1.0}) == "tensor([1.], dtype=float64)");
  CHECK(to_string(tensor<float>(shape{0})) == "tensor([])");
  CHECK(to_string(arange(std::int64_t(2000))) ==
        "tensor([   0,    1,    2, ..., 1997, 1998, 1999])");
}
