// tests/ops/operands.cpp: domains, special numbers, and the comparison of whole results.
#include "operands.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "reference.hpp"

namespace table {
namespace {

bool is_integer(dtype t) { return t <= dtype::uint64; }

template <class T>
void add_special_floats(std::vector<long double>& to) {
  using limits = std::numeric_limits<T>;
  const long double eps = limits::epsilon(), min = limits::min(), max = limits::max();
  const long double inf = limits::infinity(), tiny = limits::denorm_min();
  const long double whole = 1 / eps;  // from here on, no fractions
  for (const long double v : {0.0L,
                              tiny,
                              3 * tiny,
                              min - tiny,
                              min,
                              min * (1 + eps),
                              1 / max,
                              1e-3L,
                              0.5L - eps / 4,
                              0.5L,
                              0.5L + eps / 2,
                              1 - eps / 2,
                              1.0L,
                              1 + eps,
                              1.5L,
                              2.0L,
                              2.5L,
                              3.0L,
                              3.5L,
                              4.5L,
                              10.0L,
                              33.0L,
                              100.0L,
                              whole / 2 - 0.5L,
                              whole / 2 + 0.5L,
                              whole - 1,
                              whole,
                              whole + 1,
                              2 * whole,
                              std::sqrt(max),
                              std::sqrt(min),
                              max / 2,
                              max,
                              inf}) {
    const long double stored = T(float(v)) == T(float(v)) && sizeof(T) <= 4
                                   ? static_cast<long double>(T(static_cast<float>(v)))
                                   : static_cast<long double>(static_cast<T>(v));
    to.push_back(stored);
    to.push_back(-stored);
  }
  to.push_back(std::numeric_limits<long double>::quiet_NaN());
}

template <class T>
void add_special_integers(std::vector<long double>& to) {
  constexpr int width = 8 * sizeof(T);
  const long double min = std::numeric_limits<T>::min(), max = std::numeric_limits<T>::max();
  for (const long double v : {min,
                              min + 1,
                              -100.0L,
                              -2.0L,
                              -1.0L,
                              0.0L,
                              1.0L,
                              2.0L,
                              3.0L,
                              7.0L,
                              12.0L,
                              18.0L,
                              64.0L,
                              (long double)(width - 1),
                              (long double)(width),
                              (long double)(width + 1),
                              100.0L,
                              std::floor(max / 2),
                              std::floor(max / 2) + 1,
                              max - 1,
                              max})
    if (v >= min && v <= max) to.push_back(v);
}

// Columns for the row's operands; the condition of `where` is bool.
std::vector<column> columns_for(const row& r, std::size_t n) {
  std::vector<column> c;
  for (int k = 0; k < r.arity; ++k)
    c.emplace_back(r.rule == rule::select && k == 0 ? dtype::boolean : r.operand, n);
  return c;
}

}  // namespace

std::vector<column> in_domain(const row& r, std::size_t n) {
  std::mt19937 random(1);
  long double lo = r.lo, hi = r.hi;
  if (is_integer(r.operand)) {
    const std::vector<long double> ends = special_numbers(r.operand);
    const auto [min, max] = std::minmax_element(ends.begin(), ends.end());
    lo = std::max(std::ceil(lo), *min), hi = std::min(std::floor(hi), *max);
    lo = std::min(lo, hi);  // a domain from 3 on has no bool
  } else if (r.operand >= dtype::complex64) {
    lo = std::max(lo, -20.0L), hi = std::min(hi, 20.0L);  // functions of 20i are about exp(20)
  }
  std::uniform_real_distribution<double> in(static_cast<double>(lo), static_cast<double>(hi)),
      exponent(-20, 0);
  const auto draw = [&] {
    long double v = in(random);
    if (!is_integer(r.operand) && lo <= 0 && hi >= 0 && random() % 4 == 0)
      v *= std::exp2(exponent(random));
    return is_integer(r.operand) ? std::rint(v) : v;
  };
  std::vector<column> c = columns_for(r, n);
  for (column& x : c)
    for (std::size_t i = 0; i < n; ++i)
      x.set(i, i == 0 ? exact(lo) : i == 1 ? exact(hi) : exact(draw(), draw()));
  return c;
}

std::vector<long double> special_numbers(dtype type) {
  std::vector<long double> v;
  switch (type) {
    case dtype::boolean:
      return {0, 1};
    case dtype::int8:
      add_special_integers<std::int8_t>(v);
      break;
    case dtype::int16:
      add_special_integers<std::int16_t>(v);
      break;
    case dtype::int32:
      add_special_integers<std::int32_t>(v);
      break;
    case dtype::int64:
      add_special_integers<std::int64_t>(v);
      break;
    case dtype::uint8:
      add_special_integers<std::uint8_t>(v);
      break;
    case dtype::uint16:
      add_special_integers<std::uint16_t>(v);
      break;
    case dtype::uint32:
      add_special_integers<std::uint32_t>(v);
      break;
    case dtype::uint64:
      add_special_integers<std::uint64_t>(v);
      break;
    case dtype::float16:
      add_special_floats<weft::float16>(v);
      break;
    case dtype::bfloat16:
      add_special_floats<weft::bfloat16>(v);
      break;
    case dtype::float32:
      add_special_floats<float>(v);
      break;
    case dtype::float64:
      add_special_floats<double>(v);
      break;
    default:
      return {0, -0.0L, 1, -1, 0.5L, -2, 3, 10};
  }
  return v;
}

std::vector<column> special(const row& r) {
  std::vector<long double> v = special_numbers(r.operand);
  std::size_t n = v.size();
  const bool complex = r.operand >= dtype::complex64;
  // Complex numbers are pairs, and three operands are many: draw instead of enumerating.
  const std::size_t all = r.arity == 1 ? n : n * n;
  const std::size_t count = r.arity == 3 || complex ? 20'000 : all;
  std::mt19937 random(2);
  const auto draw = [&] { return v[random() % n]; };
  std::vector<column> c = columns_for(r, count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i;
    for (column& x : c) {
      x.set(i, r.arity == 3 || complex ? exact(draw(), draw()) : exact(v[rest % n]));
      rest /= n;
    }
  }
  return c;
}

verdict judge(const row& r, const std::vector<column>& operands, const column& result) {
  verdict worst;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const exact x = operands[0][i], y = r.arity > 1 ? operands[1][i] : 0,
                z = r.arity > 2 ? operands[2][i] : 0;
    const exact got = result[i];
    const error e = error_of(r, x, y, z, got);
    const double ratio = e.distance == 0 ? 0 : e.distance / e.allowed;
    worst.failures += ratio > 1;
    if (ratio <= worst.distance) continue;
    worst.distance = ratio;
    worst.words = std::string(r.name) + " of " + std::string(name_of(r.operand)) + ": " +
                  std::to_string(e.distance) + " at " + words(operands[0].type(), x);
    for (int k = 1; k < r.arity; ++k) worst.words += ", " + words(r.operand, k == 1 ? y : z);
    worst.words += ": got " + words(r.result, got) + ", want " + words(r.result, e.want);
  }
  return worst;
}

}  // namespace table
