// tests/ops/cast_test.cpp: casts between every two dtypes, by the words of weft::cast: rounded once
// to nearest even, integers wrap, floats past an integer's ends become the end and NaN becomes 0.
#include <cmath>
#include <cstring>
#include <random>

#include "casts.hpp"
#include "catch.hpp"
#include "operands.hpp"
#include "reference.hpp"
#include "weft/weft.hpp"

namespace table {
namespace {

bool is_integer(dtype t) { return t <= dtype::uint64; }

long double expected_part(dtype to, dtype from, long double x) {
  if (to == dtype::boolean) return x != 0;
  if (!is_integer(to)) return rounded_to(to, x);
  const int bits = 8 * int(size_of(to));
  const bool is_signed = to <= dtype::int64;
  const long double size = std::ldexp(1.0L, bits), min = is_signed ? -size / 2 : 0,
                    max = is_signed ? size / 2 - 1 : size - 1;
  if (is_integer(from)) return x - size * std::floor((x - min) / size);           // wraps
  return std::isnan(x) ? 0 : std::min(std::max(std::trunc(x), min), max) + 0.0L;  // no -0
}

bool same(long double a, long double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && (a != 0 || std::signbit(a) == std::signbit(b));
}

// Special numbers, numbers at which some other type rounds, wraps or ends, and random bits.
column operands(dtype from) {
  std::vector<long double> v = special_numbers(from);
  for (int e = -30; e <= 65; ++e)
    for (const long double offset : {0.0L, 0x1p-11L, 0x1p-8L, 0x1p-24L, 0x1p-53L})
      for (const long double nudge : {0.0L, 0x1p-40L, -0x1p-40L, 0x1p-52L, -0x1p-52L})
        for (const int sign : {1, -1}) v.push_back(sign * std::ldexp(1 + offset + nudge, e));
  for (const long double x : {65504.0L, 65519.0L, 65519.996L, 65520.0L, 65536.0L}) v.push_back(x);
  const std::size_t listed = v.size(), n = listed + 4096;
  column c(from, n);
  std::mt19937_64 random(3);
  for (std::size_t i = 0; i < n; ++i) {
    if (i < listed && (!is_integer(from) || std::abs(v[i]) < 0x1p64L)) {
      c.set(i, exact(v[i], v[(i * 7) % listed]));
    } else if (from == dtype::boolean) {
      c.set(i, exact(static_cast<long double>(random() % 2)));
    } else {
      const std::uint64_t bits[2] = {random(), random()};
      std::memcpy(static_cast<std::byte*>(c.data()) + i * size_of(from), bits, size_of(from));
    }
  }
  return c;
}

template <class From>
void check_casts() {
  for (const cast& k : casts_from<From>()) {
    const column x = operands(k.from);
    column y(k.to, x.size());
    void* data[2] = {y.data(), const_cast<void*>(x.data())};
    k.run(data, std::ptrdiff_t((x.size() + 63) / 64 * 64));
    std::size_t wrong = 0, at = 0;
    exact want_there;
    for (std::size_t i = 0; i < x.size(); ++i) {
      exact want(expected_part(k.to, k.from, x[i].real()));
      if (k.to >= dtype::complex64) want.imag(expected_part(k.to, k.from, x[i].imag()));
      if (same(y[i].real(), want.real()) && same(y[i].imag(), want.imag())) continue;
      if (wrong++ == 0) at = i, want_there = want;
    }
    INFO(name_of(k.from) << " to " << name_of(k.to) << " at " << words(k.from, x[at]) << ": got "
                         << words(k.to, y[at]) << ", want " << words(k.to, want_there) << "; "
                         << wrong << " of " << x.size() << " are wrong");
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
