// tests/cuda/split_test.cpp: trees with more operands than a kernel takes are several kernels.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

namespace {

template <class X>
auto eight(const X& x) {
  return x + x + x + x + x + x + x + x;
}

// A sum of 2^Depth views of a matrix, none of which is another, on any device.
template <int Depth>
auto many(const tensor<float>& x, index_t from = 0) {
  if constexpr (Depth == 0)
    return x(range(from % 5, from % 5 + 4), range(from / 5 % 60, from / 5 % 60 + 4)) * 3.0f;
  else
    return many<Depth - 1>(x, from) + many<Depth - 1>(x, from + (1 << (Depth - 1)));
}

std::size_t launches() { return fake_cuda::driver_counts().launches; }

}  // namespace

TEST_CASE("a tree of more than 256 operands is several kernels, with the same result") {
  const tensor<float> x = counting({2, 2}), dx = x.to(cuda(0));
  const auto tree = [](const tensor<float>& t) {
    return eight(eight(eight(t(all, range(1, 2)) + t + 1)));
  };
  const auto before = launches();
  const tensor<float> y = tree(dx);
  CHECK(launches() > before + 1);
  CHECK(same(y, tree(x)));
  CHECK(same(tree(dx), tree(x)));
}

TEST_CASE("a tree of more than 4096 bytes of parameters is several kernels") {
  const tensor<float> x = counting({9, 64}), dx = x.to(cuda(1));
  const auto before = launches();
  CHECK(same(many<7>(dx), many<7>(x)));
  CHECK(launches() > before + 1);
  tensor<float> y(shape{4, 4}), dy(shape{4, 4}, cuda(1));
  y = many<7>(x) - x(range(0, 4), range(60, 64));
  dy = many<7>(dx) - dx(range(0, 4), range(60, 64));
  CHECK(same(dy, y));
}

TEST_CASE("what a tree that is split has besides sums is right, too") {
  const tensor<float> x = counting({9, 64}), dx = x.to(cuda(0));
  const tensor<float16> h(cast<float16>(x / 7)), dh = h.to(cuda(0));
  // Broadcasts, casts, halfs, comparisons, generated leaves, values.
  const auto tree = [](const tensor<float>& t, const tensor<float16>& u) {
    const auto part = u(range(0, 1), range(2, 6)) * u(range(1, 5), range(0, 4));
    return where(many<6>(t) > 900.0f, cast<float>(cast<std::int16_t>(many<6>(t))),
                 many<6>(t) * cast<float>(part) + cast<float>(arange(4)));
  };
  CHECK(same(tree(dx, dh), tree(x, h)));
  // Sub-expressions that are shared.
  const auto shared_tree = [](const tensor<float>& t) {
    const auto s = share(many<6>(t));
    const auto r = share(many<6>(t) * s - 1.0f);
    return s * 2.0f + r / (1.0f + s) - many<6>(t);
  };
  CHECK(same(shared_tree(dx), shared_tree(x)));
  const cuda_function f([](float v, float w) { return v - w / 2; }, "x - y / 2");
  CHECK(same(map(f, many<6>(dx), many<6>(dx)), map(f, many<6>(x), many<6>(x))));
}

TEST_CASE("targets of a tree that is split are written last, in the right order") {
  tensor<float> x = counting({9, 64}), dx = x.to(cuda(0));
  const auto update = [](tensor<float>& t) {
    t(range(0, 4), range(0, 4)) += many<7>(t);
    eval(assign(t(range(1, 5), range(3, 7)), many<6>(t) - 1),
         assign(t(range(5, 9), range(3, 7)), many<6>(t) + t(range(2, 6), range(0, 4))));
  };
  update(x);
  update(dx);
  CHECK(same(dx, x));
}

TEST_CASE("a tree that is split gives back its temporaries, also when it fails") {
  tensor<float> x = counting({9, 64}), dx = x.to(cuda(0));
  dx(range(0, 4), range(0, 4)) = many<7>(dx);
  x(range(0, 4), range(0, 4)) = many<7>(x);
  const auto held = memory_of(cuda(0)).in_use;
  empty_memory_cache(cuda(0));
  for (const char* function : {"cuMemAlloc", "cuLaunchKernel"})
    for (int after = 0; after < 3; ++after) {
      fake_cuda::fail(function, after, 999);
      bool failed = false;
      try {
        dx(range(0, 4), range(0, 4)) = many<7>(dx);
      } catch (const cuda_error&) {
        failed = true;
      }
      fake_cuda::reset();
      CHECK(memory_of(cuda(0)).in_use == held);
      if (failed) CHECK(same(dx, x));
      if (!failed) x(range(0, 4), range(0, 4)) = many<7>(x);
      empty_memory_cache(cuda(0));
    }
}

TEST_CASE("explain, cuda_source and prepare know the parts of a tree that is split") {
  const tensor<float> x = counting({9, 64}), dx = x.to(cuda(0));
  const std::string text = explain(many<7>(dx));
  CHECK_THAT(text, Catch::Matchers::StartsWith("split: 256 operands are more than a kernel takes, "
                                               "256 of them and 4096 bytes of parameters; ") &&
                       ContainsSubstring("\nkernel 2:\ny = ") &&
                       ContainsSubstring("bytes in temporaries between them"));
  const std::string source = cuda_source(many<7>(dx));
  std::size_t kernels = 0;
  for (auto at = source.find("weft_kernel("); at != std::string::npos;
       at = source.find("weft_kernel(", at + 1))
    ++kernels;
  CHECK(kernels > 1);
  tensor<float> y(shape{4, 4}, cuda(0));
  prepare(assign(y, many<7>(dx) - 2.5f));
  const auto before = cuda_kernel_counts();
  y = many<7>(dx) - 2.5f;
  CHECK(cuda_kernel_counts().printed == before.printed);
  CHECK(same(y, many<7>(x) - 2.5f));
}
