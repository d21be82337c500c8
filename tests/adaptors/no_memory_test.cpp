// tests/adaptors/no_memory_test.cpp: when memory runs out while something is adapted, what was
// handed over is given back once, and what was not is left alone.
// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cstdlib>
#include <new>
#include <vector>

#include "catch.hpp"
#include "weft/dlpack.hpp"
#include "weft/standard.hpp"
#include "weft/weft.hpp"

namespace {
// The allocation after so many others fails; -1: none does.
thread_local int fails_after = -1;

bool fails() { return fails_after >= 0 && fails_after-- == 0; }
void* allocated(std::size_t bytes) { return fails() ? nullptr : std::malloc(bytes ? bytes : 1); }
}  // namespace

// Out of line: where g++ sees through them, it warns of free() for what `new` has made.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  if (void* p = allocated(bytes)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocated(bytes);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }

namespace {

// f() with each of its allocations failing in turn; whether any did. check(threw) after each.
template <class F, class Check>
bool with_each_failing(F f, Check check) {
  bool any = false;
  for (int k = 0;; ++k) {
    // What this thread keeps of freed pieces would hide an allocation.
    std::vector<weft::buffer> kept;
    int dummy = 0;
    for (int i = 0; i < 32; ++i) kept.push_back(weft::buffer::adopt(&dummy, 0, weft::cpu, [] {}));
    bool threw = false;
    fails_after = k;
    try {
      f();
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    const bool failed = fails_after < 0;
    fails_after = -1;
    check(threw);
    if (!failed) return any;
    any = true;
  }
}

}  // namespace

TEST_CASE("adapt() with a release releases once, whichever allocation fails") {
  double memory[3] = {1, 2, 3};
  int released = 0;
  std::array<int, 100> large{7};  // too large to be kept in place
  CHECK(with_each_failing(
      [&] {
        released = 0;
        const auto v = weft::adapt(memory, {3}, [&, large](double*) { released += large[0] - 6; });
        if (released > 0) released = -1;
      },
      [&](bool) { CHECK(released == 1); }));
}

TEST_CASE("from_dlpack calls the deleter once, whichever allocation fails") {
  struct sender {
    float memory[2] = {1, 2};
    std::int64_t extents[1] = {2};
    int returned = 0;
  } s;
  CHECK(with_each_failing(
      [&] {
        s.returned = 0;
        weft::dlpack::managed_tensor m{
            {s.memory, {1, 0}, 1, {2, 32, 1}, s.extents, nullptr, 0},
            &s,
            [](weft::dlpack::managed_tensor* t) { ++static_cast<sender*>(t->context)->returned; }};
        const auto v = weft::from_dlpack<float>(&m);
        if (v(1) != 2) s.returned = -1;
      },
      [&](bool) { CHECK(s.returned == 1); }));
}

TEST_CASE("to_dlpack that fails leaves the tensor as it was") {
  const weft::tensor<float> x{1, 2, 3};
  CHECK(with_each_failing(
      [&] {
        auto* sent = weft::to_dlpack(x);
        sent->deleter(sent);
      },
      [&](bool) { CHECK(x.memory().owners() == 1); }));
}

TEST_CASE("a temporary that moves into a view is freed, whichever allocation fails") {
  float last = 0;
  CHECK(with_each_failing([&] { last = weft::view_of(std::vector<float>{1, 2, 3})(2); },
                          [&](bool threw) { CHECK((threw || last == 3)); }));
}
