// tests/property/elementwise_test.cpp: random trees over random views equal the same arithmetic
// done one element at a time by index, on every layout, dtype and number of threads.
#include "catch.hpp"
#include "random_views.hpp"

using namespace weft;
using random_views::at;
using random_views::for_each_index;
using random_views::source;

namespace {

// Evaluates `tree` into a random view and compares with `expected(index)`.
template <class R, class E, class F>
void compare(source& random, const shape& s, const E& tree, F expected, const std::string& what) {
  const view<R> y = random.view<R>(s);
  view<R> target = y;
  target = tree;
  index_t wrong = 0;
  for_each_index(s, [&](const dims& i) { wrong += !(at(y, i) == static_cast<R>(expected(i))); });
  INFO(what << ", shape " << to_string(s) << ", target strides " << to_string(y.strides()) << "\n"
            << explain(tree));
  REQUIRE(wrong == 0);
}

template <class A, class B, class C>
void run_case(source& random) {
  const shape s = random.shape();
  const auto a = random.view<A>(random.broadcastable(s));
  const auto b = random.view<B>(random.broadcastable(s));
  const auto c = random.view<C>(random.broadcastable(s));
  const auto whole = random.view<B>(s);
  random_views::use_some_threads(random);
  const auto element = [](const auto& x) { return [&x](const dims& i) { return at(x, i); }; };
  const auto ea = element(a);
  const auto eb = element(b);
  const auto ec = element(c);
  const auto ew = element(whole);
  const std::string strides = "operands " + to_string(a.shape()) + " " + to_string(a.strides()) +
                              ", " + to_string(b.shape()) + " " + to_string(b.strides()) + ", " +
                              to_string(c.shape()) + " " + to_string(c.strides());
  switch (random.below(4)) {
    case 0:
      compare<double>(
          random, s, a * b + c,
          [&](const dims& i) { return double(ea(i)) * double(eb(i)) + double(ec(i)); },
          "a * b + c, " + strides);
      break;
    case 1:
      compare<B>(
          random, s, where(a > b, whole, b),
          [&](const dims& i) { return double(ea(i)) > double(eb(i)) ? ew(i) : eb(i); },
          "where(a > b, w, b), " + strides);
      break;
    case 2:
      compare<std::int64_t>(
          random, s, cast<std::int64_t>(a) - cast<std::int64_t>(whole) * 3 + cast<std::int16_t>(b),
          [&](const dims& i) {
            return std::int64_t(ea(i)) - std::int64_t(ew(i)) * 3 + std::int64_t(eb(i));
          },
          "a - w * 3 + b as int64, " + strides);
      break;
    default: {
      const auto count = from_index(s, [](index_t i) { return int(i % 1000); });
      index_t n = 0;
      compare<double>(
          random, s, count + a * 2 + (b != c),
          [&](const dims& i) {
            const int number = int(n++ % 1000);
            return number + 2.0 * double(ea(i)) + (double(eb(i)) != double(ec(i)));
          },
          "index + a * 2 + (b != c), " + strides);
    }
  }
  random_views::use_defaults();
}

}  // namespace

TEST_CASE("random trees over random views equal element-by-element arithmetic", "[threads]") {
  const unsigned seed = random_views::seed();
  source random(seed);
  for (int number = 0; number < random_views::cases(2000); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    run_case<float, float, float>(random);
    run_case<double, float, std::int32_t>(random);
    run_case<std::int16_t, std::int32_t, float>(random);
    run_case<std::uint8_t, double, std::int64_t>(random);
  }
}

TEST_CASE("targets that overlap their operands get what evaluating first would give") {
  const unsigned seed = random_views::seed() + 1;
  source random(seed);
  for (int number = 0; number < random_views::cases(2000); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    // Views of one small memory, so that most of them overlap.
    tensor<int> memory(shape{12, 12});
    random.fill(memory);
    const shape s{1 + random.below(5), 1 + random.below(5)};
    const auto window = [&] {
      strides st;
      index_t lowest = 0;
      const index_t steps[] = {1, 12, -1, -12, 2, 13, 24};
      for (index_t n : s) {
        st.push_back(steps[random.below(7)]);
        lowest += std::min<index_t>(0, st.back() * (n - 1));
      }
      index_t highest = 0;
      for (std::size_t d = 0; d < 2; ++d) highest += std::max<index_t>(0, st[d] * (s[d] - 1));
      const index_t room = 144 - (highest - lowest);
      if (room <= 0) return memory(range(s[0]), range(s[1]));
      return memory.as_view().placed({s, st, -lowest + random.below(int(room))});
    };
    const view<int> a = window(), b = window();
    view<int> y = window();
    // A target whose own elements coincide has no single right answer.
    std::vector<int*> addresses;
    for_each_index(s, [&](const dims& i) { addresses.push_back(&y(i[0], i[1])); });
    std::sort(addresses.begin(), addresses.end());
    if (std::adjacent_find(addresses.begin(), addresses.end()) != addresses.end()) continue;
    std::vector<int> expected;
    for_each_index(s,
                   [&](const dims& i) { expected.push_back(a(i[0], i[1]) * 3 - b(i[0], i[1])); });
    y = a * 3 - b;
    std::size_t k = 0;
    INFO("shape " << to_string(s) << ", strides y " << to_string(y.strides()) << " a "
                  << to_string(a.strides()) << " b " << to_string(b.strides()) << ", from y: a "
                  << a.data() - y.data() << " b " << b.data() - y.data());
    bool same = true;
    for_each_index(s, [&](const dims& i) { same &= y(i[0], i[1]) == expected[k++]; });
    REQUIRE(same);
  }
}

TEST_CASE("a shifted in-place sum needs no temporary in either direction") {
  for (const index_t n : {2, 17, 1000, 100'000}) {
    tensor<double> x = cast<double>(arange(n));
    x(range(1, n)) += x(range(0, n - 1));
    for (index_t i = 1; i < n; ++i) REQUIRE(x(i) == double(2 * i - 1));
    tensor<double> z = cast<double>(arange(n));
    z(range(0, n - 1)) += z(range(1, n));
    for (index_t i = 0; i + 1 < n; ++i) REQUIRE(z(i) == double(2 * i + 1));
  }
}

TEST_CASE("large transposed, broadcast and streamed operands are right on several threads",
          "[threads]") {
  const index_t n = 2100, m = 1300;
  tensor<float> a = reshape(eval(cast<float>(arange(n * m) % std::int64_t(977))), shape{n, m});
  tensor<float> b = reshape(eval(cast<float>(arange(n * m) % std::int64_t(661))), shape{m, n});
  tensor<float> column = reshape(eval(cast<float>(arange(n))), shape{n, 1});
  for (const int threads : {1, 2, 5, 16}) {
    set_num_threads(threads);
    tensor<float> y(shape{n, m});
    y = a + transpose(b) * 2 - column;
    index_t wrong = 0;
    for (index_t i = 0; i < n; ++i)
      for (index_t k = 0; k < m; ++k)
        wrong += y(i, k) != float((i * m + k) % 977) + 2 * float((k * n + i) % 661) - float(i);
    REQUIRE(wrong == 0);
    // An inner view starts unaligned, so its streamed stores have a first and a last part.
    view<float> inside = y(range(1, -1), range(1, -1));
    inside = a(range(2, n), range(1, -1)) + a(range(0, n - 2), range(1, -1));
    for (index_t i = 1; i + 1 < n; ++i)
      for (index_t k = 1; k + 1 < m; ++k)
        wrong += y(i, k) != float(((i + 1) * m + k) % 977) + float(((i - 1) * m + k) % 977);
    REQUIRE(wrong == 0);
  }
  random_views::use_defaults();
}
