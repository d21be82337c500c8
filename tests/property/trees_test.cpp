// tests/property/trees_test.cpp: trees of every kind (shared, mapped, generated, rearranged, of
// mixed and complex element types) over random views give, as a whole, what they give when they
// are built anew over each single element.
// SPDX-License-Identifier: BSD-3-Clause
#include "catch.hpp"
#include "random_views.hpp"

using namespace weft;
using random_views::at;
using random_views::for_each_index;
using random_views::source;

namespace {

// The element of x that broadcasting puts at index i of a larger shape, as a view of rank 0.
template <class T>
view<const T> one(const view<T>& x, const dims& i) {
  return view<const T>(&at(x, i), shape{}, strides{}, cpu, x.owner());
}

template <class T>
bool equal(T a, T b) {
  return a == b || (a != a && b != b);
}

// Evaluates f(a, b, c) into a random view of its own element type, or of R, on 1 to 4 threads.
template <class R, class F, class A, class B, class C>
void check(source& random, const char* text, F f, const shape& s, const view<A>& a,
           const view<B>& b, const view<C>& c) {
  const auto tree = f(a, b, c);
  random_views::use_some_threads(random);
  const bool fresh = random.chance(30);
  view<R> y = fresh ? tensor<R>(tree).as_view() : random.view<R>(tree.shape());
  if (!fresh) y = tree;
  random_views::use_defaults();
  index_t wrong = 0;
  const shape whole = tree.shape();
  for_each_index(whole, [&](const dims& i) {
    const tensor<R> expected = f(one(a, i), one(b, i), one(c, i));
    wrong += !equal(at(y, i), expected.item());
  });
  INFO(text << ", shape " << to_string(s) << ", y " << to_string(y.strides()) << ", a "
            << to_string(a.shape()) << " " << to_string(a.strides()) << ", b "
            << to_string(b.shape()) << " " << to_string(b.strides()) << ", c "
            << to_string(c.shape()) << " " << to_string(c.strides()) << "\n"
            << explain(assign(y, tree)));
  REQUIRE(wrong == 0);
}

template <class A, class B, class C>
struct operands {
  source& random;
  shape s = random.shape();
  view<A> a = random.view<A>(random.broadcastable(s));
  view<B> b = random.view<B>(random.broadcastable(s));
  view<C> c = random.view<C>(random.broadcastable(s));

  template <class R, class F>
  void run(const char* text, F f) {
    check<R>(random, text, f, s, a, b, c);
  }
};

// Trees for any real element types.
template <class R, class A, class B, class C>
void real_case(source& random) {
  operands<A, B, C> x{random};
  switch (random.below(7)) {
    case 0:
      return x.template run<R>("a * b + c", [](auto a, auto b, auto c) { return a * b + c; });
    case 1:
      return x.template run<R>("shared twice", [](auto a, auto b, auto c) {
        auto s = share(a - b * 2);
        auto t = share(s * s + c);
        return t - s + t * c;
      });
    case 2:
      return x.template run<R>("mapped", [](auto a, auto b, auto c) {
        return map([](auto u, auto v) { return float(u) + float(v) * 2; }, a, b) - c;
      });
    case 3:
      return x.template run<R>("chosen by comparison", [](auto a, auto b, auto c) {
        return where(a < b || isnan(c), maximum(a, b), cast<float>(c) + 0.5f);
      });
    case 4:
      return x.template run<R>("converted", [](auto a, auto b, auto c) {
        return cast<std::int8_t>(a) + cast<float16>(b) * cast<double>(c);
      });
    case 5:
      return x.template run<R>("repeated leaves", [](auto a, auto b, auto c) {
        return (a + b) * (a - c) + minimum(a, b) - abs(cast<float>(a));
      });
    default:
      return x.template run<R>("functions", [](auto a, auto b, auto c) {
        return sqrt(abs(cast<float>(a) * b)) + exp(-cast<float>(c) * 0.25f) + sin(b);
      });
  }
}

template <class R, class A, class B, class C>
void complex_case(source& random) {
  operands<A, B, C> x{random};
  if (random.chance(50))
    x.template run<R>("complex a * b + conj(c)",
                      [](auto a, auto b, auto c) { return a * b + conj(c); });
  else
    x.template run<R>("complex chosen by magnitude", [](auto a, auto b, auto c) {
      auto s = share(a - c);
      return where(abs(s) > 3, s * b, a);
    });
}

template <class T>
void integer_case(source& random) {
  operands<T, T, T> x{random};
  if (random.chance(50))
    x.template run<T>("integers", [](auto a, auto b, auto c) {
      return a / b + a % c - (b << (c & 3)) + (a >> 1);
    });
  else
    x.template run<std::int64_t>("bits", [](auto a, auto b, auto c) {
      return cast<std::int64_t>(gcd(a, b)) + popcount(a ^ b) * (~c | a);
    });
}

// The whole tree is rearranged; the reference rearranges its value.
void rearranged_case(source& random) {
  const shape s = random.shape();
  const auto a = random.view<float>(random.broadcastable(s));
  const auto b = random.view<std::int32_t>(s);
  const auto tree = a * 2 + b + from_index(s, [](index_t i) { return int(i % 100); });
  const tensor<double> value = copy(tree);
  dims axes;
  for (int d = 0; d < s.ndim(); ++d) axes.insert(random.below(d + 1), d);
  random_views::use_some_threads(random);
  const tensor<double> moved = permute(tree, axes);
  const tensor<double> back = flip(permute(tree, axes));
  random_views::use_defaults();
  const auto expected = permute(value, axes);
  const auto turned = flip(expected);
  index_t wrong = 0;
  for_each_index(moved.shape(), [&](const dims& i) {
    wrong += at(moved.as_view(), i) != at(expected, i) || at(back.as_view(), i) != at(turned, i);
  });
  INFO("shape " << to_string(s) << ", axes " << to_string(axes));
  REQUIRE(wrong == 0);
}

// Several outputs of one loop, one of them in place.
void several_outputs_case(source& random) {
  const shape s = random.shape();
  const auto a = random.view<float>(random.broadcastable(s));
  const auto b = random.view<float>(s);
  const auto sum = random.view<double>(s);
  const auto truth = random.view<bool>(s);
  const tensor<float> before = copy(b);
  random_views::use_some_threads(random);
  auto shared_part = share(a * b);
  eval(assign(sum, shared_part + a), assign(truth, shared_part > 3), assign(b, b - shared_part));
  random_views::use_defaults();
  index_t wrong = 0;
  for_each_index(s, [&](const dims& i) {
    const float u = at(a, i), v = at(before.as_view(), i);
    wrong +=
        at(sum, i) != double(u * v + u) || at(truth, i) != (u * v > 3) || at(b, i) != v - u * v;
  });
  INFO("shape " << to_string(s) << ", strides " << to_string(a.strides()) << " "
                << to_string(b.strides()) << " " << to_string(sum.strides()) << " "
                << to_string(truth.strides()));
  REQUIRE(wrong == 0);
}

}  // namespace

TEST_CASE("a tree over random views equals the same tree over each element", "[threads]") {
  const unsigned seed = random_views::seed() + 2;
  source random(seed);
  const auto times = random_views::cases(500);
  for (int number = 0; number < times; ++number) {
    INFO("WEFT_SEED=" << random_views::seed() << ", case " << number);
    real_case<double, float, float, float>(random);
    real_case<float, double, float, std::int32_t>(random);
    real_case<std::int64_t, std::int16_t, std::uint8_t, double>(random);
    real_case<float16, float16, float, bfloat16>(random);
    real_case<float, bool, std::uint64_t, float16>(random);
    real_case<bool, std::int64_t, std::int8_t, bool>(random);
    complex_case<std::complex<float>, std::complex<float>, float, std::complex<float>>(random);
    complex_case<std::complex<double>, double, std::complex<float>, std::int32_t>(random);
    integer_case<std::int32_t>(random);
    integer_case<std::uint8_t>(random);
    integer_case<std::int64_t>(random);
    rearranged_case(random);
    several_outputs_case(random);
  }
}
