// tests/ops/integer_reference.cpp: the integer rows of the table, from the words of the manual.
#include "integer_reference.hpp"

#include <algorithm>
#include <map>

namespace table {
namespace {

__extension__ using wide = __int128;
__extension__ using unsigned_wide = unsigned __int128;

struct operands {
  wide x, y, z;
  int bits;  // of the type in which the row is computed
};

wide size(wide v) { return v < 0 ? -v : v; }
wide greatest_divisor(wide a, wide b) { return b == 0 ? size(a) : greatest_divisor(b, a % b); }
wide shifted_left(wide x, wide y, int bits) {
  return y < 0 || y >= bits ? 0 : wide(unsigned_wide(x) << y);
}
wide shifted_right(wide x, wide y, int bits) {
  wide to = x;
  for (wide k = y < 0 || y >= bits ? bits : y; k > 0; --k) to = (to - (to & 1)) / 2;  // floor
  return to;
}
wide count_bits(wide x, int bits) {
  wide n = 0;
  for (int k = 0; k < bits; ++k) n += (x >> k) & 1;
  return n;
}

const std::map<std::string_view, wide (*)(const operands&)>& definitions() {
  static const std::map<std::string_view, wide (*)(const operands&)> all = {
      {"add", [](const operands& o) { return o.x + o.y; }},
      {"subtract", [](const operands& o) { return o.x - o.y; }},
      {"multiply", [](const operands& o) { return wide(unsigned_wide(o.x) * unsigned_wide(o.y)); }},
      {"square", [](const operands& o) { return wide(unsigned_wide(o.x) * unsigned_wide(o.x)); }},
      {"abs2", [](const operands& o) { return wide(unsigned_wide(o.x) * unsigned_wide(o.x)); }},
      {"divide", [](const operands& o) { return o.y == 0 ? 0 : o.x / o.y; }},
      {"modulo", [](const operands& o) { return o.y == 0 ? 0 : o.x - o.x / o.y * o.y; }},
      {"negative", [](const operands& o) { return -o.x; }},
      {"positive", [](const operands& o) { return o.x; }},
      {"abs", [](const operands& o) { return size(o.x); }},
      {"sign", [](const operands& o) { return wide(o.x > 0   ? 1
                                                   : o.x < 0 ? -1
                                                             : 0); }},
      {"minimum", [](const operands& o) { return std::min(o.x, o.y); }},
      {"maximum", [](const operands& o) { return std::max(o.x, o.y); }},
      {"clip", [](const operands& o) { return o.x < o.y   ? o.y
                                              : o.x > o.z ? o.z
                                                          : o.x; }},
      {"relu", [](const operands& o) { return std::max(o.x, wide(0)); }},
      {"bitwise_and", [](const operands& o) { return o.x & o.y; }},
      {"bitwise_or", [](const operands& o) { return o.x | o.y; }},
      {"bitwise_xor", [](const operands& o) { return (o.x | o.y) - (o.x & o.y); }},
      {"bitwise_not", [](const operands& o) { return -1 - o.x; }},
      {"left_shift", [](const operands& o) { return shifted_left(o.x, o.y, o.bits); }},
      {"right_shift", [](const operands& o) { return shifted_right(o.x, o.y, o.bits); }},
      {"popcount", [](const operands& o) { return count_bits(o.x, o.bits); }},
      {"gcd", [](const operands& o) { return greatest_divisor(o.x, o.y); }},
      {"lcm",
       [](const operands& o) {
         const wide d = greatest_divisor(o.x, o.y);
         return d == 0 ? 0 : wide(unsigned_wide(size(o.x) / d) * unsigned_wide(size(o.y)));
       }},
      {"equal", [](const operands& o) { return wide(o.x == o.y); }},
      {"not_equal", [](const operands& o) { return wide(o.x != o.y); }},
      {"less", [](const operands& o) { return wide(o.x < o.y); }},
      {"less_equal", [](const operands& o) { return wide(o.x <= o.y); }},
      {"greater", [](const operands& o) { return wide(o.x > o.y); }},
      {"greater_equal", [](const operands& o) { return wide(o.x >= o.y); }},
      {"isnan", [](const operands&) { return wide(0); }},
      {"isinf", [](const operands&) { return wide(0); }},
      {"isfinite", [](const operands&) { return wide(1); }},
      {"signbit", [](const operands& o) { return wide(o.x < 0); }},
      {"real", [](const operands& o) { return o.x; }},
      {"imag", [](const operands&) { return wide(0); }},
      {"conj", [](const operands& o) { return o.x; }},
  };
  return all;
}

wide wrapped(wide v, dtype t) {
  if (t == dtype::boolean) return v != 0;
  const int bits = 8 * int(size_of(t));
  const wide low = v & ((wide(1) << bits) - 1);
  const bool is_signed = t <= dtype::int64;
  return is_signed && (low >> (bits - 1)) != 0 ? low - (wide(1) << bits) : low;
}

}  // namespace

bool integer_expected(const row& r, long double x, long double y, long double z,
                      long double& value) {
  const auto found = definitions().find(r.name);
  if (found == definitions().end()) return false;
  const auto in = [&](long double v) { return wrapped(static_cast<wide>(v), r.promoted); };
  const int bits = 8 * int(size_of(r.promoted));
  value = static_cast<long double>(wrapped(found->second({in(x), in(y), in(z), bits}), r.result));
  return true;
}

}  // namespace table
