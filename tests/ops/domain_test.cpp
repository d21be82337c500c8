// tests/ops/domain_test.cpp: every row on every dtype that it takes, over its domain, against
// higher precision. WEFT_SHOW_ERRORS=1 prints the worst error of each; WEFT_DRAWS=1000000 draws
// more.
#include <cstdio>
#include <cstdlib>

#include "catch.hpp"
#include "operands.hpp"

using namespace table;

namespace {

void check_domain(dtype type, std::size_t n) {
  if (const char* draws = std::getenv("WEFT_DRAWS")) n = std::size_t(std::atol(draws));
  for (const row& r : rows_on(type)) {
    const std::vector<column> operands = in_domain(r, n);
    const verdict v = judge(r, operands, r(operands));
    if (std::getenv("WEFT_SHOW_ERRORS"))
      std::printf("%5.2f of %g  %s\n", v.distance, r.ulp, v.words.c_str());
    INFO(v.words << "; " << v.failures << " of " << n << " are outside the bound");
    CHECK(v.distance <= 1);
  }
}

}  // namespace

TEST_CASE("every row is within its bound on float and double") {
  check_domain(dtype::float32, 20'000);
  check_domain(dtype::float64, 20'000);
}

TEST_CASE("every row on halves is the rounding of a float within its bound") {
  check_domain(dtype::float16, 20'000);
  check_domain(dtype::bfloat16, 20'000);
}

TEST_CASE("every row on integers and bool is exact, or within its bound on their doubles") {
  for (int t = int(dtype::boolean); t <= int(dtype::uint64); ++t) check_domain(dtype(t), 3'000);
}

TEST_CASE("every row on complex numbers is within its bound of their size") {
  check_domain(dtype::complex64, 5'000);
  check_domain(dtype::complex128, 5'000);
}
