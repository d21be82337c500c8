// tests/unit/tensor_test.cpp: tensors and views as values, and laziness that is safe.
#include "weft/tensor.hpp"

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

TEST_CASE("an expression fuses into the value that its parts have") {
  const tensor<float> a{{1, 2, 3}, {4, 5, 6}}, b{{2, 2, 2}, {3, 3, 3}}, c{0, 0, 0};
  const tensor<float> y = a * b + sin(c);
  CHECK(y.shape() == shape{2, 3});
  CHECK(y(0, 0) == 2);
  CHECK(y(1, 2) == 18);
}

TEST_CASE("braces around single numbers are rows") {
  const tensor<double> column{{1}, {2}, {3}};
  CHECK(column.shape() == shape{3, 1});
  CHECK(column(2, 0) == 3);
  CHECK(tensor<int>{{7}}.shape() == shape{1, 1});
  CHECK(tensor<int>{7}.shape() == shape{1});
}

TEST_CASE("copying copies, moving does not") {
  tensor<int> a{1, 2, 3};
  tensor<int> b = a;
  b(0) = 9;
  CHECK(a(0) == 1);
  const int* memory = a.data();
  const tensor<int> c = std::move(a);
  CHECK(c.data() == memory);
  CHECK(a.size() == 0);  // NOLINT(bugprone-use-after-move)
}

namespace {
auto doubled_sum(const tensor<double>& x) {
  tensor<double> local{1, 2, 3};
  return 2.0 * (x + local);  // the tree outlives `local`
}
}  // namespace

TEST_CASE("a tree returned from a function keeps its operands alive") {
  auto tree = doubled_sum(tensor<double>{10, 20, 30});
  const tensor<double> y = tree;
  CHECK(y(2) == 66);
}

TEST_CASE("a tree reads its operands when it is evaluated") {
  tensor<int> x{1, 2};
  auto tree = x + 1;
  x(0) = 10;
  CHECK(eval(tree)(0) == 11);
}

TEST_CASE("assigning to a view writes through") {
  tensor<int> x = zeros<int>({3, 4});
  x(range(0, 2), 1) = tensor<int>{5, 6};
  x(2, ellipsis) = 7;
  CHECK(x(0, 1) == 5);
  CHECK(x(1, 1) == 6);
  CHECK(x(2, 3) == 7);
  CHECK(x(0, 0) == 0);
}

TEST_CASE("a scalar never widens a tensor of its own kind") {
  const tensor<float> f{1};
  const tensor<std::uint8_t> u{200};
  static_assert(std::same_as<decltype(0.2 * f)::value_type, float>);
  static_assert(std::same_as<decltype(u + u)::value_type, int>);
  static_assert(std::same_as<decltype(u / 2)::value_type, int>);
  static_assert(std::same_as<decltype(u * 0.5)::value_type, double>);
  CHECK(eval(u + u)(0) == 400);
}

TEST_CASE("integer division never traps") {
  const int lowest = std::numeric_limits<int>::min();
  const tensor<int> x{7, lowest, 5}, y{0, -1, -2};
  const tensor<int> q = x / y, r = x % y;
  CHECK(q(0) == 0);
  CHECK(q(1) == lowest);
  CHECK(q(2) == -2);
  CHECK(r(0) == 0);
  CHECK(r(1) == 0);
}

TEST_CASE("halves are stored in two bytes and computed in float") {
  const tensor<float> x{1.0f, 2.5f, 65504.0f};
  const tensor<float16> h = x;
  const tensor<float16> y = h * 0.1;
  CHECK(float(y(1)) == float(float16(2.5f * 0.1f)));
  CHECK(float(tensor<bfloat16>(x)(1)) == 2.5f);
}

TEST_CASE("complex expressions fuse like real ones") {
  using c64 = std::complex<float>;
  const tensor<c64> z{c64(3, 4), c64(0, 1)};
  const tensor<float> x{2, 3};
  CHECK(eval(abs(z))(0) == 5.0f);
  CHECK(eval(z * x)(1) == c64(0, 3));
  CHECK(eval(conj(z) * z)(0) == c64(25, 0));
}

TEST_CASE("several outputs are written by one loop") {
  const tensor<double> a{1, 2, 3}, b{4, 5, 6};
  tensor<double> sum(shape{3}), product(shape{3});
  eval(assign(sum, a + b), assign(product, a * b));
  CHECK(sum(2) == 9);
  CHECK(product(2) == 18);
}

TEST_CASE("outputs may be each other's operands: all is read before any is written") {
  tensor<int> a = eval(cast<int>(arange(100))), b = eval(cast<int>(arange(100)) * 10);
  eval(assign(a, b + 0), assign(b, a + 0));
  CHECK(a(37) == 370);
  CHECK(b(37) == 37);
}

TEST_CASE("generators are computed inside the loop") {
  const tensor<double> y = linspace(0.0, 1.0, 5) * 4.0;
  CHECK(y(4) == 4.0);
  CHECK(y(1) == 1.0);
  const tensor<float> identity = eye<float>(3);
  CHECK(identity(1, 1) == 1);
  CHECK(identity(1, 2) == 0);
  CHECK(eval(arange(1, 10, 4)).size() == 3);
  CHECK(eval(arange(5, 0, -2))(2) == 1);
  CHECK(eval(full({2, 2}, 7))(1, 1) == 7);
}

TEST_CASE("map takes any callable into the loop") {
  const tensor<double> x{1, 4, 9};
  const double offset = 0.5;
  const tensor<double> y = 2.0 * map([offset](double v) { return std::sqrt(v) + offset; }, x);
  CHECK(y(2) == 7.0);
}

TEST_CASE("a mapped callable sees elements and nothing else") {
  const auto no_zero = [](int v) {
    if (v == 0) throw std::domain_error("0 is no element");
    return 100 / v;
  };
  for (const index_t n : {1, 3, 17, 1000}) {
    tensor<int> x = arange(1, int(n) + 1);
    CHECK(eval(map(no_zero, x))(-1) == 100 / int(n));
    x = map(no_zero, x);  // in place, so that its rest runs in padded copies
    CHECK(x(0) == 100);
    const tensor<int> column = reshape(eval(arange(1, int(n) + 1)), {n, 1});
    CHECK(eval(map(no_zero, column + zeros<int>({3})))(n - 1, 2) == 100 / int(n));
  }
}

TEST_CASE("in whatever order operands and target stand, each element is that of its operands") {
  const auto fill = [](tensor<float>& x, index_t by) {
    for (index_t i = 0; i < x.extent(0); ++i)
      for (index_t k = 0; k < x.extent(1); ++k) x(i, k) = float(i * by + k % 5);
  };
  const layout orders[] = {layout::row_major, layout::column_major};
  const tensor<float> number(shape{}, 3.0f);
  for (const shape& s : {shape{1, 1}, shape{1, 9}, shape{5, 1}, shape{3, 8}, shape{7, 13}})
    for (const layout of_a : orders)
      for (const layout of_b : orders)
        for (const layout of_y : orders) {
          tensor<float> a(s, of_a), b(s, of_b), row(shape{1, s[1]}), y(s, of_y);
          fill(a, 2);
          fill(b, 3);
          fill(row, 1);
          const auto check = [&](const char* what, auto expected) {
            INFO(what << " of shape " << to_string(s));
            index_t wrong = 0;
            for (index_t i = 0; i < s[0]; ++i)
              for (index_t k = 0; k < s[1]; ++k) wrong += y(i, k) != expected(i, k);
            CHECK(wrong == 0);
          };
          y = a * b + a;
          check("a tree", [&](index_t i, index_t k) { return a(i, k) * b(i, k) + a(i, k); });
          y = y + b;
          check("in place",
                [&](index_t i, index_t k) { return a(i, k) * b(i, k) + a(i, k) + b(i, k); });
          y = number + b * 2;
          check("with a tensor of rank 0", [&](index_t i, index_t k) { return 3 + b(i, k) * 2; });
          y = row + a;
          check("a row first", [&](index_t i, index_t k) { return row(0, k) + a(i, k); });
          y = a + row * number;
          check("a row last", [&](index_t i, index_t k) { return a(i, k) + row(0, k) * 3; });
          y = b;
          check("a copy", [&](index_t i, index_t k) { return b(i, k); });
          y = row;
          CHECK(y.shape() == row.shape());
        }
}

TEST_CASE("empty tensors and rank 0 are ordinary") {
  const tensor<float> none(shape{0, 3});
  CHECK(eval(none + 1).shape() == shape{0, 3});
  tensor<float> one(shape{}, 2.0f);
  one += 3;
  CHECK(one.item() == 5.0f);
  CHECK(eval(one * tensor<float>{1, 2})(1) == 10.0f);
}

TEST_CASE("an exception while evaluating a new shape leaves the target as it was") {
  tensor<int> y{1, 2, 3};
  const tensor<int> x{1, 2, 3, 4};
  CHECK_THROWS_AS((y = map([](int) -> int { throw std::runtime_error("no"); }, x)),
                  std::runtime_error);
  CHECK(y.shape() == shape{3});
  CHECK(y(2) == 3);
}
