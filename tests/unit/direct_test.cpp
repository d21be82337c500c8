// tests/unit/direct_test.cpp: small evaluations, which go around the planner, give what planned
// ones give.
// SPDX-License-Identifier: BSD-3-Clause
#include <pthread.h>

#include <complex>
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
  const double grain = thread_grain();
  set_thread_grain(0);  // all work is worth a plan
  assign();
  set_thread_grain(grain);
  CHECK(std::vector<T>(y.begin(), y.end()) == std::vector<T>(directly.begin(), directly.end()));
}

template <class T>
tensor<T> numbers(const shape& s) {
  return eval(cast<T>(from_index(s, [](index_t i) { return int(i * 7 % 31); })));
}

// Rows of which each begins one element after the one before.
template <class T>
view<T> sliding(const tensor<T>& t, index_t rows, index_t columns) {
  return view<T>(const_cast<T*>(t.data()), {rows, columns}, {1, 1});
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

TEST_CASE("small boxes of axes that do not merge are the same with and without a plan") {
  const index_t n = GENERATE(1, 2, 7, 10), m = GENERATE(1, 3, 8, 17);
  const auto cube = numbers<double>({n + 2, 5, m + 2}), other = numbers<double>({n, 3, m});
  const range middle(1, 4), inner(1, m + 1), outer(1, n + 1);
  tensor<double> y(shape{n + 2, 5, m + 2}, 0.0), box(shape{n, 3, m}, 0.0);
  auto inside = y(outer, middle, inner);
  same_with_and_without_plan(y, [&] {
    inside = cube(range(0, n), middle, inner) + cube(outer, range(0, 3), inner) * 2 +
             cube(outer, middle, range(2, m + 2));
  });
  same_with_and_without_plan(y, [&] { inside += other; });
  same_with_and_without_plan(y, [&] { inside = inside(all, all, range(0, m, 1)) * cube(0, 0, 0); });
  same_with_and_without_plan(y,
                             [&] { y += permute(numbers<double>({5, m + 2, n + 2}), {2, 0, 1}); });
  same_with_and_without_plan(box,
                             [&] { box = permute(numbers<double>({m, n, 3}), {1, 2, 0}) - other; });
  same_with_and_without_plan(box, [&] {
    box = other(all, range(std::nullopt, std::nullopt, -1), all) * numbers<double>({n, 1, 1}) +
          cast<double>(reshape(arange(3 * m), {3, m}));
  });
  same_with_and_without_plan(box,
                             [&] { permute(box, {2, 0, 1}) = numbers<double>({m, n, 3}) * 2; });
  same_with_and_without_plan(
      box, [&] { box = from_index({3, 1}, [](index_t i) { return i * 2; }) + other; });
  tensor<float> four(shape{2, 3, n, m}, 0.0f);
  same_with_and_without_plan(
      four, [&] { four = permute(numbers<float>({n, 2, m, 3}), {1, 3, 0, 2}) + four; });
}

TEST_CASE("long strided rows are the same with and without a plan") {
  const index_t n = GENERATE(1999, 4096, 10000);
  const auto a = numbers<float>({n}), twice = numbers<float>({2 * n});
  const range by_two(0, 2 * n, 2), backwards(std::nullopt, std::nullopt, -1);
  tensor<float> y(shape{n}, 0.0f);
  same_with_and_without_plan(y, [&] { y = a(backwards) + twice(by_two) * cast<float>(arange(n)); });
  same_with_and_without_plan(y, [&] { y -= a(backwards); });
  const auto wide = numbers<std::int16_t>({3, n}), tall = numbers<std::int16_t>({n, 3});
  tensor<std::int16_t> rows(shape{3, n}, std::int16_t(0));
  same_with_and_without_plan(rows, [&] { rows = wide + transpose(tall); });
  const auto z = numbers<std::complex<double>>({n, 3});
  tensor<std::complex<double>> w(shape{3, n}, 0.0);
  same_with_and_without_plan(w, [&] { w = transpose(z) * 2; });
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

TEST_CASE("many small planes, gathered together, are the same with and without a plan") {
  const index_t n = GENERATE(1, 2, 5, 8), m = GENERATE(1, 3, 4, 8, 11);
  const auto check = [&](auto zero) {
    using T = decltype(zero);
    const auto x = numbers<T>({m, 7, n, 8}), whole = numbers<T>({n, m, 8, 7});
    tensor<T> y(shape{n, m, 8, 7}, T(0));
    const auto turned = permute(x, {2, 0, 3, 1});
    same_with_and_without_plan(y, [&] { y = turned; });
    same_with_and_without_plan(y, [&] { y = whole + turned; });
    same_with_and_without_plan(y, [&] { y = y * turned + y; });
    same_with_and_without_plan(y, [&] { y = turned + numbers<T>({8, 1}) * flip(whole, 1); });
    // Outputs that do not stand in a row are left to others.
    same_with_and_without_plan(y,
                               [&] { permute(y, {1, 0, 3, 2}) = permute(turned, {1, 0, 3, 2}); });
    tensor<double> wide(shape{n, m, 8, 7}, 0.0);
    if constexpr (!is_complex_v<T>)
      same_with_and_without_plan(wide, [&] {
        wide =
            turned + permute(cast<double>(reshape(arange(m * 7 * n * 8), x.shape())), {2, 0, 3, 1});
      });
  };
  check(float());
  check(std::int8_t());
  check(std::complex<double>());
}

TEST_CASE("a tree that is evaluated again with other layouts is looked at again") {
  const index_t n = 40;
  tensor<float> m = cast<float>(reshape(arange(4 * n * n), {2 * n, 2 * n}) % 1009);
  const auto part = [n](auto& x, index_t row, index_t column) {
    return x(range(row, row + n), range(column, column + n));
  };
  const std::vector<view<float>> layouts = {part(m, 0, 0),
                                            flip(part(m, 1, 2), 1),
                                            m(range(0, 2 * n, 2), range(0, 2 * n, 2)),
                                            transpose(part(m, 3, 0)),
                                            broadcast_to(m(range(3, 4), range(0, n)), {n, n}),
                                            broadcast_to(m(range(0, n), range(5, 6)), {n, n}),
                                            part(m, 7, 7)};
  for (int times = 0; times < 2; ++times)
    for (const view<float>& a : layouts)
      for (const view<float>& b : layouts)
        for (const bool rows : {true, false}) {
          tensor<float> memory(shape{n, n + 3}, 0.0f);
          auto y = rows ? memory(all, range(2, n + 2)) : transpose(memory(all, range(2, n + 2)));
          y = a + b * 2;
          index_t wrong = 0;
          for (index_t i = 0; i < n; ++i)
            for (index_t k = 0; k < n; ++k) wrong += y(i, k) != a(i, k) + b(i, k) * 2;
          CHECK(wrong == 0);
        }
}

TEST_CASE("operands that overlap the target later are found to, though all layouts are as before") {
  const index_t n = 20;
  tensor<float> t = cast<float>(reshape(arange(n * n), {n, n})), other = copy(t), before = copy(t);
  const tensor<float> row = cast<float>(arange(n));
  const auto down = [n](auto& x) { return x(range(1, n), all); };
  const auto up = [n](auto& x) { return x(range(0, n - 1), all); };
  for (int times = 0; times < 3; ++times) {
    down(other) = up(t) + row;  // decided, and then used again where it must not be
    down(t) = up(t) + row;
    for (index_t i = 1; i < n; ++i)
      for (index_t k = 0; k < n; ++k) CHECK(t(i, k) == before(i - 1, k) + float(k));
    before = copy(t);
    up(t) = up(t) * 1 + row;  // in place
    for (index_t i = 0; i + 1 < n; ++i)
      for (index_t k = 0; k < n; ++k) CHECK(t(i, k) == before(i, k) + float(k));
    before = copy(t);
  }
}

TEST_CASE("a user's generator may evaluate the tree that it stands in with other layouts") {
  const index_t n = 64;
  const tensor<double> a = cast<double>(arange(n)), b = cast<double>(arange(2 * n));
  int depth = 0;
  const auto sums = [&](const auto& self, index_t step) -> double {
    const auto each = [&](index_t i) {
      if (depth > 0 || i % 16 != 0) return double(i);
      ++depth;
      const double inner = self(self, 1);
      --depth;
      return inner;
    };
    const tensor<double> y = from_index({n}, each) + b(range(0, step * n, step)) * a;
    double sum = 0;
    for (index_t i = 0; i < n; ++i) sum += y(i);
    return sum;
  };
  double inner = 0, outer = 0;
  for (index_t i = 0; i < n; ++i) inner += double(i + i * i);
  for (index_t i = 0; i < n; ++i) outer += (i % 16 ? double(i) : inner) + double(2 * i * i);
  CHECK(sums(sums, 2) == outer);
}

TEST_CASE("how much work is worth a thread may change between evaluations of one tree") {
  const index_t n = 100;
  const tensor<float> a = cast<float>(reshape(arange(n * n), {n, n})), row = cast<float>(arange(n));
  const double grain = thread_grain();
  for (const double g : {grain, 1.0, grain}) {
    set_thread_grain(g);
    const tensor<float> y = a * 3 + row;
    CHECK(eval(all(y == eval(a * 3) + broadcast_to(row, {n, n}))).item());
  }
  set_thread_grain(grain);
}

TEST_CASE("a thread with little room for its stack can be made, and evaluate") {
  pthread_attr_t little;
  REQUIRE(pthread_attr_init(&little) == 0);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__)
  constexpr std::size_t room = 1 << 20;  // sanitizers take some
#else
  constexpr std::size_t room = 64 << 10;
#endif
  REQUIRE(pthread_attr_setstacksize(&little, room) == 0);
  static float sum;
  const auto evaluate = [](void*) -> void* {
    const tensor<float> a = ones<float>({4, 4}), row = ones<float>({4});
    const tensor<float> y = a + row;
    sum = y(3, 3);
    return nullptr;
  };
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &little, evaluate, nullptr) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&little);
  CHECK(sum == 2);
}

TEST_CASE("many rows of few elements are the same with and without a plan") {
  const index_t rows = GENERATE(1, 7, 300, 5000), columns = GENERATE(1, 2, 3, 5, 8, 13, 16, 19, 33);
  const auto a = numbers<float>({rows, columns}), row = numbers<float>({columns}),
             column = numbers<float>({rows, 1}), wide = numbers<float>({rows, 2 * columns + 3});
  const auto inside = wide(all, range(2, columns + 2)),
             second = wide(all, range(0, 2 * columns, 2));
  const auto turned = wide(all, range(columns, 0, -1));
  const auto across = transpose(numbers<float>({columns, rows}));
  tensor<float> y(shape{rows, columns}, 0.0f);
  same_with_and_without_plan(y, [&] { y = a + row; });
  same_with_and_without_plan(y, [&] { y = a * column + row; });
  same_with_and_without_plan(y, [&] { y = column - inside; });
  same_with_and_without_plan(y, [&] { y = turned + second; });
  same_with_and_without_plan(y, [&] { y = across * a + inside; });
  same_with_and_without_plan(y, [&] { y = y * row + across; });
  const tensor<float> sum = across * a + inside + row;  // exact, whatever the order
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < columns; ++c)
      REQUIRE(sum(r, c) == across(r, c) * a(r, c) + inside(r, c) + row(c));
  tensor<float> gaps(shape{rows, columns + 2}, -1.0f);
  same_with_and_without_plan(gaps, [&] { gaps(all, range(1, columns + 1)) = a - row; });
  same_with_and_without_plan(gaps, [&] { gaps(all, range(columns, 0, -1)) = inside + column; });
  same_with_and_without_plan(gaps, [&] { gaps(all, range(0, columns)) += turned; });
}

TEST_CASE("stencils on rows of few elements are the same with and without a plan") {
  const index_t rows = GENERATE(40, 300, 2000), columns = GENERATE(1, 2, 3, 5, 6, 7, 9, 13, 15);
  const auto check = [&](auto zero) {
    using T = decltype(zero);
    const auto u = numbers<T>({rows + 2, columns + 2}), row = numbers<T>({columns}),
               column = numbers<T>({rows, 1});
    const auto at = [&](index_t i, index_t k) {
      return u(range(i, rows + i), range(k, columns + k));
    };
    tensor<T> memory(shape{rows + 2, columns}, T(7));
    auto y = memory(range(1, rows + 1), all);
    same_with_and_without_plan(memory, [&] { y = at(0, 1) + at(2, 1) + at(1, 0) + at(1, 2); });
    same_with_and_without_plan(
        memory, [&] { y = at(0, 1) * row + at(2, 1) * column + at(1, 0) + at(1, 2) * row; });
    same_with_and_without_plan(memory, [&] { y = y + at(2, 1) + at(1, 0) + at(1, 2); });
    same_with_and_without_plan(
        memory, [&] { y = at(0, 1) + at(2, 1) + flip(at(1, 0), 0) + flip(at(1, 2), 1); });
    const auto windows = sliding(u, rows, columns);  // rows that overlap
    same_with_and_without_plan(memory,
                               [&] { y = windows + at(2, 1) * windows + at(1, 0) + at(0, 0); });
    if constexpr (!is_complex_v<T>)
      same_with_and_without_plan(memory, [&] {
        y = map([](T a, T b, T c, T d) { return T(a + b - c * d); }, at(0, 0), at(1, 1), at(2, 2),
                at(0, 2));
      });
    tensor<T> gaps(shape{rows, columns + 3}, T(7));
    same_with_and_without_plan(gaps, [&] {
      gaps(all, range(1, columns + 1)) = at(0, 1) + at(2, 1) + at(1, 0) + at(1, 2);
    });
  };
  check(float());
  check(double());
  check(std::int8_t());
  check(std::complex<float>());
}

TEST_CASE("large elements of short rows whose windows overlap are the same without a plan") {
  const index_t rows = 40, columns = 8;
  const auto u = numbers<std::complex<double>>({rows + 2, columns + 2});
  const auto at = [&](index_t i, index_t k) {
    return u(range(i, rows + i), range(k, columns + k));
  };
  const auto windows = sliding(u, rows, columns);
  const auto other = numbers<float>({rows, columns + 1})(all, range(0, columns));
  tensor<std::complex<double>> y(shape{rows, columns}, 0.0);
  same_with_and_without_plan(y, [&] {
    y = windows + at(0, 0) + at(0, 1) + at(0, 2) + at(1, 0) + at(1, 1) + at(1, 2) + at(2, 0) +
        at(2, 1) + at(2, 2) + other;
  });
}

TEST_CASE("rows in place are the same as elsewhere, whatever is left of them") {
  const index_t columns = GENERATE(1, 5, 15, 17, 20, 31, 33, 47, 62, 70, 129), rows = 150;
  const auto check = [&](auto zero) {
    using T = decltype(zero);
    const auto a = numbers<T>({rows, columns + 3}), row = numbers<T>({columns}),
               column = numbers<T>({rows, 1});
    const auto part = a(all, range(2, columns + 2));
    const auto same = [&](const tensor<T>& x, const tensor<T>& y) {
      CHECK(std::vector<T>(x.begin(), x.end()) == std::vector<T>(y.begin(), y.end()));
    };
    const double usual = thread_grain();
    for (const double grain : {usual, 0.0}) {
      set_thread_grain(grain);
      tensor<T> y = numbers<T>({rows, columns});
      const tensor<T> before = copy(y);
      const tensor<T> sum = before + part, scaled = before * part + row - column;
      const tensor<T> turned = flip(part, 1) - before * row;
      const tensor<T> raised = before + column, mixed = before * column - row;
      y += part;
      same(y, sum);
      y = before;
      y = y * part + row - column;
      same(y, scaled);
      y = before;
      y = flip(part, 1) - y * row;
      same(y, turned);
      y = before;
      y += column;
      same(y, raised);
      y = before;
      y = y * column - row;
      same(y, mixed);
      tensor<T> wide = full<T>({rows, columns + 5}, T(3)), expected = copy(wide);
      wide(all, range(1, columns + 1)) += part;
      expected(all, range(1, columns + 1)) = T(3) + part;
      same(wide, expected);
      tensor<T> z = copy(before);
      y = before;
      eval(assign(y, y + z * part), assign(z, z - y + row));
      same(y, eval(before + before * part));
      same(z, eval(before - before + row));
    }
    set_thread_grain(usual);
  };
  check(float());
  check(double());
  check(std::int8_t());
  check(std::complex<double>());
}

TEST_CASE("many outputs in place are the same as elsewhere") {
  using T = std::complex<double>;
  const index_t rows = 9, columns = 39;
  const auto row = numbers<T>({columns});
  const auto before = numbers<T>({10, rows, columns});
  tensor<T> y = copy(before);
  const auto each = [&](index_t k) { return y(k, all, all); };
  eval(assign(each(0), each(0) + row), assign(each(1), each(1) + row),
       assign(each(2), each(2) + row), assign(each(3), each(3) + row),
       assign(each(4), each(4) + row), assign(each(5), each(5) + row),
       assign(each(6), each(6) + row), assign(each(7), each(7) + row),
       assign(each(8), each(8) + row), assign(each(9), each(9) + row));
  CHECK(all(y == before + row).item());
}

TEST_CASE("so many outputs in place that what is left of a row has no room beside others") {
  using T = std::complex<double>;
  const index_t rows = 5, columns = 71;
  const auto column = numbers<T>({rows, 1});
  const auto before = numbers<T>({36, rows, columns});
  const auto reals = numbers<float>({rows, columns}), real_column = numbers<float>({rows, 1});
  tensor<T> y = copy(before);
  tensor<float> x = copy(reals);  // for which a line is 16 elements, of each output
  const auto more = [&](index_t k) { return assign(y(k, all, all), y(k, all, all) + column); };
  [&]<index_t... K>(std::integer_sequence<index_t, K...>) {
    eval(more(K)..., assign(x, x + real_column));
  }(std::make_integer_sequence<index_t, 36>());
  CHECK(all(y == before + column).item());
  CHECK(all(x == reals + real_column).item());
}

TEST_CASE("what lies beyond short rows of a target that is an operand later is not touched") {
  const index_t n = 300, columns = 5;
  const auto u = numbers<float>({n, columns + 4});
  const auto part = [&](index_t k) { return u(all, range(k, columns + k)); };
  tensor<float> y(shape{n, columns}, 0.0f), x = copy(y);
  for (int times = 0; times < 3; ++times)
    for (const bool in_place : {false, true}) {
      const tensor<float> before = copy(x);
      const tensor<float>& from = in_place ? y : x;
      x = copy(y);
      y = from * 0.5f + part(0) + part(1) * part(2) + part(3);  // decided once
      index_t wrong = 0;
      const tensor<float>& old = in_place ? x : before;
      for (index_t i = 0; i < n; ++i)
        for (index_t k = 0; k < columns; ++k)
          wrong += y(i, k) != (in_place ? old(i, k) : x(i, k)) * 0.5f + u(i, k) +
                                  u(i, k + 1) * u(i, k + 2) + u(i, k + 3);
      CHECK(wrong == 0);
    }
}

TEST_CASE("small blocks of three axes are the same with and without a plan") {
  const index_t n = GENERATE(3, 7, 10, 14, 17);
  const auto u = numbers<double>({n + 2, n + 2, n + 2});
  tensor<double> y(shape{n, n, n}, 0.0);
  const auto shifted = [&](index_t i, index_t k, index_t l) {
    return u(range(i, n + i), range(k, n + k), range(l, n + l));
  };
  const auto plane = numbers<double>({n, n}), line = numbers<double>({n});
  same_with_and_without_plan(y, [&] {
    y = shifted(0, 1, 1) + shifted(2, 1, 1) - 6 * shifted(1, 1, 1) + shifted(1, 0, 1) +
        shifted(1, 2, 1) + shifted(1, 1, 0) + shifted(1, 1, 2);
  });
  same_with_and_without_plan(y, [&] { y = shifted(0, 1, 2) * plane + line; });
  same_with_and_without_plan(y, [&] { y = permute(shifted(1, 1, 1), {2, 0, 1}) - line; });
}
