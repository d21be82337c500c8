// tests/unit/direct_test.cpp: small evaluations, which go around the planner, give what planned
// ones give.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// Evaluates into y without a plan, then with one, and compares. assign() is called twice.
template <class T, class Assign>
void same_with_and_without_plan(tensor<T>& y, Assign assign) {
  const tensor<T> before = y;
  assign();
  const tensor<T> directly = y;
  y = before;
  set_thread_grain(0);  // all work is worth a plan
  assign();
  set_thread_grain(50'000);
  CHECK(std::vector<T>(y.begin(), y.end()) == std::vector<T>(directly.begin(), directly.end()));
}

template <class T>
tensor<T> numbers(const shape& s) {
  return eval(cast<T>(from_index(s, [](index_t i) { return int(i * 7 % 31); })));
}

}  // namespace

TEST_CASE("small broadcasts are the same with and without a plan") {
  const index_t rows = GENERATE(1, 2, 5, 64), columns = GENERATE(1, 3, 16, 17, 64, 70);
  const auto a = numbers<float>({rows, columns}), row = numbers<float>({columns}),
             column = numbers<float>({rows, 1});
  tensor<float> y(shape{rows, columns}, 0.0f);
  same_with_and_without_plan(y, [&] { y = a + row; });
  same_with_and_without_plan(y, [&] { y = a + column; });
  same_with_and_without_plan(y, [&] { y = column * row; });
  same_with_and_without_plan(y, [&] { y += column; });
  // More operands than there are registers for their masks.
  same_with_and_without_plan(y, [&] { y = a + column * row + a * column + row * y; });
  same_with_and_without_plan(y, [&] { y = a * cast<float>(arange(columns)); });
  same_with_and_without_plan(y, [&] { y = column * 2; });
  tensor<double> wide(shape{rows, columns}, 0.0);
  same_with_and_without_plan(
      wide, [&] { wide = cast<std::int8_t>(column) + cast<double>(a) * numbers<int>({columns}); });
}

TEST_CASE("small strided trees are the same with and without a plan") {
  const index_t n = GENERATE(1, 2, 4, 15, 16, 40);
  const auto a = numbers<float>({n, n}), big = numbers<float>({2 * n + 2, 2 * n + 2});
  const range by_two(0, 2 * n, 2), inside(1, n + 1), backwards(std::nullopt, std::nullopt, -1);
  tensor<float> y(shape{n, n}, 0.0f);
  same_with_and_without_plan(y, [&] { y = a + transpose(a); });
  same_with_and_without_plan(y, [&] { y = a(backwards, all) + a(all, backwards); });
  same_with_and_without_plan(y, [&] { y = big(by_two, by_two) + big(inside, inside); });
  same_with_and_without_plan(y, [&] { y(backwards, all) = a + 1; });
  same_with_and_without_plan(y, [&] { y(all, backwards) = a + 1; });
  same_with_and_without_plan(y, [&] { transpose(y) = a - transpose(y); });
  same_with_and_without_plan(y, [&] { transpose(y) = a - y; });
  same_with_and_without_plan(y, [&] { y(range(1, n), all) += y(range(0, n - 1), all); });
  same_with_and_without_plan(y, [&] { y(all, range(0, n, 2)) = 3; });
  tensor<float> box(shape{3, n, 2}, 0.0f);
  same_with_and_without_plan(box,
                             [&] { box = numbers<float>({3, 1, 2}) + numbers<float>({n, 1}) * 2; });
}

TEST_CASE("two small outputs are the same with and without a plan") {
  const auto a = numbers<float>({6, 20}), column = numbers<float>({6, 1});
  tensor<float> sum(shape{6, 20}, 0.0f), difference(shape{6, 20}, 0.0f);
  same_with_and_without_plan(sum, [&] {
    eval(assign(sum, a + column), assign(difference(range(0, 6), all), a - column));
  });
  CHECK(difference(5, 3) == a(5, 3) - column(5, 0));
  CHECK_THROWS_AS(eval(assign(sum, a), assign(sum(range(0, 6), all), a + column)), error);
}

TEST_CASE("a callable in a small tree is called with its elements only") {
  const tensor<float> column{{1}, {2}, {3}}, row{4, 5};
  int others = 0;
  const auto counted = [&](float c, float r) {
    others += !(c >= 1 && c <= 3 && r >= 4 && r <= 5);
    return c * r;
  };
  const tensor<float> y = map(counted, column, row);
  CHECK(others == 0);
  CHECK(y(2, 1) == 15);
}

TEST_CASE("a small target that repeats elements is refused") {
  float number = 0;
  view<float> repeated(&number, {3, 4}, {0, 0});
  CHECK_THROWS_AS(repeated = numbers<float>({4}), shape_error);
  CHECK(number == 0);
}
