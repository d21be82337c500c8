// tests/unit/cost_test.cpp: a callable may be anything: what it costs is learned from the first
// evaluations that call it.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <string>
#include <vector>
#include <weft/weft.hpp>

#include "catch.hpp"
#include "weft/cpu/share_out.hpp"

using namespace weft;

namespace {

// Twenty microseconds an element, whatever the machine.
float slow(float x) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::microseconds(20);
  while (clock::now() < end) continue;
  return x + 1;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

struct few_threads {
  double grain = thread_grain();
  explicit few_threads(double nanoseconds) {
    set_num_threads(2);
    set_thread_grain(nanoseconds);
  }
  ~few_threads() {
    set_num_threads(0);
    set_thread_grain(grain);
  }
};

}  // namespace

TEST_CASE("a callable that takes long is shared out among threads once that is known",
          "[threads]") {
  const few_threads two(5e6);
  const tensor<float> x = zeros<float>({2048});
  const auto tree = map([](float v) { return slow(v); }, x);
  CHECK(has(explain(tree), ", 1 thread"));
  CHECK(eval(tree)(2047) == 1);
  CHECK(has(explain(tree), ", 2 threads"));
  CHECK(eval(tree)(2047) == 1);
}

TEST_CASE("so is one over operands that small trees are not gathered for", "[threads]") {
  const few_threads two(5e6);
  const tensor<float> whole = zeros<float>({24, 24, 24});
  const auto tree = map([](float v) { return slow(v); },
                        whole(range(0, 24, 2), range(0, 24, 2), range(0, 24, 2)));
  CHECK(has(explain(tree), ", 1 thread"));
  CHECK(eval(tree)(3, 4, 5) == 1);
  CHECK(has(explain(tree), ", 2 threads"));
}

TEST_CASE("parts that call something unknown are shared out after the first of them") {
  struct piece {
    index_t begin, end;
  };
  for (const bool takes_long : {true, false}) {
    // A part that is held up takes long too, but not a quarter of an hour.
    const few_threads two(takes_long ? 1000 : 1e12);
    call_cost cost;
    const instruction program[] = {
        {.spelling = "f", .arity = 1, .type = dtype::float32, .cost = 12, .call = &cost}};
    const stage st{.program = program, .cost = {call_cost::in_kernels, true}};
    std::vector<piece> pieces;
    std::mutex lock;
    const auto run = [&](int, index_t begin, index_t end) {
      for (index_t k = begin; takes_long && k < end; ++k) slow(0);
      const std::lock_guard guard(lock);
      pieces.push_back({begin, end});
    };
    share_out(work{{&st, 1}, 64 * 256, 0, 64, 2}, run);
    // The first parts, about 1024 elements; then the rest, in one piece or in two.
    REQUIRE(pieces.size() == (takes_long ? 3u : 2u));
    CHECK(pieces[0].begin == 0);
    CHECK(pieces[0].end == 5);
    std::ranges::sort(pieces, {}, &piece::begin);
    for (std::size_t k = 1; k < pieces.size(); ++k) CHECK(pieces[k].begin == pieces[k - 1].end);
    CHECK(pieces.back().end == 64);
  }
}

TEST_CASE("who waits for an evaluation's threads does not begin with other work of the program's") {
  const few_threads two(0);
  const index_t n = 40'000;
  const tensor<float> x = cast<float>(arange(n));
  static thread_local bool evaluates = false;
  std::atomic<int> nested{0}, wrong{0};
  const auto evaluate = [&](int k) {
    nested += evaluates;
    evaluates = true;
    const tensor<float> y = sin(x) * float(k) + x;
    evaluates = false;
    wrong += std::abs(y(n - 1) - (std::sin(x(n - 1)) * float(k) + x(n - 1))) > 0.01f;
  };
  tbb::parallel_for(0, 200, evaluate);
  tbb::task_arena(1).execute([&] { tbb::parallel_for(0, 20, evaluate); });
  CHECK(nested == 0);
  CHECK(wrong == 0);
}

TEST_CASE("what a callable takes is the shortest of the first sixteen times") {
  call_cost cost;
  const instruction program[] = {
      {.spelling = "f", .arity = 1, .type = dtype::float32, .cost = 12, .call = &cost}};
  const stage st{.program = program, .cost = {call_cost::in_kernels + 3, true}};
  const double at_first = operations_of({&st, 1});
  CHECK(at_first == 3 + 80);
  CHECK(!has_unknown_calls({&st, 1}, 100));  // too few elements to tell the time
  learn_calls({&st, 1}, 10);
  CHECK(std::abs(operations_of({&st, 1}) - 10 / 0.0125) <= 1);
  CHECK(has_unknown_calls({&st, 1}, 1000));
  learn_calls({&st, 1}, 0.2);
  for (int k = 0; k < 14; ++k) learn_calls({&st, 1}, 50 - k);
  CHECK(std::abs(operations_of({&st, 1}) - 0.2 / 0.0125) <= 1);
  CHECK(!has_unknown_calls({&st, 1}, 1000));
}

TEST_CASE("what throws while it is timed says nothing about its time") {
  const tensor<float> x = ones<float>({4096});
  bool throws = true;
  const auto f = [&](float v) {
    if (throws) throw 1;
    return v + 1;
  };
  const auto tree = map(f, x);
  CHECK_THROWS(eval(tree));
  throws = false;
  CHECK(eval(tree)(7) == 2);
}
