// tests/cuda/stream_test.cpp: work on several streams. The fake driver does nothing before somebody
// waits for it, and then only what that needs: a wait that is missing shows as elements that nobody
// has written.
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <set>
#include <thread>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

TEST_CASE("work goes to the stream that is current on this thread") {
  const stream s(cuda(0)), t(cuda(0)), other(cuda(1));
  CHECK(s.device() == cuda(0));
  CHECK_FALSE(s == t);
  CHECK(current_stream(cuda(0)) == default_stream(cuda(0)));
  CHECK(default_stream(cuda(0)).native() == nullptr);
  tensor<float> x = counting({50}).to(cuda(0)), y(shape{50}, cuda(0));
  synchronize(cuda(0));
  {
    const with_stream on(s);
    const with_stream on_other(other);
    CHECK(current_stream(cuda(0)) == s);
    CHECK(current_stream(cuda(1)) == other);
    {
      const with_stream inner(t);
      CHECK(current_stream(cuda(0)) == t);
    }
    CHECK(current_stream(cuda(0)) == s);
    y = x + 1;
    std::thread([] { CHECK(current_stream(cuda(0)) == default_stream(cuda(0))); }).join();
  }
  CHECK(current_stream(cuda(0)) == default_stream(cuda(0)));
  CHECK_FALSE(s.is_done());
  CHECK(t.is_done());
  synchronize(s);
  CHECK(s.is_done());
  CHECK(same(y, counting({50}) + 1));
}

TEST_CASE("a stream that is asked again and again whether it is done gets done") {
  const stream s;
  const with_stream on(s);
  tensor<float> x = counting({50}).to(cuda(0));
  x += 1;
  const event e(s);
  int asked = 0;
  while (!e.is_done()) REQUIRE(++asked < 100);
  while (!s.is_done()) REQUIRE(++asked < 100);
  CHECK(same(x, counting({50}) + 1));
}

TEST_CASE("a tensor that was written on one stream is read on another after that") {
  const stream s, t;
  tensor<float> x = counting({100}).to(cuda(0)), y(shape{100}, cuda(0)), z(shape{100}, cuda(0));
  {
    const with_stream on(s);
    y = x * 2;
  }
  {
    const with_stream on(t);
    z = y + 1;
  }
  synchronize(t);  // and no other
  const with_stream on(t);
  CHECK(same(z, counting({100}) * 2 + 1));
}

TEST_CASE("a tensor that is read on one stream is written on another after that") {
  const stream s, t;
  tensor<float> x = counting({100}).to(cuda(0)), y(shape{100}, cuda(0));
  {
    const with_stream on(s);
    y = x * 2;
  }
  {
    const with_stream on(t);
    x = x * 0 - 5;
    synchronize(t);
  }
  CHECK(same(y, counting({100}) * 2));
  CHECK(same(x, counting({100}) * 0 - 5));
}

TEST_CASE("two streams that only read a tensor do not wait for each other") {
  const stream s, t;
  tensor<float> x = counting({100}).to(cuda(0)), y(shape{100}, cuda(0)), z(shape{100}, cuda(0));
  synchronize(cuda(0));
  {
    const with_stream on(s);
    y = x * 2;
  }
  const with_stream on(t);
  z = x * 2;
  synchronize(t);
  CHECK_FALSE(s.is_done());
  CHECK(same(y, z));
}

TEST_CASE("work that was begun before there was a second stream is waited for, too") {
  tensor<float> x = counting({100}).to(cuda(1)), y(shape{100}, cuda(1));
  x = x * 3;
  const stream s(cuda(1));
  const with_stream on(s);
  y = x + 1;
  synchronize(s);
  CHECK(same(y, counting({100}) * 3 + 1));
}

TEST_CASE("views and in-place updates on several streams are in the order of the program") {
  const stream s, t;
  tensor<int> x = counting<int>({12, 12}), dx = x.to(cuda(0));
  for (int k = 0; k < 4; ++k) {
    const with_stream on(k % 2 ? s : t);
    dx(range(k, 12), all) += transpose(dx)(range(0, 12 - k), all);
    x(range(k, 12), all) += transpose(x)(range(0, 12 - k), all);
  }
  CHECK(same(dx, x));
}

TEST_CASE("memory freed on one stream is not used by another before its work is done") {
  empty_memory_cache(cuda(0));
  const stream s, t;
  tensor<float> x = counting({1000}).to(cuda(0)), y(shape{1000}, cuda(0));
  synchronize(cuda(0));
  std::optional<tensor<float>> temporary(std::in_place, shape{1000}, cuda(0));
  const float* const memory = temporary->elements();
  {
    const with_stream on(s);
    *temporary = x * 2;
    y = *temporary + 1;
  }
  temporary.reset();
  const with_stream on(t);
  tensor<float> z(shape{1000}, cuda(0));
  CHECK(z.elements() != memory);  // it is still used on s
  z = x * 0 - 1;
  synchronize(t);
  synchronize(s);
  // Now it is not.
  tensor<float> next(shape{1000}, cuda(0));
  CHECK(next.elements() == memory);
  CHECK(same(y, counting({1000}) * 2 + 1));
}

TEST_CASE("when memory is short, what another stream has freed is taken and waited for") {
  empty_memory_cache(cuda(0));
  const stream s, t;
  tensor<float> x = counting({1000}).to(cuda(0)), y(shape{1000}, cuda(0));
  synchronize(cuda(0));
  const float* memory = nullptr;
  {
    const with_stream on(s);
    tensor<float> temporary(x * 2);
    memory = temporary.elements();
    y = temporary + 1;
  }
  const with_stream on(t);
  fake_cuda::fail("cuMemAlloc", 0, 2);
  tensor<float> z(shape{1000}, cuda(0));
  fake_cuda::reset();
  CHECK(z.elements() == memory);
  z = x * 0 - 1;
  synchronize(t);
  CHECK(same(y, counting({1000}) * 2 + 1));
  CHECK(same(z, counting({1000}) * 0 - 1));
}

TEST_CASE("the next user of memory waits for all that its last one waited for") {
  empty_memory_cache(cuda(0));
  const stream s, t;
  tensor<float> x = counting({1000}).to(cuda(0)), y(shape{1000}, cuda(0));
  synchronize(cuda(0));
  {
    const with_stream on(s);
    tensor<float> temporary(x * 2);
    y = temporary + 1;
  }
  std::optional<tensor<float>> z;
  {
    const with_stream on(t);
    fake_cuda::fail("cuMemAlloc", 0, 2);
    z.emplace(shape{1000}, cuda(0));  // waits on t for s
    fake_cuda::reset();
  }
  *z = x * 0 - 1;  // on neither
  synchronize(default_stream());
  CHECK(same(y, counting({1000}) * 2 + 1));
}

TEST_CASE("events order streams, also of two devices, and measure") {
  const stream s(cuda(0)), t(cuda(1));
  tensor<float> x = counting({64}).to(cuda(0));
  synchronize(cuda(0));
  const with_stream on(s);
  const event before(s);
  x += 1;
  const event after(s);
  CHECK_FALSE(after.is_done());
  t.wait(after);
  synchronize(t);
  CHECK(after.is_done());
  CHECK(seconds_between(before, after) >= 0);
  after.wait();
  CHECK_FALSE(event().is_done());
  CHECK_THAT(message([&] { seconds_between(before, event(t)); }),
             ContainsSubstring("the events are on cuda:0 and cuda:1"));
}

TEST_CASE("copies between devices wait for what they read and write") {
  const tensor<float> a = counting({40, 40});
  tensor<float> x = a.to(cuda(0));
  x = x * 2;
  tensor<float> y = x.to(cuda(1));  // not waited for
  x = x * 0;
  y = y + 1;
  synchronize(cuda(0));
  CHECK(same(y, a * 2 + 1));
  CHECK(same(x, a * 0));
  {
    const tensor<float> gone = tensor<float>(x + 7).to(cuda(1));
    y = gone * 3;
  }
  empty_memory_cache(cuda(0));
  empty_memory_cache(cuda(1));
  CHECK(same(y, a * 0 + 21));
}

TEST_CASE("streams are taken up again, and end while they still have work") {
  tensor<float> x = counting({30}).to(cuda(0));
  std::set<void*> natives;
  for (int k = 0; k < 100; ++k) {
    const stream s;
    natives.insert(s.native());
    const with_stream on(s);
    x += 1;
  }
  CHECK(natives.size() == 1);
  CHECK(same(x, counting({30}) + 100));
}

TEST_CASE("a kernel that fails on a stream is reported with its expression where it is waited for",
          "[fake]") {
  const stream s, t;
  tensor<float> x = counting({8}).to(cuda(0)), y(shape{4096}, cuda(0)), z = x + 3;
  synchronize(cuda(0));
  {
    const with_stream on(s);
    y = view<float>(x.elements(), {4096}, {1}, cuda(0)) - 0.5f;
  }
  {
    const with_stream on(t);
    z = z * 4;
  }
  CHECK_THAT(message([&] { synchronize(s); }),
             ContainsSubstring("cuda:0: waiting for a stream failed: CUDA_ERROR_ILLEGAL_ADDRESS") &&
                 ContainsSubstring("y = a - value1"));
  // Sticky: everything says so, and nothing is lost but the device's memory.
  CHECK_THROWS_AS(y.to(cpu), cuda_error);
  CHECK_THROWS_AS(event(s), cuda_error);
  CHECK_THROWS_AS(z = z + 1, cuda_error);
  fake_cuda::reset();
  z = x + 3;
  CHECK(same(z, counting({8}) + 3));
}

TEST_CASE("what fails between two pieces of work leaves the order of the others right") {
  const stream s, t;
  tensor<float> x = counting({100}).to(cuda(0)), y(shape{100}, cuda(0)), z(shape{100}, cuda(0));
  for (const char* function :
       {"cuEventCreate", "cuEventRecord", "cuStreamWaitEvent", "cuLaunchKernel", "cuStreamCreate"})
    for (int after = 0; after < 2; ++after) {
      INFO(function << " after " << after);
      x = cast<float>(arange(100));
      {
        const with_stream on(s);
        y = x * 2;
      }
      fake_cuda::fail(function, after, 999);
      try {
        const with_stream on(stream{});
        z = y + 1;
        x = z - y;
      } catch (const cuda_error&) {
      }
      fake_cuda::reset();
      {
        const with_stream on(t);
        z = y + 1;
        synchronize(t);
      }
      CHECK(same(z, cast<float>(arange(100)) * 2 + 1));
    }
}

TEST_CASE("what has no streams says so") {
  CHECK(message([] { stream{cpu}; }) ==
        "stream: cpu has no streams; use a device such as weft::cuda(0)");
  CHECK_THAT(message([] { stream{cuda(7)}; }),
             ContainsSubstring("stream: cuda:7 is not available"));
}
