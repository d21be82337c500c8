// tests/unit/direct_reduce_test.cpp: small trees with reductions, which go around the planner, give
// what planned ones of contiguous operands give, however their operands lie.
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// Whole numbers, whose sums and products are exact in any order.
template <class T = double>
tensor<T> whole_numbers(const shape& s, int from = 3) {
  tensor<T> x(s);
  for (index_t i = 0; i < x.size(); ++i) x.data()[i] = T((i * 37 + from) % 23 - 9);
  return x;
}

template <class T>
bool same_bits(const tensor<T>& x, const tensor<T>& y) {
  return x.shape() == y.shape() &&
         std::memcmp(x.data(), y.data(), std::size_t(x.size()) * sizeof(T)) == 0;
}

// f() with a plan for everything.
template <class F>
auto planned(F f) {
  const double grain = thread_grain();
  set_thread_grain(0);
  auto y = eval(f());
  set_thread_grain(grain);
  return y;
}

// All sets of axes of so many dimensions.
std::vector<axis_set> sets_of_axes(int ndim) {
  std::vector<axis_set> sets;
  for (int bits = 0; bits < 1 << ndim; ++bits) {
    dims axes;
    for (int d = 0; d < ndim; ++d)
      if (bits >> d & 1) axes.push_back(d);
    sets.emplace_back(axes);
  }
  return sets;
}

// Trees of all kinds over x and y, which are of one shape, and over the same in contiguous memory.
template <class X, class Y>
void equal_planned_ones(const X& x, const Y& y) {
  const tensor<double> a = copy(x), b = copy(y);
  for (const axis_set& axes : sets_of_axes(x.ndim())) {
    const auto check = [&](auto tree) {
      CHECK(same_bits(eval(tree(x, y)), planned([&] { return tree(a, b); })));
    };
    check([&](const auto& u, const auto&) { return sum(u, axes); });
    check([&](const auto& u, const auto& v) { return max(u - v, axes, keepdims); });
    check([&](const auto& u, const auto&) { return argmin(u, axes); });
    check([&](const auto& u, const auto& v) { return argmax(u * v, axes, keepdims); });
    check([&](const auto& u, const auto& v) { return v + u * sum(u, axes, keepdims); });
    check([&](const auto& u, const auto& v) {
      return sum(abs2(u - max(v, axes, keepdims)), axes) + 1;
    });
    check([&](const auto& u, const auto& v) {
      const auto kept = store(u * v);
      return kept - sum(kept, axes, keepdims);
    });
    check([&](const auto& u, const auto& v) {
      const auto shared = share(u - v);
      return max(shared * shared + shared, axes);
    });
    check([&](const auto& u, const auto& v) {
      return sum(u * reshape(cast<double>(arange(u.size())), u.shape()) - v, axes);
    });
  }
}

}  // namespace

TEST_CASE("reductions of small views are those of contiguous tensors") {
  const shape s = GENERATE(shape{1}, shape{7}, shape{5, 9}, shape{17, 33}, shape{40, 6},
                           shape{3, 4, 6}, shape{12, 1, 20}, shape{2, 3, 2, 5}, shape{70, 90},
                           shape{300, 7}, shape{2, 200, 8}, shape{64, 3, 64});
  INFO("shape " << to_string(s));
  const auto x = whole_numbers(s);
  equal_planned_ones(x, whole_numbers(s, 8));
  shape turned;
  for (int d = s.ndim(); d-- > 0;) turned.push_back(s[std::size_t(d)]);
  equal_planned_ones(transpose(whole_numbers(turned, 5)), x);
  equal_planned_ones(x, flip(whole_numbers(s, 6), s.ndim() - 1));
  shape wide = s;
  wide[s.size() - 1] *= 2;
  const auto every_second = range(0, wide.back(), 2);
  equal_planned_ones(whole_numbers(wide)(ellipsis, every_second), x);
  equal_planned_ones(x, whole_numbers(wide)(ellipsis, range(1, s.back() + 1)));
  equal_planned_ones(x, broadcast_to(whole_numbers(shape{s.back()}), s));
  shape column = s;
  column[s.size() - 1] = 1;
  equal_planned_ones(x, broadcast_to(whole_numbers(column), s));
  equal_planned_ones(broadcast_to(whole_numbers(shape{1}), s), x);
}

TEST_CASE("rows that are too many for a tile are normalised as with a plan") {
  const index_t rows = GENERATE(30, 400, 3000), columns = GENERATE(5, 20, 100, 1000);
  if (rows * columns > 300'000) return;
  INFO(rows << " x " << columns);
  tensor<float> x(shape{rows, columns});
  for (index_t i = 0; i < x.size(); ++i) x.data()[i] = std::sin(float(i));
  for (const axis_set& axes : {axis_set(1), axis_set(0)}) {
    const auto near = [](const tensor<float>& y, const tensor<float>& z) {
      return y.shape() == z.shape() && max(abs(y - z)).item() < 1e-5f;
    };
    CHECK(near(softmax(x, axes), planned([&] { return softmax(x, axes); })));
    CHECK(near(layer_norm(x, axes), planned([&] { return layer_norm(x, axes); })));
    CHECK(near(var(x, axes), planned([&] { return var(x, axes); })));
  }
}

TEST_CASE("several small reductions of one tree are all written") {
  const auto x = whole_numbers({30, 40}), column = whole_numbers({30, 1});
  tensor<double> low(shape{30}), high(shape{30}), total(shape{30});
  eval(assign(low, min(x - column, 1)), assign(high, max(x, 1)), assign(total, sum(x * x, 1)));
  CHECK(same_bits(low, planned([&] { return min(x - column, 1); })));
  CHECK(same_bits(high, planned([&] { return max(x, 1); })));
  CHECK(same_bits(total, planned([&] { return sum(x * x, 1); })));
}

TEST_CASE("a small tree that reads its target gets what evaluating first would give") {
  auto x = whole_numbers({20, 20});
  const tensor<double> before = copy(x), sums = sum(x, 1, keepdims);
  x = transpose(x) - sum(x, 1, keepdims);
  CHECK(same_bits(x, copy(transpose(before) - sums)));
  x = before;
  x(all, range(1, 20)) = x(all, range(0, 19)) * max(x, 1, keepdims);
  CHECK(same_bits(copy(x(all, range(1, 20))),
                  eval(before(all, range(0, 19)) * eval(max(before, 1, keepdims)))));
}

TEST_CASE("what a callable throws in a small tree comes out, and the target is as it was") {
  const auto x = whole_numbers({20, 20}), row = whole_numbers({20});
  const auto fails = map(
      [](double v) -> double {
        if (v == 5) throw std::runtime_error("no");
        return v;
      },
      x + row);
  tensor<double> y(shape{20, 20}, 1.0);
  const tensor<double> before = copy(y);
  CHECK_THROWS_AS(y = x - max(fails, 1, keepdims), std::runtime_error);
  CHECK(same_bits(y, before));
}

TEST_CASE("down a column, places are those of the first best element or the first NaN") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const index_t columns = GENERATE(1, 15, 16, 40);
  for (index_t rows = 1; rows < 23; ++rows)
    for (index_t at = 0; at < rows; ++at) {
      INFO(rows << " x " << columns << ", row " << at);
      tensor<float> x(shape{rows, columns});
      for (index_t i = 0; i < x.size(); ++i) x.data()[i] = float(i % 3);
      const auto places_are_at = [&] {
        return all(argmax(x, 0) == at).item() && all(argmin(-x, 0) == at).item();
      };
      // The first of the best.
      for (index_t r = at; r < rows; r += 3) x(r, all) = 5.0f;
      CHECK(places_are_at());
      for (index_t r = at; r < rows; r += 3) x(r, all) = infinity;
      if (at > 0) x(0, all) = -infinity;
      CHECK(places_are_at());
      // The first NaN, in one column only and then in all.
      x(at, columns - 1) = nan;
      CHECK(places_are_at());
      x(at, all) = nan;
      x(rows - 1, all) = nan;
      CHECK(places_are_at());
    }
}

namespace {
// Places of the extremes of x down its columns, against loops.
template <class T>
void check_places_down(const tensor<T>& x) {
  const index_t rows = x.shape()[0], columns = x.shape()[1];
  const tensor<std::int64_t> high = argmax(x, 0), low = argmin(x, 0);
  bool right = true;
  for (index_t c = 0; c < columns; ++c) {
    index_t best = 0, least = 0;
    for (index_t r = 1; r < rows; ++r) {
      if (!(x(r, c) <= x(best, c)) && x(best, c) == x(best, c)) best = r;
      if (!(x(r, c) >= x(least, c)) && x(least, c) == x(least, c)) least = r;
    }
    right = right && high(c) == best && low(c) == least;
  }
  INFO(rows << " x " << columns << " of " << name_of(dtype_of<T>));
  CHECK(right);
}
}  // namespace

TEST_CASE("places down a few columns are right, however many rows there are") {
  const double grain = thread_grain();
  const bool is_planned = GENERATE(false, true);
  if (is_planned) set_thread_grain(0);
  set_num_threads(3);
  for (const index_t columns : {2, 3, 7, 31})
    for (const index_t rows : {127, 128, 129, 255, 256, 257, 1000, 5000, 20011}) {
      tensor<float> x(shape{rows, columns});
      for (index_t i = 0; i < x.size(); ++i) x.data()[i] = float(i * 37 % 101 - 50);
      check_places_down(x);
      check_places_down(eval(cast<std::int8_t>(x)));
      check_places_down(eval(cast<std::uint8_t>(x + 50)));
      check_places_down(eval(cast<double>(x)));
      x(rows - 1, 0) = 1000;  // the last of all
      x(rows / 2, columns - 1) = std::numeric_limits<float>::quiet_NaN();
      check_places_down(x);
    }
  set_num_threads(0);
  set_thread_grain(grain);
}

TEST_CASE("results that no memory could hold are refused, as new tensors of them are") {
  const auto huge =
      broadcast_to(whole_numbers(shape{1}), shape{index_t(1) << 31, index_t(1) << 30});
  CHECK_THROWS_AS(eval(sum(store(huge), 1)(range(0, 3))), shape_error);
}
