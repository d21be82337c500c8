// tests/cuda/warm_test.cpp: what an evaluation costs the host once its kernel is known: no memory,
// and with the counts of the driver's calls nothing but the launches. Times are bench/'s to
// measure.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <new>
#include <string>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using cuda_tests::counting;

namespace {
// Of this thread: the background's have nothing to do with it.
thread_local std::size_t allocations = 0;

void* counted(std::size_t bytes) {
  ++allocations;
  return std::malloc(bytes ? bytes : 1);
}
}  // namespace

void* operator new(std::size_t bytes) {
  if (void* p = counted(bytes)) return p;
  throw std::bad_alloc();
}
// With the address sanitizer this form does not call the one above.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }

namespace {

// With the address sanitizer no freed memory is kept for the next owner count or temporary, or for
// the slots of trees with more than eight.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_freed = false;
#elif defined(__has_feature)
constexpr bool keeps_freed = !__has_feature(address_sanitizer);
#else
constexpr bool keeps_freed = true;
#endif

// What evaluating `tree` again takes, once it has been twice.
struct cost {
  std::size_t allocated, printed, launched;
};
template <class F>
cost warm(F evaluate) {
  evaluate();
  fake_cuda::launch_for_free(true);
  evaluate();
  const std::size_t before = allocations;
  const auto kernels = cuda_kernel_counts();
  for (int k = 0; k < 100; ++k) evaluate();
  const std::size_t after = allocations;
  fake_cuda::launch_for_free(false);
  const auto now = cuda_kernel_counts();
  return {after - before, now.printed - kernels.printed, (now.launched - kernels.launched) / 100};
}

template <class F>
void check_warm(const char* what, std::size_t launches, F evaluate, bool takes_memory = false) {
  const cost c = warm(evaluate);
  INFO(what);
  if (keeps_freed || !takes_memory) CHECK(c.allocated == 0);
  CHECK(c.printed == 0);
  CHECK(c.launched == launches);
}

template <int Depth>
auto many(const tensor<float>& x, index_t from = 0) {
  if constexpr (Depth == 0)
    return x(range(from % 5, from % 5 + 4), range(from / 5 % 60, from / 5 % 60 + 4)) * 3.0f;
  else
    return many<Depth - 1>(x, from) + many<Depth - 1>(x, from + (1 << (Depth - 1)));
}

}  // namespace

TEST_CASE("a warm evaluation allocates nothing, whatever the tree") {
  const shape s{24, 32};
  const auto a = counting(s).to(cuda(0)), b = counting(s, 2).to(cuda(0));
  const auto row = counting({32}).to(cuda(0)), column = counting({24, 1}).to(cuda(0));
  const auto turned = counting({32, 24}).to(cuda(0));
  const auto whole = counting<std::int32_t>(s).to(cuda(0));
  tensor<float> y(s, cuda(0)), z(s, cuda(0)), pages(shape{24, 64}, cuda(0));
  const tensor<float> number(shape{}, 2.5f);
  const cuda_function leaky([](float x) { return x > 0 ? x : x / 8; }, "x > 0 ? x : x / 8");

  check_warm("contiguous", 1, [&] { y = a * b + sin(a) * 2; });
  check_warm("broadcast", 1, [&] { y = a * row + column; });
  check_warm("transposed", 1, [&] { y = a + transpose(turned); });
  check_warm("strided", 1, [&] { y = pages(all, range(0, 64, 2)) + 1; });
  check_warm("unaligned rows", 1,
             [&] { y(all, range(1, 31)) = a(all, range(2, 32)) - b(all, range(0, 30)); });
  check_warm("several outputs", 1, [&] { eval(assign(y, a + b), assign(z, a - b)); });
  check_warm("compound assignment", 1, [&] { y += a * 2; });
  check_warm("a slice as target", 1, [&] { pages(all, range(0, 64, 2)) -= a; });
  check_warm("where", 1, [&] { y = where(a > b, whole, b); });
  check_warm("casts", 1, [&] { y = cast<float>(cast<std::int8_t>(a) + cast<std::int8_t>(whole)); });
  check_warm("generated leaves", 1,
             [&] { y = a + cast<float>(arange(32)) + linspace(0.0f, 1.0f, 32); });
  check_warm("a number of the host", 1, [&] { y = a * number + 1; });
  check_warm(
      "nine operands and more", 1,
      [&] { y = a + b + row + column + whole + z + a * b * row * column * z + transpose(turned); },
      true);
  check_warm("text of one's own", 1, [&] { y = map(leaky, a - 1.5f) * b; });
  check_warm("another stream's", 1, [&, t = stream()]() mutable {
    const with_stream on(t);
    y = a - b;
  });
}

TEST_CASE(
    "a warm evaluation that needs device memory takes what was freed, and none of the host's") {
  const shape s{24, 32};
  const auto a = counting(s).to(cuda(0));
  tensor<float> y = counting(s).to(cuda(0)), square = counting({16, 16}).to(cuda(0));
  check_warm(
      "a shared part", 1,
      [&] {
        const auto e = share(exp(-a));
        y = e / (1 + e);
      },
      true);
  check_warm("a new tensor", 1, [&] { const tensor<float> fresh = a * 2 - 1; }, true);
  // A copy of the overlapping operand and the evaluation, or the evaluation and a copy back.
  check_warm("overlap", 2, [&] { y(range(1, 24), all) += y(range(0, 23), all); }, true);
  check_warm(
      "overlap of an operand with itself transposed", 2, [&] { square = transpose(square) * 2; },
      true);
}

TEST_CASE("a warm evaluation of a tree that is split takes no memory of the host's") {
  const tensor<float> x = counting({9, 64}).to(cuda(0));
  tensor<float> y(shape{4, 4}, cuda(0)), z(shape{4, 4}, cuda(0));
  const auto before = cuda_kernel_counts().launched;
  y = many<7>(x);
  const auto launches = cuda_kernel_counts().launched - before;
  CHECK(launches > 1);
  check_warm("a sum", launches, [&] { y = many<7>(x); }, true);
  y = many<6>(x) + 1;
  const auto once = cuda_kernel_counts().launched;
  const auto two_outputs = [&] {
    const auto e = share(many<6>(x));
    eval(assign(y, e * many<6>(x)), assign(z, e - many<6>(x)));
  };
  two_outputs();
  check_warm("two outputs and a shared part", cuda_kernel_counts().launched - once, two_outputs,
             true);
}
