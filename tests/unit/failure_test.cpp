// tests/unit/failure_test.cpp: what fails while building, planning or allocating leaves every
// target as it was.
// SPDX-License-Identifier: BSD-3-Clause
#include <sys/resource.h>

#include <cstdio>
#include <limits>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

namespace {

// While it lives, the process can have only `more` bytes of memory beyond what it has now.
class memory_limit {
 public:
  explicit memory_limit(std::size_t more) {
    empty_memory_cache();
    getrlimit(RLIMIT_AS, &before_);
    long pages = 0;
    std::FILE* statm = std::fopen("/proc/self/statm", "r");
    REQUIRE(statm);
    REQUIRE(std::fscanf(statm, "%ld", &pages) == 1);
    std::fclose(statm);
    rlimit now = before_;
    now.rlim_cur = rlim_t(pages) * rlim_t(sysconf(_SC_PAGESIZE)) + more;
    setrlimit(RLIMIT_AS, &now);
  }
  ~memory_limit() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_;
};

constexpr index_t n = 4000;  // 64 MB as a square of floats

}  // namespace

TEST_CASE("a temporary that cannot be had leaves the target of an overlapping assignment alone") {
  if (sanitized) return;  // their shadow memory needs more than any limit would leave
  tensor<float> x = cast<float>(from_index({n, n}, [](index_t i) { return int(i % 1000); }));
  {
    const memory_limit limit(16 << 20);
    CHECK_THROWS_AS((x = transpose(x) + 1), memory_error);
    CHECK_THROWS_AS(eval(x + 1), memory_error);
  }
  index_t wrong = 0;
  for (index_t i = 0; i < n * n; ++i) wrong += x.data()[i] != float(i % 1000);
  CHECK(wrong == 0);
  x = transpose(x) + 1;
  CHECK(x(1, 0) == 2);
}

TEST_CASE("a new shape that cannot be had leaves a tensor with its old one") {
  if (sanitized) return;
  tensor<double> y{1, 2, 3};
  const tensor<double> column(shape{1 << 14, 1}, 1.0), row(shape{1 << 14}, 2.0);  // 2 GB together
  {
    const memory_limit limit(256 << 20);
    CHECK_THROWS_AS((y = column * row), memory_error);
  }
  CHECK(y.shape() == shape{3});
  CHECK(y(2) == 3);
}

TEST_CASE("memory errors say how much was asked for") {
  if (sanitized) return;  // they stop the program instead
  std::string text;
  try {
    tensor<std::int8_t>(shape{std::numeric_limits<index_t>::max() / 4});
  } catch (const error& e) {
    text = e.what();
  }
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("buffer: 2305843009213693951 bytes"));
}

TEST_CASE("a broadcast that fails while a tree is built changes nothing") {
  tensor<int> y{1, 2, 3};
  const tensor<int> x{1, 2};
  CHECK_THROWS_AS((y += x), shape_error);
  CHECK_THROWS_AS((y = y + x * 2), shape_error);
  CHECK_THROWS_AS((y(range(0, 2)) = y), shape_error);
  CHECK(to_string(y) == "tensor([1, 2, 3], dtype=int32)");
}

TEST_CASE("an exception on a worker thread reaches the caller", "[threads]") {
  const double grain = thread_grain();
  set_num_threads(4);
  set_thread_grain(0);
  const tensor<int> x = arange(100'000);
  const auto odd_one = map(
      [](int v) {
        if (v == 77'777) throw std::domain_error("77777");
        return v;
      },
      x);
  CHECK_THROWS_AS(eval(odd_one), std::domain_error);
  CHECK(eval(x + 1)(77'777) == 77'778);
  set_thread_grain(grain);
  set_num_threads(0);
}

TEST_CASE("several threads may evaluate the same trees at once", "[threads]") {
  const tensor<double> x = cast<double>(arange(100'003));  // squares are exact
  const auto s = share(x * 2);
  const auto tree = s * s + transpose(transpose(x));
  std::vector<std::thread> threads;
  std::vector<index_t> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int repeat = 0; repeat < 5; ++repeat) {
        const tensor<double> y = tree;
        for (index_t i = 0; i < x.size(); ++i) wrong[t] += y(i) != 4 * x(i) * x(i) + x(i);
      }
    });
  for (std::thread& t : threads) t.join();
  for (const index_t w : wrong) CHECK(w == 0);
}

TEST_CASE("more than 2^31 elements are evaluated like fewer") {
  if (sanitized) return;  // 4 GB of elements, and time
  constexpr index_t many = (index_t(1) << 31) + 77;
  tensor<std::uint8_t> x(shape{many}, std::uint8_t(1));
  x += cast<std::uint8_t>(from_index({many}, [](index_t i) { return i == many - 1 ? 7 : 1; }));
  CHECK(x(0) == 2);
  CHECK(x(many / 2) == 2);
  CHECK(x(-1) == 8);
  x(range(std::nullopt, std::nullopt, -1)) = x + 1;
  CHECK(x(0) == 9);
  CHECK(x(-1) == 3);
}
