// tests/cuda/map_test.cpp: callables with a CUDA text on a device.
// SPDX-License-Identifier: BSD-3-Clause
#include <complex>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

namespace {
float half_of(float x) { return x / 2; }
}  // namespace

TEST_CASE("a callable with a text is part of the kernel") {
  const cuda_function leaky([](float x) { return x > 4 ? x : x / 8; }, "x > 4 ? x : x / 8");
  const tensor<float> a = counting({6, 8}), b = counting({8}, 2);
  const tensor<float> da = a.to(cuda(0)), db = b.to(cuda(0));
  const auto launches = fake_cuda::driver_counts().launches;
  const tensor<float> y(map(leaky, da * 2) + db);
  CHECK(fake_cuda::driver_counts().launches == launches + 1);
  CHECK(same(y, map(leaky, a * 2) + b));
  CHECK(same(map(leaky, transpose(da)), map(leaky, transpose(a))));
  const auto s = share(map(leaky, da)), t = share(map(leaky, a));
  CHECK(same(s * s - map(leaky, da), t * t - map(leaky, a)));
}

TEST_CASE("its operands are x, y and z, or numbered; its body may be statements") {
  const cuda_function three([](float x, int y, float z) { return x * float(y) - z; },
                            "x * float(y) - z");
  const cuda_function five(
      [](int v, int w, int x, int y, int z) { return v + 2 * w + 3 * x + 4 * y + 5 * z; },
      "x1 + 2 * x2 + 3 * x3 + 4 * x4 + 5 * x5");
  const cuda_function steps(
      [](int x) {
        int n = 0;
        for (; x > 1; ++n) x = x % 2 ? 3 * x + 1 : x / 2;
        return n;
      },
      R"(
        int n = 0, at = x;
        for (; at > 1; ++n) at = at % 2 ? 3 * at + 1 : at / 2;
        return n;
      )");
  const tensor<float> a = counting({9}), da = a.to(cuda(0));
  const tensor<int> i = counting<int>({9}, 3), di = i.to(cuda(0));
  CHECK(same(map(three, da, di, 0.5f), map(three, a, i, 0.5f)));
  CHECK(same(map(five, di, di + 1, 7, di * di, di - 3), map(five, i, i + 1, 7, i * i, i - 3)));
  CHECK(same(map(steps, di), map(steps, i)));
  CHECK(same(map(cuda_function(&half_of, "x / 2"), da), a / 2));
}

TEST_CASE("element types of callables are the host's") {
  const cuda_function rounding([](float x) { return float16(x * 1.001f); },
                               "x * 1.001f");  // rounds where it is returned
  const tensor<float16> h(cast<float16>(counting({9}) * 1.7f)), dh = h.to(cuda(0));
  CHECK(same(cast<float>(map(rounding, dh)) * 3, cast<float>(map(rounding, h)) * 3));
  const cuda_function norm([](std::complex<float> x) { return x.real() * x.real(); },
                           "x.real() * x.real()");
  const tensor<std::complex<float>> z(counting({9}) * std::complex<float>(1, 2)),
      dz = z.to(cuda(1));
  CHECK(same(map(norm, dz), map(norm, z)));
  const cuda_function positive([](double x) { return x > 3; }, "x > 3");
  const tensor<double> d = counting<double>({9}), dd = d.to(cuda(0));
  CHECK(same(where(map(positive, dd), dd, 0.0), where(map(positive, d), d, 0.0)));
}

TEST_CASE("two texts are two functions, one text is one kernel") {
  const tensor<float> a = counting({9}).to(cuda(0));
  const auto twice = [](float x) { return 2 * x; };
  const auto thrice = [](float x) { return 3 * x; };
  const cuda_function f(twice, "2 * x");
  const cuda_function g(thrice, "3 * x");
  CHECK(same(map(f, a) + map(g, a) * map(f, a),
             counting({9}) * 2 + counting({9}) * counting({9}) * 6));
  const auto printed = [&](const char* body) {
    const auto before = cuda_kernel_counts().printed;
    tensor<float> y(map(cuda_function(twice, body), a));
    return cuda_kernel_counts().printed - before;
  };
  CHECK(printed("x + x") == 1);
  CHECK(printed(" x + x\n") == 0);
  CHECK(printed("x * 2") == 1);
}

TEST_CASE("a body that is none, or does not compile, is refused with words") {
  CHECK(message([] { cuda_function([](float x) { return x; }, " "); }) ==
        "cuda_function: ' ' is no body; write an expression over x, y and z");
  const tensor<float> a = counting({3}).to(cuda(0));
  CHECK_THAT(message([&] {
               eval(map(cuda_function([](float x) { return x; }, "x + nothing_of_that_name"), a));
             }),
             ContainsSubstring("does not compile") && ContainsSubstring("nothing_of_that_name"));
}
