// tests/unit/reduce_test.cpp: what reductions give: axes, types, empty ones, NaN and ties.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/reduce.hpp"

#include <atomic>
#include <cmath>
#include <stdexcept>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

template <class X>
void check_values(const X& x, const tensor<typename X::value_type>& expected) {
  const auto y = eval(x);
  REQUIRE(y.shape() == expected.shape());
  for (index_t i = 0; i < y.size(); ++i) CHECK(y.data()[i] == expected.data()[i]);
}

}  // namespace

TEST_CASE("a reduction takes one axis, a list, negative ones or all, and keeps them when asked") {
  const tensor<int> x = reshape(eval(cast<int>(arange(24))), {2, 3, 4});
  CHECK(eval(sum(x)).item() == 276);
  CHECK(sum(x).shape() == shape{});
  CHECK(sum(x, keepdims).shape() == shape{1, 1, 1});
  CHECK(sum(x, 1).shape() == shape{2, 4});
  CHECK(sum(x, -1, keepdims).shape() == shape{2, 3, 1});
  CHECK(sum(x, {0, -1}).shape() == shape{3});
  CHECK(sum(x, {0, -1}, keepdims).shape() == shape{1, 3, 1});
  CHECK(sum(x, dims{}).shape() == shape{2, 3, 4});
  check_values(sum(x, {0, -1}), tensor<std::int64_t>{60, 92, 124});
  check_values(sum(x, {-1, 0}), tensor<std::int64_t>{60, 92, 124});
  check_values(max(x, {1, 2}), tensor<int>{11, 23});
  const tensor<std::int64_t> same = sum(x, dims{});
  CHECK(same(1, 2, 3) == 23);
}

TEST_CASE("a reduction is a tree: it broadcasts, mixes, nests and is rearranged") {
  const tensor<double> x{{1, 2, 3}, {4, 5, 9}};
  check_values(x - mean(x, 1, keepdims), tensor<double>{{-1, 0, 1}, {-2, -1, 3}});
  check_values(x / sum(x) * 24.0, x);
  check_values(sum(max(x, 1)) + min(x), tensor<double>(shape{}, 13.0));
  check_values(transpose(x * sum(x, 0)), tensor<double>{{5, 20}, {14, 35}, {36, 108}});
  check_values(sum(x, 0)(range(1, 3)), tensor<double>{7, 12});
  check_values(sum(x, 1)(1), tensor<double>(shape{}, 18.0));
  check_values(sum(x, 0)(newaxis, all) + x, tensor<double>{{6, 9, 15}, {9, 12, 21}});
  check_values((x - mean(x, 1, keepdims))(1, range(std::nullopt, std::nullopt, -1)),
               tensor<double>{3, -1, -2});
  check_values(flip(sum(x, 0) * 2), tensor<double>{24, 14, 10});
  check_values(sum(x - max(x, 0, keepdims), 1), tensor<double>{-12, 0});
  tensor<double> y = x;
  y(all, 0) = sum(x, 1);
  check_values(y, tensor<double>{{6, 2, 3}, {18, 5, 9}});
  y -= mean(y);
  CHECK(eval(sum(y)).item() == Approx(0).margin(1e-12));
}

TEST_CASE("a tree is valid after its operands have gone, and reads them when it is evaluated") {
  const auto centred = [] {
    const tensor<float> x{1, 2, 6};
    return x - mean(x);
  }();
  check_values(centred, tensor<float>{-2, -1, 3});
  tensor<float> x{1, 2};
  const auto total = sum(x);
  x(0) = 40;
  CHECK(eval(total).item() == 42);
}

TEST_CASE("integers and bool are added in 64 bits, where they wrap; halves are added in float") {
  static_assert(std::same_as<decltype(sum(tensor<std::int8_t>()))::value_type, std::int64_t>);
  static_assert(std::same_as<decltype(sum(tensor<std::uint16_t>()))::value_type, std::uint64_t>);
  static_assert(std::same_as<decltype(sum(tensor<bool>()))::value_type, std::int64_t>);
  static_assert(std::same_as<decltype(sum(tensor<float>()))::value_type, float>);
  static_assert(std::same_as<decltype(sum(tensor<float16>()))::value_type, float16>);
  static_assert(std::same_as<decltype(max(tensor<std::int8_t>()))::value_type, std::int8_t>);
  static_assert(std::same_as<decltype(mean(tensor<int>()))::value_type, double>);
  static_assert(std::same_as<decltype(mean(tensor<float>()))::value_type, float>);
  static_assert(std::same_as<decltype(var(tensor<std::complex<float>>()))::value_type, float>);
  static_assert(std::same_as<decltype(argmax(tensor<float>()))::value_type, std::int64_t>);
  static_assert(std::same_as<decltype(all(tensor<float>()))::value_type, bool>);
  static_assert(std::same_as<decltype(sum<double>(tensor<float>()))::value_type, double>);
  CHECK(eval(sum(tensor<std::int8_t>(shape{1000}, std::int8_t(127)))).item() == 127000);
  CHECK(eval(sum(tensor<std::uint8_t>(shape{1001}, std::uint8_t(255)))).item() == 255255);
  CHECK(eval(sum(tensor<bool>(shape{777}, true))).item() == 777);
  const auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(eval(sum(tensor<std::int64_t>{most, 2})).item() ==
        std::numeric_limits<std::int64_t>::min() + 1);
  CHECK(eval(prod(tensor<std::int32_t>(shape{40}, 3))).item() ==
        std::int64_t(12157665459056928801ull));
  // 4096 halves of 1.0 exceed what a half can count to.
  CHECK(float(eval(sum(tensor<float16>(shape{4096}, float16(1.0f)))).item()) == 4096);
  CHECK(eval(cast<float>(mean(tensor<bfloat16>(shape{3, 999}, bfloat16(1.5f))))).item() == 1.5f);
  CHECK(eval(sum<double>(tensor<float>{16777216.0f, 1.0f})).item() == 16777217.0);
  CHECK(eval(sum(tensor<std::complex<double>>{{1.0, 2.0}, {3.0, -4.0}}, 0))(1) == -2.0);
}

TEST_CASE("no elements give the identity") {
  const tensor<float> none(shape{0, 3});
  CHECK(eval(sum(none)).item() == 0);
  check_values(sum(none, 0), tensor<float>{0, 0, 0});
  check_values(prod(none, 0), tensor<float>{1, 1, 1});
  check_values(all(none, 0), tensor<bool>{true, true, true});
  check_values(any(none, 0), tensor<bool>{false, false, false});
  CHECK(sum(none, 1).shape() == shape{0});
  CHECK(eval(max(none, 1)).size() == 0);
  CHECK(eval(argmax(none, 1)).size() == 0);
  CHECK(std::isnan(eval(mean(none)).item()));
  check_values(reduce([](int a, int b) { return a * b; }, 7, none, 0), tensor<int>{7, 7, 7});
  CHECK(eval(softmax(none)).shape() == shape{0, 3});
  CHECK(eval(softmax(transpose(tensor<float>(shape{3, 0})))).shape() == shape{0, 3});
}

TEST_CASE("min and max give NaN when an element is NaN, and the nan functions ignore it") {
  for (const index_t n : {1, 3, 8, 17, 64, 100, 5000}) {
    tensor<double> x = cast<double>(arange(n)) + 1;
    for (const index_t at : {index_t(0), n / 2, n - 1}) {
      tensor<double> y = x;
      y(at) = not_a_number;
      CHECK(std::isnan(eval(min(y)).item()));
      CHECK(std::isnan(eval(max(y)).item()));
      CHECK(eval(argmax(y)).item() == at);
      CHECK(eval(argmin(y)).item() == at);
      CHECK(eval(nansum(y)).item() == double(n * (n + 1) / 2 - (at + 1)));
      if (n == 1) {
        CHECK(std::isnan(eval(nanmax(y)).item()));
        CHECK(std::isnan(eval(nanmean(y)).item()));
      } else {
        CHECK(eval(nanmax(y)).item() == double(at == n - 1 ? n - 1 : n));
        CHECK(eval(nanmin(y)).item() == double(at == 0 ? 2 : 1));
        CHECK(eval(nanargmax(y)).item() == (at == n - 1 ? n - 2 : n - 1));
        CHECK(eval(nanargmin(y)).item() == (at == 0 ? 1 : 0));
      }
    }
  }
  const tensor<float> z{{1, -2, float(not_a_number)}, {float(not_a_number), 5, 6}};
  check_values(nanmax(z, 0), tensor<float>{1, 5, 6});
  check_values(nanmean(z, 1), tensor<float>{-0.5f, 5.5f});
  check_values(nanvar(z, 1), tensor<float>{2.25f, 0.25f});
  check_values(nanprod(z, 1), tensor<float>{-2, 30});
  CHECK(eval(max(tensor<double>{-infinity, -infinity})).item() == -infinity);
  CHECK(eval(min(tensor<double>{infinity, infinity})).item() == infinity);
  CHECK(eval(max(tensor<std::int8_t>(shape{99}, std::int8_t(-128)))).item() == -128);
}

TEST_CASE("of equal elements argmin and argmax give the first in row-major order") {
  tensor<int> x(shape{40, 50}, 3);
  CHECK(eval(argmax(x)).item() == 0);
  x(7, 9) = x(7, 30) = x(20, 1) = 8;
  CHECK(eval(argmax(x)).item() == 7 * 50 + 9);
  CHECK(eval(argmax(transpose(x))).item() == 1 * 40 + 20);
  CHECK(eval(argmax(flip(x))).item() == 19 * 50 + 48);
  CHECK(eval(argmax(x, 1))(7) == 9);
  CHECK(eval(argmax(x, 0))(9) == 7);
  CHECK(eval(argmax(x, 0))(2) == 0);
  CHECK(eval(argmin(x, 0))(9) == 0);
  CHECK(eval(argmax(x, 1, keepdims)).shape() == shape{40, 1});
  CHECK(eval(argmax(tensor<bool>{false, true, true})).item() == 1);
  CHECK(eval(argmin(tensor<double>{-0.0, 0.0})).item() == 0);
  const tensor<std::int8_t> tall = reshape(eval(cast<std::int8_t>(arange(1000) % 128)), {1000, 1});
  CHECK(eval(argmax(tall, 0))(0) == 127);
  CHECK(eval(argmax(tensor<float>(shape{3, 1000000}, 1.0f)(all, range(5, 999999)), 1))(2) == 0);
}

TEST_CASE("statistics are what their formulas say") {
  const tensor<double> x{{1, 2, 4}, {5, -7, 1}};
  CHECK(eval(mean(x)).item() == 1);
  CHECK(eval(var(x)).item() == 15);
  CHECK(eval(var(x, axis_set(), dropdims, 1)).item() == 18);
  check_values(var(x, 0), tensor<double>{4, 20.25, 2.25});
  check_values(stddev(x, 0), tensor<double>{2, 4.5, 1.5});
  CHECK(std::isnan(eval(var(tensor<double>{3}, 0, dropdims, 1)).item()));
  CHECK(eval(norm1(x)).item() == 20);
  CHECK(eval(norm(tensor<std::complex<float>>{{3, 0}, {0, 4}})).item() == 5);
  CHECK(eval(norm_inf(x)).item() == 7);
  check_values(ptp(x, 1), tensor<double>{3, 12});
  check_values(count_nonzero(x * (x > 1), 1), tensor<std::int64_t>{2, 1});
  CHECK(eval(dot(x(0, all), x(1, all))).item() == -5);
  check_values(average(x, tensor<double>{1, 1, 2}, 1), tensor<double>{11 / 4.0, 0});
  check_values(mean(tensor<int>{{1, 2}, {3, 5}}, 1), tensor<double>{1.5, 4});
  CHECK(eval(logsumexp(tensor<double>{1000, 1000})).item() == Approx(1000 + std::log(2)));
  CHECK(eval(logsumexp(tensor<double>{-infinity, -infinity})).item() == -infinity);
  CHECK(eval(logsumexp(tensor<double>{infinity, 1})).item() == infinity);
  CHECK(eval(reduce([](double a, double b) { return std::hypot(a, b); }, 0.0, tensor<double>{3, 4}))
            .item() == 5);
}

TEST_CASE("normalisations and distances are what their formulas say") {
  const tensor<double> x{{1, 2, 4}, {500, -7, 1}};
  const tensor<double> s = softmax(x), l = log_softmax(x), n = layer_norm(x, -1, 0.0);
  const tensor<double> r = rms_norm(x, -1, 0.0), u = normalize(x), z = zscore(x);
  for (index_t i = 0; i < 2; ++i) {
    double total = 0, mean_of = 0, squares = 0;
    for (index_t k = 0; k < 3; ++k) {
      total += std::exp(x(i, k) - x(i, i ? 0 : 2));
      mean_of += x(i, k) / 3;
      squares += x(i, k) * x(i, k);
    }
    double variance = 0;
    for (index_t k = 0; k < 3; ++k) variance += std::pow(x(i, k) - mean_of, 2) / 3;
    for (index_t k = 0; k < 3; ++k) {
      const double e = std::exp(x(i, k) - x(i, i ? 0 : 2));
      CHECK(s(i, k) == Approx(e / total));
      CHECK(l(i, k) == Approx(x(i, k) - x(i, i ? 0 : 2) - std::log(total)));
      CHECK(n(i, k) == Approx((x(i, k) - mean_of) / std::sqrt(variance)));
      CHECK(z(i, k) == Approx((x(i, k) - mean_of) / std::sqrt(variance)));
      CHECK(r(i, k) == Approx(x(i, k) / std::sqrt(squares / 3)));
      CHECK(u(i, k) == Approx(x(i, k) / std::sqrt(squares)));
    }
  }
  CHECK(eval(sum(softmax(x, 0), 0))(0) == Approx(1));
  CHECK(eval(sum(softmax(x, {0, 1}))).item() == Approx(1));
  CHECK(eval(mse(x, x + 2)).item() == Approx(4));
  CHECK(eval(cosine_similarity(x, -x))(1) == Approx(-1));
  const tensor<double> d = distances(x, tensor<double>{{1, 2, 4}, {1, 2, 0}, {1, 5, 8}});
  CHECK(d.shape() == shape{2, 3});
  CHECK(d(0, 0) == 0);
  CHECK(d(0, 1) == 4);
  CHECK(d(0, 2) == 5);
  CHECK(eval(standardize(x))(1, 0) > 2);
}

TEST_CASE("reductions over one space share a sweep, and repeated ones are computed once") {
  std::atomic<int> calls = 0;
  const tensor<double> x = cast<double>(arange(1000));
  const auto counted = [&](double v) { return ++calls, v; };
  const tensor<double> y = max(map(counted, x)) - 1;
  const int once = calls.exchange(0);
  CHECK(once >= 1000);
  CHECK(once < 1100);
  tensor<double> m(shape{}), lo(shape{}), hi(shape{});
  eval(assign(m, mean(x)), assign(lo, min(x)), assign(hi, max(x)));
  CHECK(m.item() == 499.5);
  CHECK(lo.item() == 0);
  CHECK(hi.item() == 999);
  const auto e = store(map(counted, x));
  const tensor<double> z = e / sum(e) + e;
  CHECK(calls < 1100);
  CHECK(z(999) == Approx(999 + 999 / 499500.0));
}

TEST_CASE("a mean, a deviation or a norm is finished once for a row, and found when it repeats") {
  const tensor<double> x = reshape(arange(12.0), {3, 4}) * 0.5;
  const auto count = [](const std::string& text, std::string_view word) {
    int n = 0;
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++n;
    return n;
  };
  const auto written =
      (x - mean(x, -1, keepdims)) / stddev(x, -1, keepdims) + mean(x, -1, keepdims);
  const std::string text = explain(written);
  INFO(text);
  CHECK(count(text, "mean(sum(") == 1);
  CHECK(count(text, "stddev(sum(") == 1);
  CHECK(count(text, "sqrt") == 0);
  CHECK(count(explain(norm(x, -1) + norm(x, -1)), "norm(sum(") == 1);
  CHECK(count(explain(softmax(x) + softmax(x)), "reciprocal(sum(") == 1);
  // Numbers that differ make another reduction: here the divisor.
  CHECK(count(explain(stddev(x, -1) + stddev(x, -1, dropdims, 1)), "stddev(sum(") == 2);
  const auto by_root =
      (x - mean(x, -1, keepdims)) / sqrt(var(x, -1, keepdims)) + mean(x, -1, keepdims);
  CHECK(max(abs(written - by_root)).item() < 1e-15);
  const tensor<double> none(shape{2, 0});
  CHECK(all(isnan(mean(none, 1))).item());
  CHECK(all(isnan(stddev(none, 1))).item());
  check_values(norm(none, 1), {0, 0});
}

TEST_CASE("a tree of one element has a value, others do not and are not evaluated") {
  const tensor<float> x{1, 2, 3};
  CHECK(sum(x).item() == 6);
  CHECK((x(1) + reshape(x, {3, 1})(range(2, 3), 0)).item() == 5);
  std::atomic<int> calls = 0;
  const auto counted = map([&](float v) { return ++calls, v; }, x);
  CHECK_THROWS_WITH(counted.item(),
                    "item: shape (3,) has 3 elements, not one; index the one that "
                    "you want");
  CHECK(calls == 0);
}

TEST_CASE("a target that a reduction reads gets what evaluating first would give") {
  for (const index_t rows : {3, 700}) {
    tensor<double> x =
        reshape(eval(cast<double>(arange(rows * 300) % std::int64_t(41))), {rows, 300});
    const tensor<double> before = x, expected = before - mean(before, 1, keepdims);
    x = x - mean(x, 1, keepdims);
    CHECK(eval(max(abs(x - expected))).item() == 0);
    // Shifted by one row, so that a row is written before the next one has been reduced.
    x = before;
    view<double> below = x(range(1, rows), all);
    const tensor<double> wanted =
        before(range(0, rows - 1), all) * 2 - sum(before(range(0, rows - 1), all), 1, keepdims);
    below = x(range(0, rows - 1), all) * 2 - sum(x(range(0, rows - 1), all), 1, keepdims);
    CHECK(eval(max(abs(below - wanted))).item() == 0);
    // Reversed rows.
    x = before;
    const tensor<double> turned = before - max(flip(before, 0), 1, keepdims);
    x = x - max(flip(x, 0), 1, keepdims);
    CHECK(eval(max(abs(x - turned))).item() == 0);
    x = before;
    x(0, all) = sum(x, 0);
    CHECK(eval(max(abs(x(0, all) - sum(before, 0)))).item() == 0);
  }
}

TEST_CASE("what a callable throws inside a reduction comes out, and the target is as it was") {
  tensor<double> x = cast<double>(arange(200'000));
  tensor<double> y(shape{}, 5.0);
  const auto fails = map(
      [](double v) -> double {
        if (v == 150'000) throw std::runtime_error("no");
        return v;
      },
      x);
  CHECK_THROWS_AS(y = sum(fails), std::runtime_error);
  CHECK(y.item() == 5);
  CHECK_THROWS_AS(
      y = reduce([](double, double) -> double { throw std::runtime_error("no"); }, 0.0, x),
      std::runtime_error);
}

TEST_CASE("a callable sees elements only") {
  for (const index_t columns : {1, 3, 5, 7, 9, 15, 33, 100}) {
    const tensor<float> x(shape{7, columns}, 2.0f);
    const auto positive = map(
        [](float v) {
          if (v != 2.0f) throw std::runtime_error("a value that is no element");
          return v;
        },
        x);
    for (const int axis : {0, 1}) {
      const tensor<float> s = sum(positive, axis);
      CHECK(s(0) == 2.0f * float(axis == 0 ? 7 : columns));
      const tensor<std::int64_t> a = argmax(positive, axis);
      CHECK(a(0) == 0);
      const tensor<float> r = reduce([](float p, float q) { return p + q; }, 0.0f, positive, axis);
      CHECK(r(0) == s(0));
    }
  }
}

TEST_CASE("a small reduction may go to where its operand is, and into any layout and type") {
  tensor<float> x{{1, 2, 3}, {4, 5, 6}};
  x(1, all) = sum(x, 0);
  CHECK(x(1, 0) == 5);
  CHECK(x(1, 2) == 9);
  x(range(0, 1), all) = sum(x, 0, keepdims) / 2;
  CHECK(x(0, 1) == 4.5f);
  tensor<double> wide(shape{2}, 0.0);
  wide = sum(x, 1);
  CHECK(wide(0) == double(x(0, 0) + x(0, 1) + x(0, 2)));
  tensor<float> gaps(shape{2, 4}, 0.0f);
  gaps(all, range(0, 4, 2)) = max(x, 1, keepdims);
  CHECK(gaps(1, 2) == 9);
  CHECK(gaps(1, 1) == 0);
  gaps(range(std::nullopt, std::nullopt, -1), 3) = max(x, 1);
  CHECK(gaps(0, 3) == 9);
}

TEST_CASE("operands that are alike in the first slice only are not taken for one another") {
  const index_t count = 12, rows = 200, columns = 300;
  const tensor<double> m =
      cast<double>(reshape(arange(count * rows * columns) % 1009, {count, columns, rows}));
  const auto x = permute(m, {0, 2, 1});
  const auto first = x(range(0, 1), all, all);  // repeats along the axis that is cut
  const tensor<double> c = x;
  const tensor<double> mean_of_x = mean(c, 2), mean_of_both = mean(eval(x + 2.0 * first), 2);
  const auto check = [&](const tensor<double>& y, auto expected) {
    index_t wrong = 0;
    for (index_t n = 0; n < count; ++n)
      for (index_t r = 0; r < rows; ++r)
        for (index_t k = 0; k < columns; ++k)
          wrong += !(std::abs(y(n, r, k) - expected(n, r, k)) <= 1e-9);
    CHECK(wrong == 0);
  };
  check(x - first + (c - mean(c, 2, keepdims)), [&](index_t n, index_t r, index_t k) {
    return m(n, k, r) - m(0, k, r) + m(n, k, r) - mean_of_x(n, r);
  });
  check(c - mean(x + 2.0 * first, 2, keepdims),
        [&](index_t n, index_t r, index_t k) { return m(n, k, r) - mean_of_both(n, r); });
}

TEST_CASE("many short rows that do not come from a cache add up") {
  const index_t columns = GENERATE(33, 64, 100, 511);
  const index_t rows = 5'000'000 / columns;
  const tensor<float> a =
      cast<float>(from_index({2, rows, columns}, [](index_t i) { return i % 5; }));
  const tensor<float> row = cast<float>(arange(columns));
  const tensor<float> sums = sum(a, 1), products = sum(a * row, 1), largest = max(a - row, 1);
  for (index_t k = 0; k < 2; ++k)
    for (index_t c = 0; c < columns; ++c) {
      std::int64_t expected = 0, most = 0;
      for (index_t r = 0; r < rows; ++r) {
        const auto x = std::int64_t(((k * rows + r) * columns + c) % 5);
        expected += x;
        most = std::max(most, x);
      }
      REQUIRE(sums(k, c) == float(expected));
      REQUIRE(std::abs(products(k, c) - float(expected * c)) <=
              32 * 0x1p-24f * float(expected * c));
      REQUIRE(largest(k, c) == float(most - c));
    }
}

TEST_CASE("the largest of a long list is found in whichever block it stands") {
  const double grain = thread_grain();
  for (const index_t n : {4096, 65'536, 70'000, 300'001})
    for (const index_t at : {index_t(0), index_t(1), index_t(4095), n / 2, n - n % 4096, n - 1}) {
      if (at >= n) continue;
      tensor<float> x = cast<float>(from_index(shape{n}, [](index_t i) { return i * 7 % 31; }));
      x(at) = 100;
      for (const double g : {grain, 0.0}) {
        set_thread_grain(g);
        INFO("number " << at << " of " << n);
        CHECK(eval(argmax(x)).item() == at);
        CHECK(eval(argmin(-1 * x)).item() == at);
        CHECK(eval(max(x)).item() == 100);
        CHECK(eval(count_nonzero(x == 100.0f)).item() == 1);
      }
      set_thread_grain(grain);
    }
}

TEST_CASE("rows that are taken several as one are reduced column by column") {
  for (const index_t rows : {1, 2, 7, 64, 129, 1000})
    for (const index_t columns : {32, 33, 100, 128, 300, 512, 1000, 1023, 1025}) {
      const auto x = eval(cast<std::int32_t>(from_index(
          shape{3, rows, columns + 2}, [](index_t i) { return index_t(i * 7919 % 1009) - 500; })));
      const auto inside = x(all, all, range(1, columns + 1));
      const tensor<std::int32_t> whole = inside;
      tensor<std::int64_t> sums(shape{3, columns}, std::int64_t(0));
      tensor<std::int32_t> most(shape{3, columns}, -1000);
      for (index_t i = 0; i < 3; ++i)
        for (index_t k = 0; k < rows; ++k)
          for (index_t c = 0; c < columns; ++c) {
            sums(i, c) += whole(i, k, c);
            most(i, c) = std::max(most(i, c), whole(i, k, c));
          }
      INFO(rows << " rows of " << columns);
      CHECK(eval(all(sum(whole, 1) == sums)).item());
      CHECK(eval(all(sum(inside, 1) == sums)).item());
      CHECK(eval(all(sum(whole + whole, 1) == sums * 2)).item());
      CHECK(eval(all(max(whole, 1) == most)).item());
      CHECK(eval(all(sum(whole, {0, 1}) == sum(sums, 0))).item());
    }
}
