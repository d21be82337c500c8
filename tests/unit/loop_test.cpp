// tests/unit/loop_test.cpp: what the inner loop does at the edges of a row.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/loop.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <string>

#include "catch.hpp"
#include "weft/cpu/machine.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// The kernel of assignments, whose operands are numbers and views of rank 2, run as it is for
// results that do not fit in the cache.
template <class... A>
void run_around_cache(const A&... assignments) {
  evaluation::with_job(
      [](const job& j) {
        const shape& s = *j.bindings[0].shape;
        void* data[64];
        index_t row_step[64];
        pace paces[64];
        REQUIRE(j.bindings.size() <= 64);
        bool plain = true;
        for (std::size_t i = 0; i < j.bindings.size(); ++i) {
          const binding& b = j.bindings[i];
          const auto size = index_t(size_of(b.type));
          data[i] = b.data;
          row_step[i] = b.shape ? (*b.strides)[0] * size : 0;
          paces[i] = pace::of(size, b.shape ? (*b.strides)[1] * size : size);
          plain = plain && paces[i].what == pace::is::next;
        }
        const stage& st = j.stages[0];
        st.kernel({data, row_step, s[0], s[1], true, false, plain ? nullptr : paces, st.paced});
      },
      assignments...);
}

// A tree of three views of T, at every kind of place in memory: the same around the cache as into
// it, and nothing else is written.
template <class T, class Tree>
void check_around_cache(Tree tree) {
  const index_t pitch = 601, rows = 3;
  const auto memory = [&](int start) {
    return eval(cast<T>((arange(rows * pitch) + std::int64_t(start)) % 19 + 1));
  };
  const tensor<T> a = memory(0), b = memory(5), c = memory(11);
  for (const index_t columns : {255, 256, 257, 300, 519})
    for (const index_t start : {0, 1, 7, 16, 33}) {
      const auto part = [&](auto& x) {
        return reshape(x, {rows, pitch})(all, range(start, start + columns));
      };
      tensor<T> expected = full<T>({rows * pitch}, T(3)), found = expected;
      part(expected) = tree(part(a), part(b), part(c));
      run_around_cache(assign(part(found), tree(part(a), part(b), part(c))));
      INFO(columns << " columns from " << start << " on, of " << name_of(a.dtype()));
      CHECK(eval(all(found == expected)).item());
    }
}

}  // namespace

TEST_CASE("what goes around the cache is the same at every address, length and row") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    check_around_cache<T>([](auto a, auto b, auto) { return a + b; });
    check_around_cache<T>([](auto a, auto b, auto c) { return a * b + c * a + b * c; });
  };
  check(float());
  check(double());
  check(std::int8_t());
  check(std::int64_t());
  check(std::complex<float>());
  check_around_cache<float>([](auto a, auto b, auto c) { return exp(-a * a) * sin(b) + tanh(c); });
  check_around_cache<float>(
      [](auto a, auto b, auto c) { return exp(-a) * sin(b) + tanh(c) * a * b; });
}

TEST_CASE("results smaller than their operands, which take steps, go around the cache") {
  const auto check = [](auto zero, auto tree) {
    using R = decltype(zero);
    const index_t rows = 7;
    for (const index_t columns : {2048, 2100, 4111})
      for (const index_t start : {0, 1, 9, 63})
        for (const index_t gap : {0, 5}) {
          const index_t pitch = columns + gap, all_of = rows * pitch + 64;
          const tensor<float> x = cast<float>((arange(2 * all_of)) % 23) * 0.125f;
          const auto second =
              reshape(x(range(0, 2 * rows * pitch, 2)), {rows, pitch})(all, range(0, columns));
          const auto part = [&](auto& y) {
            return reshape(y(range(start, start + rows * pitch)), {rows, pitch})(all,
                                                                                 range(0, columns));
          };
          tensor<R> expected = full<R>({all_of}, R(1)), found = expected;
          part(expected) = tree(second);
          run_around_cache(assign(part(found), tree(second)));
          INFO(columns << " columns from " << start << " on, a gap of " << gap);
          CHECK(eval(all(found == expected)).item());
        }
  };
  const auto long_tree = [](auto x) {
    return x * x + x * 3.0f - x * x * x + x * 0.5f - x + x * x * 2.0f + x * 0.25f - x * x;
  };
  check(bool(), [&](auto x) { return long_tree(x) < 1.0f; });
  check(std::int8_t(), [&](auto x) { return cast<std::int8_t>(long_tree(x)); });
  check(std::int16_t(),
        [&](auto x) { return cast<std::int16_t>(long_tree(x) - long_tree(x * 2.0f)); });
  check(float(), [&](auto x) { return long_tree(x) - long_tree(x * 2.0f); });
}

TEST_CASE("rows that share lines go around the cache with all their elements, and nothing else") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const index_t rows = 9;
    for (const index_t columns : {513, 528, 600, 1031, 2050})
      for (const index_t start : {0, 1, 7, 16, 33}) {
        const auto memory = [&](int first) {
          return eval(cast<T>((arange(rows * columns + 64) + std::int64_t(first)) % 19 + 1));
        };
        const tensor<T> a = memory(0), b = memory(5);
        const auto part = [&](auto& x) {
          return reshape(x(range(start, start + rows * columns)), {rows, columns});
        };
        const auto row = reshape(b(range(0, columns)), {1, columns});
        const auto repeated = broadcast_to(row, {rows, columns});
        tensor<T> expected = full<T>({rows * columns + 64}, T(3)), found = expected;
        tensor<T> second = full<T>({rows * columns + 64}, T(2)), also = second;
        part(expected) = part(a) * repeated;
        run_around_cache(assign(part(found), part(a) * repeated));
        INFO(columns << " columns from " << start << " on, of " << name_of(a.dtype()));
        CHECK(eval(all(found == expected)).item());
        found = full<T>({rows * columns + 64}, T(3));
        eval(assign(part(second), part(a) + repeated));
        run_around_cache(assign(part(found), part(a) * repeated),
                         assign(part(also), part(a) + repeated));
        CHECK(eval(all(found == expected)).item());
        CHECK(eval(all(also == second)).item());
      }
  };
  check(float());
  check(double());
  check(std::int8_t());
  check(std::complex<double>());
}

TEST_CASE("two results go around the cache together, also where only one is at a line") {
  const index_t n = 1000;
  const tensor<float> a = cast<float>(arange(n)) + 1.0f;
  for (const index_t first : {0, 1, 16})
    for (const index_t second : {0, 3, 16}) {
      tensor<float> y(shape{1, n + 16}, 0.0f);
      tensor<double> z(shape{1, n + 16}, 0.0);
      const auto rows = reshape(a, {1, n});
      run_around_cache(assign(y(all, range(first, first + n)), rows * 2),
                       assign(z(all, range(second, second + n)), rows + 3));
      CHECK(eval(all(y(0, range(first, first + n)) == a * 2)).item());
      CHECK(eval(all(z(0, range(second, second + n)) == a + 3)).item());
      CHECK(sum(y).item() == sum(a * 2).item());
    }
}

TEST_CASE("a large result of one byte an element is right before its first whole line too") {
  // A row begins up to 63 elements before a line; a repeated operand has fewer in its register.
  const auto half_a_cache = double(cpu_machine().last_cache_bytes) / 2;
  const auto n = index_t(std::sqrt(half_a_cache)) / 64 * 64 + 72;
  const tensor<float> column = reshape(cast<float>(arange(n)), {n, 1}) - 100.0f;
  const tensor<float> row = cast<float>(arange(n)) * 0.5f;
  tensor<bool> y(shape{n, n});
  REQUIRE(explain(assign(y, column < row)).find("around the cache") != std::string::npos);
  y = column < row;
  index_t wrong = 0;
  const bool* p = y.data();
  for (index_t i = 0; i < n; ++i)
    for (index_t k = 0; k < n; ++k) wrong += *p++ != (float(i) - 100.0f < float(k) * 0.5f);
  CHECK(wrong == 0);
}

TEST_CASE("long rows are the same wherever in a line they and their operands begin") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const index_t most = 2200;
    for (const index_t rows : {1, 3})
      for (const index_t columns : {600, 1031, 2112})
        for (const index_t pitch : {columns + 17, rounded(columns) + 64})
          for (const index_t start : {0, 1, 3, 8, 13})
            for (const index_t of_operand : {start, index_t(0), index_t(5)}) {
              const auto numbers = [&](int first) {
                return eval(cast<T>((arange(3 * most) + std::int64_t(first)) % 29 + 1));
              };
              const auto part = [&](auto& x, index_t from) {
                return reshape(x(range(0, rows * pitch)), {rows, pitch})(
                    all, range(from, from + columns));
              };
              tensor<T> a = numbers(0), b = numbers(7), y = full<T>({3 * most}, T(99));
              part(y, start) = part(a, of_operand) * part(b, start) + part(a, of_operand);
              index_t wrong = 0;
              for (index_t i = 0; i < 3 * most; ++i) {
                const index_t r = i / pitch, k = i % pitch - start;
                const index_t other = i - start + of_operand;
                const bool written = r < rows && k >= 0 && k < columns;
                wrong += y(i) != (written ? T(a(other) * b(i) + a(other)) : T(99));
              }
              CHECK(wrong == 0);
            }
  };
  check(float());
  check(double());
  check(std::int8_t());
  check(std::int64_t());
  check(std::complex<float>());
}

TEST_CASE("rows begin with a step apart where more of them then lies on lines, and only there") {
  alignas(64) float memory[512];
  constexpr int step = 16;  // a line of floats
  const auto begin = [&](index_t output, index_t a, index_t b, index_t rows, index_t pitch) {
    void* data[] = {memory + output, memory + a, memory + b, nullptr};
    const index_t size = sizeof(float), row_step[] = {pitch * size, pitch * size, 0, 0};
    const std::uint8_t bytes[] = {4, 4, 4, 0};
    return kernel::first_on_line({data, row_step, rows, 1024, false, false},
                                 {bytes, 1, step, step, step});
  };
  CHECK(begin(1, 1, 1, 1, 0) == 15);
  CHECK(begin(3, 3, 0, 1, 0) == 13);
  CHECK(begin(1, 0, 0, 1, 0) == 0);  // the operands would no longer
  CHECK(begin(1, 0, 5, 1, 0) == 0);  // no more than before
  CHECK(begin(1, 1, 1, 3, 1056) == 15);
  CHECK(begin(1, 1, 1, 3, 1050) == 0);  // the next row lies differently
}

TEST_CASE("every second, third and fourth element, of any number, up to the end of the memory") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    for (index_t step = 2; step <= 5; ++step)
      for (index_t n = 1; n <= 70; ++n) {
        const tensor<T> x = cast<T>(arange((n - 1) * step + 1) % 97);  // the last one is the end
        const tensor<T> y = x(range(std::nullopt, std::nullopt, step)) + cast<T>(arange(n) * 0);
        const tensor<T> expected = cast<T>(arange(n) * step % 97);
        INFO(n << " elements, every " << step << ". of " << name_of(y.dtype()));
        CHECK(eval(all(y == expected)).item());
      }
  };
  check(float());
  check(double());
  check(std::int16_t());
  check(std::complex<float>());
  check(std::complex<double>());
}

TEST_CASE("a choice by a comparison takes each element by itself, NaN and every length included") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const index_t n : {1, 3, 7, 8, 9, 16, 31, 33, 64, 100}) {
    tensor<float> x(shape{n}), y(shape{n});
    tensor<double> wide(shape{n});
    for (index_t i = 0; i < n; ++i) {
      x(i) = i % 5 == 3 ? nan : float(i % 7) - 3;
      y(i) = i % 6 == 4 ? nan : float(i % 4) - 2;
      wide(i) = double(i % 3) - 1;
    }
    const tensor<float> less = where(x < y, x, y), other = where(x != y, x, where(y >= 0, 5, y));
    const tensor<float> by_wide = where(wide > 0, x, 1);
    const tensor<double> of_wide = where(x <= y, wide, x);
    const tensor<float> both = where(x > y && x > 0, x, 9);
    for (index_t i = 0; i < n; ++i) {
      const auto same = [](double a, double b) { return a == b || (a != a && b != b); };
      CHECK(same(less(i), x(i) < y(i) ? x(i) : y(i)));
      CHECK(same(other(i), x(i) != y(i) ? x(i) : y(i) >= 0 ? 5 : y(i)));
      CHECK(same(by_wide(i), wide(i) > 0 ? x(i) : 1));
      CHECK(same(of_wide(i), x(i) <= y(i) ? wide(i) : double(x(i))));
      CHECK(same(both(i), x(i) > y(i) && x(i) > 0 ? x(i) : 9));
    }
  }
}
