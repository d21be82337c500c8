// tests/property/reductions_test.cpp: random reductions of random trees over random views equal the
// same joins done one element at a time by index, over every set of axes, layout and dtype.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "random_views.hpp"

using namespace weft;
using random_views::at;
using random_views::for_each_index;
using random_views::source;

namespace {

// The axes of s in `set`, and the place of index i among the results, all axes kept.
struct reduced_shape {
  shape whole, result;
  std::vector<bool> taken;

  reduced_shape(const shape& s, const dims& set) : whole(s), result(s), taken(s.size()) {
    for (index_t a : set) {
      const auto d = std::size_t(a < 0 ? a + s.ndim() : a);
      taken[d] = true;
      result[d] = 1;
    }
  }
  std::size_t place(const dims& i) const {
    index_t at = 0;
    for (std::size_t d = 0; d < whole.size(); ++d) at = at * result[d] + (taken[d] ? 0 : i[d]);
    return std::size_t(at);
  }
};

dims random_axes(source& random, int ndim) {
  dims set;
  for (int d = 0; d < ndim; ++d)
    if (random.chance(50)) set.push_back(random.chance(30) ? d - ndim : d);
  return set;
}

// join(state, element) for all elements, from `start`.
template <class S, class F, class J>
std::vector<S> reference(const reduced_shape& r, S start, F element, J join) {
  std::vector<S> states(std::size_t(r.result.product()), start);
  for_each_index(r.whole, [&](const dims& i) {
    S& s = states[r.place(i)];
    s = join(s, element(i));
  });
  return states;
}

template <class E, class S>
void compare(const E& tree, const reduced_shape& r, bool keep, const std::vector<S>& expected,
             const std::string& what) {
  const auto y = copy(tree);
  INFO(what << " of shape " << to_string(r.whole) << " to " << to_string(r.result));
  shape left;
  for (std::size_t d = 0; d < r.whole.size(); ++d)
    if (keep || !r.taken[d]) left.push_back(r.result[d]);
  REQUIRE(y.shape() == left);
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < expected.size(); ++k)
    wrong += double(y.data()[k]) != double(expected[k]);
  REQUIRE(wrong == 0);
}

template <class A, class B>
void run_case(source& random) {
  const shape s = random.shape();
  const view<A> a = random.view<A>(s);
  const view<B> b = random.view<B>(random.broadcastable(s));
  const dims set = random_axes(random, s.ndim());
  const reduced_shape r(s, set);
  const bool keep = random.chance(40);
  const keepdims_t kept(keep);
  set_num_threads(1 + random.below(4));
  const std::string what = "axes " + to_string(set) + " of operands with strides " +
                           to_string(a.strides()) + " and " + to_string(b.strides()) +
                           " of shape " + to_string(b.shape());
  const auto product = [&](const dims& i) { return double(at(a, i)) * double(at(b, i)); };
  const bool empty = s.product() == 0 && r.result.product() > 0;
  switch (random.below(5)) {
    case 0:
      compare(sum(cast<double>(a) * b, set, kept), r, keep,
              reference(r, 0.0, product, [](double x, double y) { return x + y; }), "sum, " + what);
      break;
    case 1:
      compare(sum(a, set, kept), r, keep,
              reference(
                  r, 0.0, [&](const dims& i) { return double(at(a, i)); },
                  [](double x, double y) { return x + y; }),
              "sum of one, " + what);
      break;
    case 2:
      if (empty) break;
      compare(max(a + b, set, kept), r, keep,
              reference(
                  r, -1e9, [&](const dims& i) { return double(at(a, i)) + double(at(b, i)); },
                  [](double x, double y) { return std::max(x, y); }),
              "max, " + what);
      break;
    case 3:
      if (empty) break;
      compare(
          min(b * cast<double>(from_index(s, [](index_t i) { return int(i % 97); })) + a, set,
              kept),
          r, keep,
          [&] {
            index_t n = 0;
            return reference(
                r, 1e9,
                [&](const dims& i) {
                  return double(at(b, i)) * double(n++ % 97) + double(at(a, i));
                },
                [](double x, double y) { return std::min(x, y); });
          }(),
          "min, " + what);
      break;
    default:
      compare(any(a > b, set, kept), r, keep,
              reference(
                  r, char(0), [&](const dims& i) { return double(at(a, i)) > double(at(b, i)); },
                  [](char x, bool y) { return char(x || y); }),
              "any, " + what);
  }
  set_num_threads(0);
}

}  // namespace

TEST_CASE("random reductions of random views equal joins of one element at a time", "[threads]") {
  const unsigned seed = random_views::seed() + 10;
  source random(seed);
  for (int number = 0; number < random_views::cases(1500); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    run_case<float, float>(random);
    run_case<std::int16_t, double>(random);
    run_case<std::uint8_t, std::int64_t>(random);
  }
}

namespace {

// Extents of 1 among them, and large enough that slices, pieces and blocks have several.
shape large_shape(source& random) {
  static constexpr index_t extents[] = {1, 2, 3, 5, 17, 64, 130, 600, 4100, 70000};
  shape s;
  index_t count = 1;
  for (int d = random.below(4) + 1; d > 0; --d) {
    const index_t n = extents[random.below(10)];
    s.insert(random.below(s.ndim() + 1), count * n > 400'000 ? 2 : n);
    count = s.product();
  }
  return s;
}

// A tensor whose axes lie in memory in another order, some backwards.
template <class T>
view<T> shuffled(source& random, const shape& s) {
  dims order;
  for (int d = 0; d < s.ndim(); ++d) order.insert(random.below(d + 1), d);
  if (random.chance(50)) std::sort(order.begin(), order.end());
  shape memory;
  for (index_t d : order) memory.push_back(s[std::size_t(d)] + (random.chance(20) ? 3 : 0));
  tensor<T> base(memory);
  for (index_t k = 0; k < base.size(); ++k) base.data()[k] = T(k * 7919 % 101 - 50);
  std::vector<index::item> items;
  for (index_t d : order) items.emplace_back(range(s[std::size_t(d)]));
  const view<T> v = base.as_view().placed(index::slice(base.as_view().where(), items));
  dims back = dims::filled(s.ndim(), 0);
  for (int k = 0; k < s.ndim(); ++k) back[std::size_t(order[std::size_t(k)])] = k;
  const view<T> moved = permute(v, back);
  if (s.ndim() > 0 && random.chance(20)) return flip(moved, random.below(s.ndim()));
  return moved;
}

template <class T>
bool same_bits(const tensor<T>& a, const tensor<T>& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), std::size_t(a.size()) * sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("a tree with reductions equals its parts evaluated one after the other", "[threads]") {
  const unsigned seed = random_views::seed() + 11;
  source random(seed);
  for (int number = 0; number < random_views::cases(150); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    const shape s = large_shape(random);
    const view<double> x = shuffled<double>(random, s);
    const view<double> w = shuffled<double>(random, random.broadcastable(s));
    const dims set = random_axes(random, s.ndim());
    INFO("axes " << to_string(set) << " of " << to_string(s) << ", strides "
                 << to_string(x.strides()) << " and " << to_string(w.strides()) << " of "
                 << to_string(w.shape()));
    set_num_threads(1 + random.below(4));
    // Whole numbers: sums are exact in any order.
    const auto numbers = from_index(s, [](index_t i) { return double(i % 97); });
    const tensor<double> m = max(x * w, set, keepdims), t = sum(x - m + numbers, set, keepdims);
    const tensor<std::int64_t> a = argmin(x - m, set, keepdims);
    const tensor<double> expected = x * 2 - m + t * w + a - numbers;
    const auto all_at_once = [&] {
      auto once = share(x * w);
      auto largest = max(once + 0 * once, set, keepdims);
      auto e = store(x - largest);
      return x * 2 - largest + sum(x - largest + numbers, set, keepdims) * w +
             argmin(e, set, keepdims) - numbers;
    }();
    const tensor<double> y = all_at_once;
    REQUIRE(same_bits(copy(y), copy(expected)));
    view<double> target = shuffled<double>(random, s);
    target = all_at_once;
    REQUIRE(same_bits(copy(target), copy(expected)));
    // In place, where x is an operand of the reductions too.
    view<double> own = x;
    own = all_at_once;
    REQUIRE(same_bits(copy(x), copy(expected)));
  }
  set_num_threads(0);
}

TEST_CASE("argmin and argmax find the first of the best elements, wherever it lies", "[threads]") {
  const unsigned seed = random_views::seed() + 12;
  source random(seed);
  for (int number = 0; number < random_views::cases(60); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    const shape s = large_shape(random);
    const view<float> x = shuffled<float>(random, s);
    const dims set = random_axes(random, s.ndim());
    const reduced_shape r(s, set);
    set_num_threads(1 + random.below(4));
    std::vector<std::int64_t> expected(std::size_t(r.result.product()), -1), seen(expected.size());
    std::vector<float> best(expected.size());
    for_each_index(s, [&](const dims& i) {
      const std::size_t k = r.place(i);
      const float v = at(x, i);
      if (expected[k] < 0 || v > best[k]) expected[k] = seen[k], best[k] = v;
      ++seen[k];
    });
    compare(argmax(x, set), r, false, expected, "argmax over " + to_string(set));
  }
  set_num_threads(0);
}

TEST_CASE("any number of threads gives the same bits", "[threads]") {
  source random(random_views::seed() + 13);
  const double grain = thread_grain();
  set_thread_grain(1000);
  for (const shape& s : {shape{300'007}, shape{1000, 301}, shape{7, 43'000}, shape{43'000, 7},
                         shape{60, 70, 80}, shape{100'000, 3}}) {
    tensor<float> x =
        cast<float>(from_index(s, [](index_t i) { return double(i * 7919 % 10'007) / 1e4 - 0.3; }));
    for (const dims& set : {dims{}, dims{0}, dims{-1}, dims{0, -1}}) {
      if (s.ndim() == 1 && set.ndim() == 2) continue;
      const auto evaluate = [&](int threads) {
        set_num_threads(threads);
        return std::tuple{eval(sum(x, set)), eval(var(x, set)), eval(softmax(x, set)),
                          eval(sum(transpose(x) * 3, set)), eval(argmax(x, set))};
      };
      const auto one = evaluate(1);
      for (const int threads : {2, 3, 4, 16}) {
        INFO("axes " << to_string(set) << " of " << to_string(s) << " on " << threads);
        const auto more = evaluate(threads);
        CHECK(same_bits(std::get<0>(one), std::get<0>(more)));
        CHECK(same_bits(std::get<1>(one), std::get<1>(more)));
        CHECK(same_bits(std::get<2>(one), std::get<2>(more)));
        CHECK(same_bits(std::get<3>(one), std::get<3>(more)));
        CHECK(same_bits(std::get<4>(one), std::get<4>(more)));
      }
    }
  }
  set_num_threads(0);
  set_thread_grain(grain);
}

TEST_CASE("the error of a sum grows as the logarithm of its length") {
  for (const index_t n : {100, 5000, 300'000, 5'000'000}) {
    const tensor<float> x = cast<float>(
        from_index(shape{n}, [](index_t i) { return double(i * 7919 % 100'003) / 1e5 + 0.1; }));
    long double exact = 0;
    for (const float v : x) exact += static_cast<long double>(v);
    // docs/reductions.md: that many roundings of the sum of magnitudes at most.
    const double most = (256 + std::log2(double(n))) * 0x1p-24 * double(exact);
    CHECK(std::abs(double(eval(sum(x)).item()) - double(exact)) <= most);
    // Chains of adds err at random: nowhere near the bound.
    CHECK(std::abs(double(eval(sum(x)).item()) - double(exact)) <= most / 16);
    const tensor<float> columns = sum(reshape(x, {n / 4, 4}), 0);
    CHECK(std::abs(double(eval(sum<double>(columns)).item()) - double(exact)) <= most / 16);
  }
}
