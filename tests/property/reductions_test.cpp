// tests/property/reductions_test.cpp: random reductions of random trees over random views equal the
// same joins done one element at a time by index, over every set of axes, layout and dtype.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
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
  for (std::size_t k = 0; k < expected.size(); ++k) wrong += !(y.data()[k] == expected[k]);
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
    run_case<double, std::int32_t>(random);
    run_case<std::int16_t, float>(random);
    run_case<std::uint8_t, std::int64_t>(random);
  }
}
