// tests/cuda/large_test.cpp: tensors of more than 2^31 elements have 64-bit indices, and their last
// elements are right. They need more memory than the fake devices have by default.
// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <cstdint>
#include <iostream>

#include "catch.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::same;

TEST_CASE("a tensor of more than 2^31 elements is computed to its last one", "[.][large]") {
  if (sysconf(_SC_PHYS_PAGES) < 6'000'000'000 / sysconf(_SC_PAGESIZE)) {
    std::cerr << "skipped: it takes 2.2 GB of memory\n";
    return;
  }
  constexpr index_t side = 46341, n = side * side, step = 4096;
  static_assert(n > (index_t(1) << 31));
  tensor<std::int8_t> y(shape{n}, cuda(0));
  CHECK_THAT(cuda_source(assign(y, cast<std::int8_t>(full({n}, 3)))),
             ContainsSubstring("const long long size)"));
  y = full({n}, std::int8_t(3));
  // Some rows of it as a matrix, the last of them at its end.
  const view<std::int8_t> square(y.elements(), {side, side}, {side, 1}, cuda(0));
  view<std::int8_t> rows = square(range(side - 1, std::nullopt, -step), all);
  const tensor<std::int8_t> row = cast<std::int8_t>(arange(side) % 7), there = row.to(cuda(0));
  CHECK_THAT(cuda_source(assign(rows, rows * there)), ContainsSubstring("long long"));
  rows = rows * there;
  const auto here = [](index_t i) {
    return (side - 1 - i / side) % step == 0 ? 3 * int(i % side % 7) : 3;
  };

  const auto check = [&](index_t first, index_t count) {
    const tensor<std::int8_t> found = tensor<std::int8_t>(y(range(first, first + count))).to(cpu);
    for (index_t k = 0; k < count; ++k) {
      INFO("element " << first + k);
      CHECK(int(found(k)) == here(first + k));
    }
  };
  check(0, 20);
  check((index_t(1) << 31) - 20, 40);
  check(n - side - 20, 40);  // the end of a row that was left alone
  check(n - 20, 20);

  // Few elements, far apart.
  const auto apart = y(range(0, n, index_t(1) << 30));
  CHECK_THAT(cuda_source(apart + std::int8_t(1)), ContainsSubstring("long long"));
  const tensor<std::int8_t> three = tensor<std::int8_t>(apart + std::int8_t(1)).to(cpu);
  REQUIRE(three.size() == 3);
  for (index_t k = 0; k < 3; ++k) CHECK(int(three(k)) == here(k << 30) + 1);

  // As many from few, which none of the operands has.
  CHECK_THAT(cuda_source(broadcast_to(there, {side, side}) + broadcast_to(there, {side, side})),
             ContainsSubstring("long long"));
}
