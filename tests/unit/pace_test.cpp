// tests/unit/pace_test.cpp: operands whose elements do not stand side by side give what they give
// one by one: of every type and length, into and around the cache.
// SPDX-License-Identifier: BSD-3-Clause
#include <complex>
#include <limits>
#include <string>
#include <utility>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// Runs an assignment of views of rank 2 by one call of its kernel.
template <class A>
void run_kernel(const A& assignment, bool stream) {
  evaluation::with_job(
      [&](const job& j) {
        const shape& s = *j.bindings[0].shape;
        void* data[8];
        index_t row_step[8];
        pace paces[8];
        for (std::size_t i = 0; i < j.bindings.size(); ++i) {
          const binding& b = j.bindings[i];
          const auto size = index_t(size_of(b.type));
          const bool generated = b.how == path::generated;
          const auto step = [&](std::size_t d) {
            return (*b.shape)[d] == 1 ? 0 : (*b.strides)[d] * (generated ? 1 : size);
          };
          data[i] = b.data;
          row_step[i] = b.shape ? step(0) : 0;
          paces[i] = generated ? pace{pace::is::counted, step(1), b.first}
                               : pace::of(size, b.shape ? step(1) : size);
        }
        j.stages[0].kernel({data, row_step, s[0], s[1], stream, false, paces, j.stages[0].paced});
      },
      assignment);
}

// a + x at some pace, where element (r, k) of x is element(r, k); and what is beside the target.
template <class T, class X, class Element>
void check_sum(const tensor<T>& a, const X& x, Element element, const char* kind) {
  const index_t rows = x.shape()[0], n = x.shape()[1];
  tensor<T> one_by_one(shape{rows, n});
  for (index_t r = 0; r < rows; ++r)
    for (index_t k = 0; k < n; ++k) one_by_one(r, k) = element(r, k);
  const auto plain = reshape(a(range(0, rows * n)), {rows, n});
  const tensor<T> expected = plain + one_by_one;
  // Rows that begin somewhere in a line; with a line; and all alike in the middle of one.
  const index_t line = 64 / index_t(sizeof(T)), lines = (n / line + 2) * line;
  const std::pair<index_t, index_t> places[] = {{3, n + 8}, {0, lines}, {line / 2, lines}};
  for (const auto& [first, pitch] : places)
    for (const bool stream : {false, true}) {
      tensor<T> found(shape{rows, pitch}, T(3));
      run_kernel(assign(found(all, range(first, first + n)), plain + x), stream);
      INFO(n << " elements of " << name_of(a.dtype()) << " at " << first << " of " << pitch << ", "
             << kind << (stream ? ", around the cache" : ""));
      CHECK(eval(all(found(all, range(first, first + n)) == expected)).item());
      CHECK(eval(all(found(all, range(0, first)) == T(3))).item());
      CHECK(eval(all(found(all, range(first + n, pitch)) == T(3))).item());
    }
}

template <class T>
void check_paces() {
  const index_t rows = 3, pitch = 1700;
  const tensor<T> a = cast<T>(arange(rows * pitch) % 19 + 1),
                  b = cast<T>(arange(rows * pitch) % 23);
  const auto in_b = reshape(b, {rows, pitch});
  for (const index_t n : {1, 5, 31, 32, 33, 63, 64, 65, 100, 256, 331}) {
    const auto of_b = [&](index_t first, index_t step) {
      return [=, &b](index_t r, index_t k) { return b(r * pitch + first + k * step); };
    };
    check_sum(a, broadcast_to(in_b(all, range(7, 8)), {rows, n}), of_b(7, 0), "the same");
    check_sum(a, in_b(all, range(7, 7 + n)), of_b(7, 1), "side by side");
    check_sum(a, flip(in_b(all, range(7, 7 + n)), 1), of_b(6 + n, -1), "backwards");
    check_sum(a, in_b(all, range(7, 6 + 2 * n, 2)), of_b(7, 2), "every second");
    check_sum(a, in_b(all, range(7, 3 + 5 * n, 5)), of_b(7, 5), "every fifth");
    if constexpr (lane::is_countable<T>)
      check_sum(
          a, reshape(arange(T(rows * pitch)), {rows, pitch})(all, range(7, 7 + n)),
          [](index_t r, index_t k) { return T(r * pitch + 7 + k); }, "counted");
  }
}

}  // namespace

TEST_CASE("rows at every pace are read as they stand, of every type and length") {
  check_paces<float>();
  check_paces<double>();
  check_paces<std::int8_t>();
  check_paces<std::uint16_t>();
  check_paces<std::int32_t>();
  check_paces<std::int64_t>();
  check_paces<float16>();
  check_paces<std::complex<float>>();
  check_paces<std::complex<double>>();
}

TEST_CASE(
    "every second element is read up to the last one of its memory, backwards from the first") {
  for (index_t n = 1; n < 140; ++n) {
    const tensor<float> x = cast<float>(arange(2 * n - 1)), y = cast<float>(arange(n)) * 0.5f;
    const tensor<float> seconds = x(range(0, 2 * n - 1, 2)) + y;
    const tensor<float> turned = flip(y, 0) - y;
    for (index_t i = 0; i < n; ++i) {
      CHECK(seconds(i) == 2.5f * float(i));
      CHECK(turned(i) == 0.5f * float(n - 1 - 2 * i));
    }
  }
}

TEST_CASE("arange is counted from any number, beyond 32 bits too") {
  const auto check = [](index_t first, index_t step) {
    const index_t n = 100;
    const tensor<double> zeros_there(shape{n}, 0.0);
    const auto numbers = arange<double>(0.0, 1e11);
    const tensor<double> y = numbers(range(first, first + n * step, step)) + zeros_there;
    const tensor<double> back =
        flip(numbers(range(first, first + n * step, step)), 0) + zeros_there;
    for (index_t i = 0; i < n; ++i) {
      CHECK(y(i) == double(first + i * step));
      CHECK(back(i) == double(first + (n - 1 - i) * step));
    }
  };
  check(0, 1);
  check(17, 3);
  const auto last = index_t(std::numeric_limits<std::int32_t>::max());
  check(last - 99, 1);  // the last number is the largest of 32 bits
  check(last - 98, 1);
  check(last - 50, 7);
  check(index_t(1) << 33, 1);
}

TEST_CASE("a callable sees the elements of every pace, and nothing else") {
  for (const index_t n : {1, 7, 31, 33, 64, 77}) {
    const tensor<double> x = cast<double>(arange(3 * n) + 1);
    const auto positive = [](double v) { return v > 0 ? 1.0 / v : throw error("no element"); };
    const tensor<double> ones_there(shape{n}, 1.0);
    const tensor<double> y =
        map(positive, x(range(0, 3 * n, 3))) * ones_there + map(positive, flip(x(range(0, n)), 0));
    const auto small = [&](double v) { return v < double(n) ? v : throw error("no element"); };
    const tensor<double> z = map(small, arange(double(n))) + ones_there;
    for (index_t i = 0; i < n; ++i) {
      CHECK(y(i) == 1.0 / double(3 * i + 1) + 1.0 / double(n - i));
      CHECK(z(i) == double(i + 1));
    }
  }
}

TEST_CASE("an operand that is the target keeps its elements while others have paces") {
  for (const index_t n : {1, 20, 32, 45, 64, 99}) {
    tensor<float> y = cast<float>(arange(3 * n));
    const tensor<float> column = cast<float>(arange(3)) * 10.0f;
    const tensor<float> row = cast<float>(arange(2 * n));
    auto m = reshape(y, {3, n});
    m += reshape(column, {3, 1});
    m += flip(row(range(0, n)), 0);
    m += row(range(0, 2 * n, 2));
    for (index_t r = 0; r < 3; ++r)
      for (index_t k = 0; k < n; ++k)
        CHECK(m(r, k) == float(r * n + k) + 10.0f * float(r) + float(n - 1 - k) + float(2 * k));
  }
}
