// tests/ops/half_test.cpp: the two halves against their definition, over all bit patterns and all
// points halfway between neighbours.
#include "weft/half.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace weft;

namespace {

struct format {
  int significand, exponent;  // bits stored of each
};
template <class Half>
constexpr format format_of = {10, 5};
template <>
constexpr format format_of<bfloat16> = {7, 8};

// The value of a bit pattern that is no NaN, from the definition of IEEE 754.
template <class Half>
double value_of(unsigned bits) {
  constexpr format f = format_of<Half>;
  const double sign = (bits & 0x8000u) != 0 ? -1 : 1;
  const unsigned fraction = bits & ((1u << f.significand) - 1);
  const unsigned exponent = (bits & 0x7fffu) >> f.significand;
  const int bias = (1 << (f.exponent - 1)) - 1;
  if (exponent == (1u << f.exponent) - 1) return sign * std::numeric_limits<double>::infinity();
  const double one = exponent == 0 ? 0 : double(1u << f.significand);
  return sign * std::ldexp(one + fraction, std::max(int(exponent), 1) - bias - f.significand);
}

template <class Half>
constexpr unsigned infinity_bits = std::numeric_limits<Half>::infinity().bits();

template <class Half>
void round_trips() {
  int wrong = 0;
  for (unsigned b = 0; b <= 0xffff; ++b) {
    const Half h = Half::from_bits(std::uint16_t(b));
    const float f = h;
    if ((b & 0x7fffu) > infinity_bits<Half>) {
      const Half back(f);
      wrong += !std::isnan(f) || !std::isnan(float(back)) || std::signbit(f) != (b >= 0x8000u);
    } else {
      wrong += double(f) != value_of<Half>(b) || Half(f).bits() != b || Half(double(f)).bits() != b;
    }
  }
  CHECK(wrong == 0);
}

// Between two neighbours a < b of equal sign, everything below the middle is a, above it b, and the
// middle the one whose last bit is 0. Past the largest number b is infinity, whose middle is where
// the next exponent's would be.
template <class Half, class From>
void rounds_to_nearest_even() {
  int wrong = 0;
  for (unsigned b = 0; b < infinity_bits<Half>; ++b) {
    const double low = value_of<Half>(b);
    const double high =
        b + 1 < infinity_bits<Half> ? value_of<Half>(b + 1) : 2 * low - value_of<Half>(b - 1);
    const From middle = static_cast<From>((low + high) / 2);  // exact
    const From below = std::nextafter(middle, From(0));
    const From above = std::nextafter(middle, std::numeric_limits<From>::infinity());
    for (const unsigned sign : {0u, 0x8000u}) {
      const From s = sign != 0 ? From(-1) : From(1);
      wrong += Half(s * below).bits() != (b | sign);
      wrong += Half(s * above).bits() != ((b + 1) | sign);
      wrong += Half(s * middle).bits() != (((b % 2 != 0) ? b + 1 : b) | sign);
    }
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("every half becomes the float that it is and comes back unchanged") {
  round_trips<float16>();
  round_trips<bfloat16>();
}

TEST_CASE("numbers round to the nearest half, ties to even, from float and double alike") {
  rounds_to_nearest_even<float16, float>();
  rounds_to_nearest_even<float16, double>();
  rounds_to_nearest_even<bfloat16, float>();
  rounds_to_nearest_even<bfloat16, double>();
}

TEST_CASE("a float16 overflows from 65520 on and vanishes up to half its smallest number") {
  CHECK(float(float16(65519.996f)) == 65504);
  CHECK(std::isinf(float(float16(65520.0f))));
  CHECK(std::isinf(float(float16(std::numeric_limits<float>::max()))));
  CHECK(float16(0x1p-25f).bits() == 0);
  CHECK(float16(0x1.000002p-25f).bits() == 1);
  CHECK(float16(-0x1p-26f).bits() == 0x8000);
  CHECK(float16(std::numeric_limits<float>::denorm_min()).bits() == 0);
  CHECK(bfloat16(std::numeric_limits<float>::max()).bits() == 0x7f80);
  CHECK(bfloat16(std::numeric_limits<double>::max()).bits() == 0x7f80);
  CHECK(bfloat16(std::numeric_limits<double>::denorm_min()).bits() == 0);
}

TEST_CASE("a number rounds to a half once, not by way of float") {
  CHECK(float(float16(1 + 0x1p-11 + 0x1p-40)) == 1 + 0x1p-10f);
  CHECK(float(bfloat16(1 + 0x1p-8 + 0x1p-40)) == 1 + 0x1p-7f);
  CHECK(float(float16(1 + 0x3p-11 - 0x1p-40)) == 1 + 0x1p-10f);
  CHECK(float(bfloat16((1ull << 63) + (1ull << 55) + 1)) == 0x1.02p63f);
  CHECK(float(bfloat16((1ull << 63) + (1ull << 55))) == 0x1p63f);
  CHECK(float(bfloat16(-(1ll << 62) - (1ll << 54) - 1)) == -0x1.02p62f);
  CHECK(float(bfloat16(std::numeric_limits<std::uint64_t>::max())) == 0x1p64f);
  CHECK(float(float16((1 << 11) + 1)) == 1 << 11);
  CHECK(std::isinf(float(float16(std::numeric_limits<std::uint64_t>::max()))));
  // Near the smallest numbers the double may be far below float's.
  CHECK(float16(0x1p-25 + 0x1p-70).bits() == 1);
  CHECK(float16(0x1p-25).bits() == 0);
  CHECK(bfloat16(0x1p-134 + 0x1p-180).bits() == 1);
  CHECK(bfloat16(0x1p-134).bits() == 0);
}

TEST_CASE("the limits of the halves are theirs") {
  CHECK(float(std::numeric_limits<float16>::max()) == 65504);
  CHECK(float(std::numeric_limits<float16>::min()) == 0x1p-14f);
  CHECK(float(std::numeric_limits<float16>::denorm_min()) == 0x1p-24f);
  CHECK(float(std::numeric_limits<float16>::epsilon()) == 0x1p-10f);
  CHECK(float(std::numeric_limits<bfloat16>::max()) == 0x1.fep127f);
  CHECK(float(std::numeric_limits<bfloat16>::min()) == 0x1p-126f);
  CHECK(float(std::numeric_limits<bfloat16>::denorm_min()) == 0x1p-133f);
  CHECK(float(std::numeric_limits<bfloat16>::epsilon()) == 0x1p-7f);
  CHECK(float(std::numeric_limits<bfloat16>::lowest()) == -0x1.fep127f);
}
