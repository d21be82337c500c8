// tests/unit/reduce_rows_test.cpp: rows of every length, with and without a plan: short ones that
// are reduced as columns, ends that are no whole register, operands of one element for a row, and
// results that go to the target at once.
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// f() on one thread without a plan where it can be, and with one on three.
template <class F>
void both_ways(F f) {
  const double grain = thread_grain();
  f();
  set_num_threads(3);
  set_thread_grain(0);
  f();
  set_thread_grain(grain);
  set_num_threads(0);
}

// Whole numbers, whose sums are exact in any order.
template <class T>
tensor<T> whole_numbers(const shape& s) {
  tensor<T> x(s);
  for (index_t i = 0; i < x.size(); ++i) x.data()[i] = T(i * 37 % 23);
  return x;
}

template <class T>
bool same_bits(const tensor<T>& x, const tensor<T>& y) {
  return x.shape() == y.shape() &&
         std::memcmp(x.data(), y.data(), std::size_t(x.size()) * sizeof(T)) == 0;
}

template <class T>
void reduce_rows_of(index_t rows, index_t columns) {
  const tensor<T> x = whole_numbers<T>({rows, columns});
  const tensor<std::int64_t> total = sum(cast<std::int64_t>(x), 1);
  const tensor<T> largest = max(x, 1), smallest = min(x, 1);
  const tensor<std::int64_t> place = argmax(x, 1), least_place = argmin(x, 1);
  INFO(rows << " rows of " << columns << " of " << name_of(dtype_of<T>));
  bool right = true;
  for (index_t r = 0; r < rows; ++r) {
    const T* const row = x.data() + r * columns;
    const T *const high = std::max_element(row, row + columns), *const low = std::min_element(
                                                                    row, row + columns);
    std::int64_t sum_of_row = 0;
    for (index_t k = 0; k < columns; ++k) sum_of_row += std::int64_t(row[k]);
    right = right && total(r) == sum_of_row && largest(r) == *high && smallest(r) == *low &&
            place(r) == high - row && least_place(r) == low - row;
  }
  CHECK(right);
  const auto as_double = cast<double>(eval(sum(x, 1)));
  CHECK(same_bits(eval(as_double), eval(cast<double>(total))));
}

}  // namespace

TEST_CASE("rows of every length are reduced, few and many") {
  both_ways([] {
    for (index_t columns = 1; columns < 70; ++columns)
      for (const index_t rows : {1, 2, 37, 700}) {
        reduce_rows_of<float>(rows, columns);
        reduce_rows_of<double>(rows, columns);
        reduce_rows_of<int>(rows, columns);
        reduce_rows_of<std::uint8_t>(rows, columns);
      }
  });
}

TEST_CASE("one NaN makes a short row's maximum NaN, wherever it stands, and no other's") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  both_ways([nan] {
    for (index_t columns = 1; columns < 34; ++columns)
      for (index_t at = 0; at < columns; ++at) {
        const index_t rows = 300;
        tensor<float> x = whole_numbers<float>({rows, columns});
        for (index_t r = at; r < rows; r += 7) x(r, at) = nan;
        const tensor<float> high = max(x, 1), low = min(x, 1);
        const tensor<std::int64_t> place = argmax(x, 1);
        bool right = true;
        for (index_t r = 0; r < rows; ++r) {
          const bool has = r >= at && (r - at) % 7 == 0;
          right = right && std::isnan(high(r)) == has && std::isnan(low(r)) == has &&
                  (!has || place(r) == at);
        }
        INFO(columns << " columns, NaN in " << at);
        CHECK(right);
      }
  });
}

namespace {
// Whether the extremes of lines, rows or columns of so many elements, are NaN for the one line that
// has NaN, in place `at`, and only for it; the next line has both infinities.
template <class T>
bool has_extremes(index_t lines, index_t length, index_t at, bool are_columns) {
  constexpr T nan = std::numeric_limits<T>::quiet_NaN(), inf = std::numeric_limits<T>::infinity();
  tensor<T> x = whole_numbers<T>(are_columns ? shape{length, lines} : shape{lines, length});
  auto line = [&](index_t k) { return are_columns ? x(all, k) : x(k, all); };
  const index_t with_nan = at % lines, infinite = (at + 1) % lines;
  line(infinite)(at) = inf;
  if (length > 1) line(infinite)(at > 0 ? 0 : length - 1) = -inf;
  line(with_nan)(at) = nan;
  const int axis = are_columns ? 0 : 1;
  const tensor<T> high = max(x, axis), low = min(x, axis);
  bool right = true;
  for (index_t k = 0; k < lines; ++k) {
    T best = line(k)(0), least = best;
    for (index_t i = 1; i < length; ++i) {
      best = std::max(best, line(k)(i));
      least = std::min(least, line(k)(i));
    }
    right = right && (k == with_nan ? std::isnan(high(k)) && std::isnan(low(k))
                                    : high(k) == best && low(k) == least);
  }
  return right;
}
}  // namespace

TEST_CASE("one NaN anywhere in a row or a column makes its extremes NaN; infinities do not") {
  both_ways([] {
    for (const bool are_columns : {false, true})
      for (const index_t length : {8, 16, 31, 64, 100, 130})
        for (const index_t lines : {2, 16, 17, 40, 64})
          for (index_t at = 0; at < length; at += length > 40 ? 3 : 1) {
            INFO(lines << (are_columns ? " columns of " : " rows of ") << length << ", NaN at "
                       << at);
            CHECK(has_extremes<float>(lines, length, at, are_columns));
            CHECK(has_extremes<double>(lines, length, at, are_columns));
          }
  });
}

TEST_CASE("an operand that is one element for a row is that in every lane") {
  both_ways([] {
    for (const index_t columns : {1, 3, 7, 16, 17, 31, 33, 64, 65, 200})
      for (const index_t rows : {1, 5, 90}) {
        INFO(rows << " x " << columns);
        const tensor<double> x = whole_numbers<double>({rows, columns});
        const tensor<double> of_row = whole_numbers<double>({rows, 1}),
                             of_column = whole_numbers<double>({columns});
        const auto counted = reshape(cast<double>(arange(rows)), {rows, 1});
        tensor<double> along(shape{rows}), across(shape{columns}), both(shape{rows});
        along.fill(0);
        across.fill(0);
        both.fill(0);
        for (index_t r = 0; r < rows; ++r)
          for (index_t c = 0; c < columns; ++c) {
            const double product = (x(r, c) - of_row(r, 0)) * of_column(c);
            along(r) += product;
            across(c) += product;
            both(r) += x(r, c) * double(r) + of_row(r, 0);
          }
        CHECK(same_bits(eval(sum((x - of_row) * of_column, 1)), along));
        CHECK(same_bits(eval(sum((x - of_row) * of_column, 0)), across));
        CHECK(same_bits(eval(sum(x * counted + of_row, 1)), both));
      }
  });
}

TEST_CASE("a sum without a plan has the bits of one with a plan, on any number of threads") {
  const double grain = thread_grain();
  for (const index_t n : {8192, 8193, 12288, 40000, 65535, 65536, 131072, 300001}) {
    const tensor<float> x = sin(cast<float>(arange(n)));
    set_num_threads(1);
    const tensor<float> directly = sum(x), squares = sum(x * x);
    const tensor<std::int64_t> place = argmin(x);
    set_thread_grain(0);
    for (const int threads : {1, 2, 5}) {
      set_num_threads(threads);
      INFO(n << " elements, " << threads << " threads");
      CHECK(same_bits(eval(sum(x)), directly));
      CHECK(same_bits(eval(sum(x * x)), squares));
      CHECK(eval(argmin(x)).item() == place.item());
    }
    set_thread_grain(grain);
  }
  for (const index_t columns : {33, 512, 4096}) {
    const tensor<float> x = sin(reshape(cast<float>(arange(100 * columns)), {100, columns}));
    set_num_threads(1);
    const tensor<float> directly = sum(x, 1);
    set_thread_grain(0);
    set_num_threads(4);
    CHECK(same_bits(eval(sum(x, 1)), directly));
    set_thread_grain(grain);
  }
  set_num_threads(0);
}

TEST_CASE("a reduction's target may be what it reads, or shifted, and gets no other values") {
  const index_t rows = 40'000, columns = 5;
  both_ways([] {
    tensor<double> x = whole_numbers<double>({rows, columns});
    const tensor<double> expected = eval(sum(x, 1));
    x(all, 0) = sum(x, 1);
    CHECK(same_bits(eval(x(all, 0)), expected));

    tensor<double> y = whole_numbers<double>({rows * columns});
    const auto matrix = reshape(y(range(0, rows * columns)), {rows, columns});
    y(range(7, 7 + rows)) = sum(matrix, 1);
    CHECK(same_bits(eval(y(range(7, 7 + rows))), expected));

    tensor<double> apart(shape{rows});
    apart = sum(whole_numbers<double>({rows, columns}), 1);
    CHECK(same_bits(apart, expected));
  });
}

TEST_CASE("rows of a callable that throws leave the target as it was, however many there are") {
  both_ways([] {
    const index_t columns = 300;
    for (const index_t rows : {3, 2'000}) {
      const tensor<double> x = reshape(cast<double>(arange(rows * columns)), {rows, columns});
      const auto fails = map(
          [last = double(rows * columns - 1)](double v) -> double {
            if (v == last) throw std::runtime_error("no");
            return v;
          },
          x);
      tensor<double> y(shape{rows}, 5.0);
      const tensor<double> before = copy(y);
      CHECK_THROWS_AS(y = sum(fails, 1), std::runtime_error);
      CHECK(same_bits(y, before));
    }
  });
}

TEST_CASE("rows of any length are normalised, and equal sums become equal results") {
  both_ways([] {
    for (index_t columns = 1; columns < 70; ++columns) {
      const index_t rows = 130;
      tensor<float> x(shape{rows, columns});
      for (index_t i = 0; i < x.size(); ++i) x.data()[i] = float(i % columns * 5 % 7) * 0.25f;
      const tensor<float> soft = softmax(x), normal = layer_norm(x), unit = normalize(x),
                          logs = log_softmax(x);
      double sum_of_exp = 0;
      for (index_t c = 0; c < columns; ++c) sum_of_exp += std::exp(double(x(0, c)));
      INFO(columns << " columns");
      double worst = 0;
      for (index_t c = 0; c < columns; ++c)
        worst = std::max(worst, std::abs(soft(0, c) - std::exp(double(x(0, c))) / sum_of_exp));
      CHECK(worst < 1e-6);
      bool alike = true;  // all rows are the same
      for (index_t r = 1; r < rows; ++r)
        for (const tensor<float>* y : {&soft, &normal, &unit, &logs})
          alike = alike && std::memcmp(&(*y)(r, 0), &(*y)(0, 0), std::size_t(columns) * 4) == 0;
      CHECK(alike);
    }
  });
}

TEST_CASE("equal columns have equal sums, whichever of them a register ends with") {
  both_ways([] {
    for (const index_t rows : {7, 12, 128, 300})
      for (const index_t columns : {17, 40, 63, 1025}) {
        tensor<float> x(shape{rows, columns});
        for (index_t r = 0; r < rows; ++r)
          for (index_t c = 0; c < columns; ++c) x(r, c) = float(r * 7919 % 1009) * 0.0137f + 0.3f;
        const tensor<float> total = sum(x, 0);
        bool alike = true;
        for (index_t c = 1; c < columns; ++c) alike = alike && total(c) == total(0);
        INFO(rows << " x " << columns);
        CHECK(alike);
      }
  });
}

TEST_CASE("shared sub-expressions beside other sums along the first axis, and in explain") {
  for (const index_t columns : {40, 130, 229, 300, 1000}) {
    const tensor<double> x = whole_numbers<double>({27, columns});
    const auto h = share(x + 1);
    const auto tree = h * sum(h, 0, keepdims) + x * sum(x * 2, 0, keepdims);
    const tensor<double> y = tree, one = x + 1;
    const tensor<double> of_one = sum(one, 0, keepdims), of_x = sum(x, 0, keepdims) * 2;
    CHECK(same_bits(y, tensor<double>(one * of_one + x * of_x)));
    CHECK(!explain(h / sum(h, 0, keepdims) + x).empty());
  }
}

TEST_CASE("small matrices are reduced across beside an operand of one element for a row") {
  for (const index_t rows : {8, 9, 12, 31, 64})
    for (const index_t columns : {16, 37, 64}) {
      const tensor<float> x = whole_numbers<float>({rows, columns}),
                          c = whole_numbers<float>({rows, 1});
      const tensor<float> product = x * c;
      CHECK(same_bits(tensor<float>(sum(x * c, 0)), tensor<float>(sum(product, 0))));
      CHECK(same_bits(tensor<float>(max(x * c, 0)), tensor<float>(max(product, 0))));
    }
}
