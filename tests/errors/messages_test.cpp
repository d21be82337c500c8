// tests/errors/messages_test.cpp: what weft says when something is wrong: function, values, remedy.
#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {
template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing was thrown";
}
}  // namespace

TEST_CASE("shapes that do not broadcast fail where the tree is built") {
  const tensor<float> a(shape{3, 4}), b(shape{5, 4});
  CHECK(message([&] { return a + b; }) ==
        "add: shapes (3, 4) and (5, 4) do not broadcast: axis 0 is 3 and 5");
  tensor<float> y(shape{3, 4});
  CHECK(message([&] { y.as_view() = b; }) ==
        "assign: an expression of shape (5, 4) does not broadcast to the target's shape (3, 4)");
}

TEST_CASE("operands on two devices fail where the tree is built") {
  float elsewhere = 0;
  const view<float> x(&elsewhere, shape{1}, strides{1}, cuda(0));
  const tensor<float> y{1};
  CHECK(message([&] { return x + y; }) ==
        "add: operands are on cuda:0 and cpu; move one with .to(...)");
  CHECK_NOTHROW(x + 1.0f);
  CHECK_NOTHROW(x + tensor<float>(shape{}, 1.0f));
  CHECK(message([&] { x.data(); }) ==
        "data: the elements are on cuda:0; bring them to the host with .to(weft::cpu)");
}

TEST_CASE("a device that is missing is named with the reason") {
  if (cuda_is_available()) return;
  CHECK(message([] { return empty<float>({2}, cuda(1)); }) ==
        "buffer: cuda:1 is not available: " + cuda_unavailable_reason() +
            "; use weft::cpu, or test weft::cuda_is_available() first");
  CHECK_FALSE(cuda_unavailable_reason().empty());
}

TEST_CASE("indices outside a shape name both") {
  const tensor<int> x(shape{2, 3}, 0);
  CHECK(message([&] { x(2, 0); }) == "operator(): indices (2, 0) are outside shape (2, 3)");
  CHECK(message([&] { x(1); }) ==
        "operator(): 1 indices (1) for shape (2, 3); give one for each axis, or add "
        "weft::ellipsis for a view");
  CHECK(message([&] { x(5, all); }) ==
        "operator(): index 5 on axis 0 of shape (2, 3); use -2 to 1");
  CHECK(message([&] { transpose(x).begin(); }) ==
        "begin: shape (3, 2) with strides (1, 3) is not contiguous in row-major order; take "
        "copy(x) first");
}

TEST_CASE("an integer scalar that does not fit is refused, not wrapped") {
  const tensor<std::uint8_t> x{1};
  CHECK(message([&] { return x + 300; }) ==
        "add: the scalar 300 does not fit uint8, and a scalar never widens a tensor of its own "
        "kind; cast the tensor with cast<T>(x) or use a scalar that fits");
}

TEST_CASE("shapes that cannot be are refused before anything is allocated") {
  CHECK(message([] { tensor<float>(shape{2, -1}); }) ==
        "tensor: shape (2, -1) has a negative extent");
  CHECK(message([] { tensor<double>(shape{1 << 30, 1 << 30, 1 << 10}); }) ==
        "tensor: shape (1073741824, 1073741824, 1024) with elements of 8 bytes exceeds the "
        "address space");
  CHECK(message([] { shape{1, 1, 1, 1, 1, 1, 1, 1, 1}; }) ==
        "shape: more than 8 axes; merge axes with reshape first");
  CHECK(message([] { tensor<int>{{1, 2}, {3}}; }) ==
        "tensor: values in braces are ragged: axis 1 has 2 and 1 values; give every row as many");
}

TEST_CASE("a target that repeats elements is refused") {
  tensor<int> x{1, 2};
  CHECK(message([&] { broadcast_to(x, {3, 2}) = 5; }) ==
        "assign: the target of shape (3, 2) repeats elements (stride 0 on axis 0); assign to a "
        "copy of it");
}

TEST_CASE("a reduction says which axis is wrong where it is built") {
  const tensor<float> x(shape{3, 4});
  CHECK(message([&] { return sum(x, 2); }) ==
        "sum: axis 2 is out of range for 2 axes; use -2 to 1");
  CHECK(message([&] { return max(x, {0, -2}); }) ==
        "max: axis -2 of shape (3, 4) is named twice; name each axis once");
  CHECK(message([&] { return mean(x, -3); }) ==
        "mean: axis -3 is out of range for 2 axes; use -2 to 1");
}

TEST_CASE("a reduction of no elements that has no value says so") {
  const tensor<float> none(shape{0, 3});
  CHECK(message([&] { return max(none, 0); }) ==
        "max: shape (0, 3) has no elements along axis 0, and max of none has no value; check "
        "size() first");
  CHECK(message([&] { return argmin(none); }) ==
        "argmin: shape (0, 3) has no elements along axes 0, 1, and argmin of none has no value; "
        "check size() first");
  CHECK_NOTHROW(max(none, 1));
}

TEST_CASE("a reduction on a device that has none is refused where it is built") {
  float elsewhere = 0;
  const view<float> x(&elsewhere, shape{1}, strides{1}, cuda(0));
  CHECK(message([&] { return sum(x); }) ==
        "sum: the operand is on cuda:0; reductions run on the host only, so bring it there with "
        ".to(weft::cpu)");
}

TEST_CASE("dot takes two lists of one length") {
  const tensor<float> x(shape{3, 4}), y(shape{4});
  CHECK(message([&] { return dot(x, y); }) ==
        "dot: shapes (3, 4) and (4,) are not two lists of one length; for others take sum(x * y, "
        "axes)");
}
