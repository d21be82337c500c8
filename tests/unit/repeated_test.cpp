// tests/unit/repeated_test.cpp: what stands both in a reduction and beside it is computed once
// where slices stay in the cache, and gives what it would give if it were computed again.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/repeated.hpp"

#include <cmath>
#include <memory>
#include <string>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

tensor<float> numbers(const shape& s, int seed = 1) {
  tensor<float> x(s);
  for (index_t i = 0; i < x.size(); ++i) x.data()[i] = float((i * 37 * seed) % 101) / 50 - 1;
  return x;
}

auto softmax_of(const auto& x, index_t axis) {
  return exp(x - max(x, axis, keepdims)) / sum(exp(x - max(x, axis, keepdims)), axis, keepdims);
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

// But for the order in which sums are added up.
bool are_close(const tensor<float>& y, const tensor<float>& expected) {
  return y.shape() == expected.shape() && max(abs(y - expected) / abs(expected)).item() < 2e-6f;
}

// Of x in double, along the last or the first axis.
void check_softmax(const tensor<float>& y, const tensor<float>& x, index_t axis,
                   double bound = 2e-6) {
  const tensor<double> wide = cast<double>(x);
  const tensor<double> e = exp(wide), expected = e / sum(e, axis, keepdims);
  REQUIRE(y.shape() == x.shape());
  CHECK(max(abs(cast<double>(y) / expected - 1)).item() < bound);
}

}  // namespace

TEST_CASE("softmax as it is written computes exp once for each element") {
  for (const shape& s : {shape{300, 200}, shape{17, 4099}, shape{5000, 64}, shape{2, 3, 70, 50}}) {
    const tensor<float> x = numbers(s);
    for (const index_t axis : {index_t(-1), index_t(0)}) {
      const std::string plan = explain(softmax_of(x, axis));
      if (axis == -1) CHECK(count(plan, "exp(") == 1);
      CHECK(count(plan, "exp(") == count(explain(softmax(x, axis)), "exp("));
      tensor<float> y = softmax_of(x, axis);
      check_softmax(y, x, axis);
      const tensor<float> stored = y;
      y = x;
      y = softmax_of(y, axis);  // in place
      CHECK(all(y == stored).item());
      eval(assign(y, softmax_of(x, axis)));
      CHECK(all(y == stored).item());
      y.as_view() = softmax_of(x, axis);
      CHECK(all(y == stored).item());
    }
  }
}

TEST_CASE("rows longer than what several slices would share are stored too") {
  const tensor<float> x = numbers({16, 30000});
  CHECK(count(explain(softmax_of(x, -1)), "exp(") == 1);
  CHECK(count(explain(softmax(x)), "exp(") == 1);
  check_softmax(softmax_of(x, -1), x, -1);
}

TEST_CASE("only the same operands are taken for repeated work") {
  const tensor<float> x = numbers({300, 200}), z = numbers({300, 200}, 3);
  const tensor<float> y = exp(x) / sum(exp(z), -1, keepdims);
  const tensor<float> above = exp(x), below = sum(exp(z), -1, keepdims);
  CHECK(are_close(y, above / below));
  const tensor<float> scaled = exp(x * 2.0f) / sum(exp(x * 0.5f), -1, keepdims);
  const tensor<float> twice = exp(x * 2.0f), half = sum(exp(x * 0.5f), -1, keepdims);
  CHECK(are_close(scaled, twice / half));
  const tensor<float> turned =
      exp(x(all, range(0, 100))) / sum(exp(x(all, range(100, 200))), -1, keepdims);
  const tensor<float> left = exp(x(all, range(0, 100))),
                      right = sum(exp(x(all, range(100, 200))), -1, keepdims);
  CHECK(are_close(turned, left / right));
}

TEST_CASE("what is not repeated is not stored") {
  const tensor<float> x = numbers({300, 200}), z = numbers({100, 80}, 3);
  CHECK(count(explain(exp(x) / sum(exp(z))), "store") == 0);
  CHECK(count(explain((exp(x) / sum(exp(x), -1, keepdims))(range(0, 2), all)), "store") == 0);
  CHECK(count(explain(exp(x - mean(x)) / sum(exp(x - mean(x(range(1, 300), all))))), "store") == 0);
  const auto add = [](float a, float b) { return a + b; };
  const auto own = exp(x - reduce(add, 0.0f, x, -1, keepdims));
  CHECK(count(explain(own / sum(own, -1, keepdims)), "store") == 0);
  const auto two = exp(x) / sum(exp(x), -1, keepdims) + exp(2.0f * x) / sum(exp(2.0f * x), 0);
  CHECK(count(explain(two), "store(") == 2);
}

TEST_CASE("the order of a result's elements does not depend on what is stored") {
  tensor<float> x({300, 200}, layout::column_major);
  x.as_view() = numbers({300, 200});
  const tensor<float> y = softmax_of(x, -1), z = softmax(x, 0);
  CHECK(y.strides() == x.strides());
  CHECK(z.strides() == x.strides());
  check_softmax(y, x, -1);
  check_softmax(z, x, 0);
}

TEST_CASE("a tree of a callable that cannot be copied is evaluated as it stands") {
  struct one_more {
    std::unique_ptr<float> more = std::make_unique<float>(1.0f);
    float operator()(float v) const { return v + *more; }
  };
  const tensor<float> x = numbers({300, 200});
  const tensor<float> y = map(one_more(), x) + exp(x) / sum(exp(x), -1, keepdims);
  check_softmax(y - x - 1.0f, x, -1, 1e-3);
}

TEST_CASE("repeated work in several reductions, in several places and of several kinds") {
  const tensor<float> x = numbers({300, 200});
  const auto e = exp(x);
  const auto l = log(x + 2.0f);
  const auto tree = e / sum(e, -1, keepdims) + l * mean(l, -1, keepdims) - e * max(e, -1, keepdims);
  const std::string plan = explain(tree);
  CHECK(count(plan, "exp(") == 1);
  CHECK(count(plan, "log(") == 1);
  const tensor<float> y = tree, a = e, b = l;
  const tensor<float> expected =
      a / sum(a, -1, keepdims) + b * mean(b, -1, keepdims) - a * max(a, -1, keepdims);
  CHECK(max(abs(y - expected)).item() < 1e-5f);
}

TEST_CASE(
    "work that is repeated is found within reductions, and in trees that are assigned together") {
  const tensor<float> x = numbers({300, 200}), w = numbers({300, 200}, 7);
  const auto weighted = sum(softmax_of(x, -1) * w, -1);
  CHECK(count(explain(weighted), "exp(") == 1);
  const tensor<float> p = softmax(x), expected = sum(p * w, -1);
  CHECK(max(abs(eval(weighted) - expected)).item() < 1e-5f);
  tensor<float> y(x.shape()), z(x.shape());
  const auto both = [&](auto use) {
    return use(assign(y, softmax_of(x, -1)), assign(z, exp(w) / sum(exp(w), -1, keepdims)));
  };
  CHECK(count(both([](const auto&... a) { return explain(a...); }), "exp(") == 2);
  both([](const auto&... a) { eval(a...); });
  check_softmax(y, x, -1);
  check_softmax(z, w, -1);
}

TEST_CASE("work is repeated where storing it does not pay") {
  const tensor<float> small = numbers({16, 16}), large = numbers({1 << 21});
  const auto whole = [](const auto& x) { return exp(x) / sum(exp(x)); };
  CHECK(count(explain(whole(small)), "exp(") == 2);
  CHECK(count(explain(whole(large)), "exp(") == 2);  // nothing of it stays in the cache
  CHECK(count(explain((small - mean(small)) / stddev(small)), "store") == 0);
  const tensor<float> y = whole(large), e = exp(large);
  CHECK(are_close(y, e / sum(e)));
}

TEST_CASE("callables and generators are computed for each place where they stand") {
  int calls = 0;
  const tensor<float> x = numbers({128, 128});
  const auto f = map([&calls](float v) { return ++calls, v + 1; }, x);
  set_num_threads(1);
  const tensor<float> y = exp(f) / sum(exp(f), -1, keepdims);
  set_num_threads(0);
  CHECK(calls >= 2 * x.size());
  check_softmax(y, x, -1);
  const auto counted = reshape(arange<float>(0, 16384), {128, 128}) * 1e-4f;
  const tensor<float> z = exp(counted) / sum(exp(counted), -1, keepdims), plain = counted;
  check_softmax(z, plain, -1);
}
