// tests/ops/special_test.cpp: every row on the numbers where implementations go wrong: ends, zeros
// of both signs, denormals, halfway cases, infinities and NaN.
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "catch.hpp"
#include "operands.hpp"
#include "weft/weft.hpp"

namespace {

void check_special(weft::dtype type) {
  for (const table::row& r : table::rows_on(type)) {
    const std::vector<table::column> operands = table::special(r);
    const table::verdict v = table::judge(r, operands, r(operands));
    INFO(v.words << "; " << v.failures << " are outside the bound");
    CHECK(v.distance <= 1);
  }
}

}  // namespace

TEST_CASE("every row is right on the special numbers of every dtype") {
  for (int t = 0; t <= int(weft::dtype::complex128); ++t) check_special(weft::dtype(t));
}

using namespace weft;

TEST_CASE("NaN and infinities go through as the documentation says") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const tensor<double> x{nan, inf, -inf, -0.0};
  CHECK(std::isnan(eval(maximum(x, 1.0))(0)));
  CHECK(eval(fmax(x, 1.0))(0) == 1.0);
  CHECK(std::isnan(eval(sign(x))(0)));
  CHECK(std::isnan(eval(relu(x))(0)));
  CHECK(eval(isnan(x))(0));
  CHECK(!eval(isfinite(x))(1));
  CHECK(eval(signbit(x))(3));
  CHECK(eval(exp(x))(1) == inf);
  CHECK(eval(exp(x))(2) == 0.0);
  CHECK(eval(sigmoid(x))(2) == 0.0);
  CHECK(eval(cast<int>(x))(0) == 0);
  CHECK(eval(cast<int>(x))(1) == std::numeric_limits<int>::max());
  CHECK(eval(cast<std::uint8_t>(x))(2) == 0);
}
