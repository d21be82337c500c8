// tests/cuda/rows_test.cpp: rows that begin or end between the boundaries of 16 bytes, and outputs
// that are strided beside transposed operands.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using cuda_tests::counting;
using cuda_tests::same;

namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}
bool is_peeled(const std::string& source) {
  return contains(source, ", fewer at the ends of rows");
}

// y(range(first, first + n)) = tree of a and b there, on a device as on the host; all else stays.
template <class T, class U>
void check_line(index_t first, index_t n) {
  INFO("from " << first << ", " << n << " elements");
  tensor<T> y(full({first + n + 5}, T(3))), dy = y.to(cuda(0));
  const tensor<U> a = counting<U>({first + n + 5}), da = a.to(cuda(0));
  const tensor<T> b = counting<T>({first + n + 6}, 2), db = b.to(cuda(0));
  const range part(first, first + n), shifted(first + 1, first + n + 1);
  y(part) = cast<T>(a(part) + cast<U>(b(shifted)) * U(2));
  dy(part) = cast<T>(da(part) + cast<U>(db(shifted)) * U(2));
  CHECK(same(dy, y));
  y(part) += cast<T>(arange(n)) * y(part);
  dy(part) += cast<T>(arange(n)) * dy(part);
  CHECK(same(dy, y));
}

}  // namespace

TEST_CASE("unaligned lines are right at both ends, whatever their elements") {
  for (const index_t first : {0, 1, 2, 3, 4, 7})
    for (const index_t n : {31, 32, 33, 63, 200}) {
      check_line<float, float>(first, n);
      check_line<double, float>(first, n);
      check_line<std::int16_t, std::int64_t>(first, n);
    }
  for (const index_t first : {1, 3, 8, 15}) {
    check_line<std::uint8_t, std::int32_t>(first, 130);
    check_line<std::uint8_t, std::int32_t>(first, 4000);
  }
}

TEST_CASE("rows of any length and place are right") {
  for (const index_t columns : {37, 40, 67, 130})
    for (const index_t from : {0, 1, 3}) {
      INFO(columns << " columns from " << from);
      const shape whole{7, columns + 5};
      const range rows(1, 6), part(from, from + columns);
      tensor<float> y(full(whole, 5.0f)), dy = y.to(cuda(1)), y2(y), dy2 = y.to(cuda(1));
      const tensor<float> a = counting(whole), da = a.to(cuda(1));
      const tensor<float> row = counting({columns}, 3), drow = row.to(cuda(1));
      const tensor<double> d = counting<double>({5, columns}, 3), dd = d.to(cuda(1));
      const auto tree = [&](const auto& x, const auto& r, const auto& z) {
        return x(rows, part) * r + cast<float>(z) + x(rows, range(0, 1)) -
               cast<float>(arange(columns));
      };
      y(rows, part) = tree(a, row, d);
      dy(rows, part) = tree(da, drow, dd);
      CHECK(same(dy, y));
      y(rows, part) = y(rows, part) * 2 + y(range(5, 0, -1), part);  // in place, and overlapping
      dy(rows, part) = dy(rows, part) * 2 + dy(range(5, 0, -1), part);
      CHECK(same(dy, y));
      eval(assign(y(rows, part), a(rows, part) + 1),
           assign(y2(rows, part), y(rows, part) - a(rows, part)));
      eval(assign(dy(rows, part), da(rows, part) + 1),
           assign(dy2(rows, part), dy(rows, part) - da(rows, part)));
      CHECK(same(dy, y));
    }
}

TEST_CASE("operands whose rows are aligned as the output's are loaded 16 bytes at a time") {
  const tensor<float> a(shape{10, 71}), row(shape{71}), line(shape{400});
  tensor<float> y(shape{10, 71}), z(shape{400});
  const auto inside = range(1, 70);
  // One line, all of it unaligned alike; then one operand that is not.
  const std::string alike = cuda_source(assign(z(range(3, 400)), line(range(3, 400)) * 2));
  CHECK(is_peeled(alike));
  CHECK(contains(alike, "const auto a_pack = load<4>(a_at);"));
  CHECK_FALSE(is_peeled(cuda_source(assign(z(range(3, 400)), line(range(2, 399)) * 2))));
  // Rows of 71 elements: each begins elsewhere, in both alike; the row that repeats does not.
  const std::string rows = cuda_source(assign(y(all, inside), a(all, inside) + row(inside)));
  CHECK(is_peeled(rows));
  CHECK(contains(rows, "const auto a_pack = load<4>(a_at);"));
  CHECK(contains(rows, "b_at[lane * b_step.axis[1]]"));
  // Short rows are not worth it; aligned ones need nothing.
  CHECK_FALSE(is_peeled(cuda_source(assign(y(all, range(1, 30)), a(all, range(1, 30)) + 1))));
  CHECK_FALSE(is_peeled(cuda_source(assign(z(range(4, 396)), line(range(4, 396)) * 2))));
}

TEST_CASE("an output that is strided takes transposed operands through tiles") {
  for (const index_t step : {2, 3}) {
    tensor<int> y(full({40, 50 * step}, 1)), dy = y.to(cuda(0));
    const tensor<int> a = counting<int>({50, 40}), b = counting<int>({40, 50}, 2);
    const tensor<int> da = a.to(cuda(0)), db = b.to(cuda(0));
    const auto source = cuda_source(assign(dy(all, range(0, 50 * step, step)), transpose(da) * db));
    CHECK(contains(source, "__syncthreads"));
    y(all, range(0, 50 * step, step)) = transpose(a) * b;
    dy(all, range(0, 50 * step, step)) = transpose(da) * db;
    CHECK(same(dy, y));
    y(range(39, std::nullopt, -1), range(1, 50 * step, step)) += transpose(a);
    dy(range(39, std::nullopt, -1), range(1, 50 * step, step)) += transpose(da);
    CHECK(same(dy, y));
  }
}
