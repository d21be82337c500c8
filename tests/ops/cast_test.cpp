// tests/ops/cast_test.cpp: casts between every two dtypes, by the words of weft::cast: rounded once
// to nearest even, integers wrap, floats past an integer's ends become the end and NaN becomes 0.
#include <cmath>

#include "cast_reference.hpp"
#include "casts.hpp"
#include "catch.hpp"
#include "reference.hpp"
#include "weft/weft.hpp"

namespace table {
namespace {

template <class From>
void check_casts() {
  for (const cast& k : casts_from<From>()) {
    const column x = cast_operands(k.from);
    column y(k.to, x.size());
    void* data[2] = {y.data(), const_cast<void*>(x.data())};
    k.run(data, std::ptrdiff_t((x.size() + 63) / 64 * 64));
    std::size_t wrong = 0, at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (is_cast(k.to, y[i], k.from, x[i])) continue;
      if (wrong++ == 0) at = i;
    }
    INFO(name_of(k.from) << " to " << name_of(k.to) << " at " << words(k.from, x[at]) << ": got "
                         << words(k.to, y[at]) << ", want "
                         << words(k.to, cast_of(k.to, k.from, x[at])) << "; " << wrong << " of "
                         << x.size() << " are wrong");
    CHECK(wrong == 0);
  }
}

}  // namespace
}  // namespace table

TEST_CASE("casts from integers and bool wrap, or round once") {
  table::check_casts<bool>();
  table::check_casts<std::int8_t>();
  table::check_casts<std::int16_t>();
  table::check_casts<std::int32_t>();
  table::check_casts<std::int64_t>();
  table::check_casts<std::uint8_t>();
  table::check_casts<std::uint16_t>();
  table::check_casts<std::uint32_t>();
  table::check_casts<std::uint64_t>();
}

TEST_CASE("casts from floats round once, and stop at the ends of integers") {
  table::check_casts<weft::float16>();
  table::check_casts<weft::bfloat16>();
  table::check_casts<float>();
  table::check_casts<double>();
}

TEST_CASE("casts between complex types round each part once") {
  table::check_casts<std::complex<float>>();
  table::check_casts<std::complex<double>>();
}

TEST_CASE("a cast to a half in the middle of an expression rounds there") {
  const weft::tensor<double> x{1 + 0x1p-11 + 0x1p-40, 65520.0, 1.0};
  const weft::tensor<float> y = weft::cast<weft::float16>(x) - 1.0f;
  CHECK(y(0) == 0x1p-10f);
  CHECK(std::isinf(y(1)));
  CHECK(y(2) == 0);
}
