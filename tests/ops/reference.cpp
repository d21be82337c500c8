// tests/ops/reference.cpp: the long double bodies of the table, and distances from them.
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include "integer_reference.hpp"
#include "weft/op.hpp"

namespace table {
namespace {

struct bodies {
  long double (*real)(long double, long double, long double) = nullptr;
  exact (*complex)(exact, exact, exact) = nullptr;
};

template <class Op>
bodies bodies_of() {
  namespace rules = weft::op::rule;
  bodies b;
  if constexpr (!std::same_as<Op, weft::op::where>) {
    using type_rule = typename Op::type_rule;
    if constexpr (std::same_as<type_rule, rules::logical>) {
      b.real = [](long double x, long double y, long double z) {
        return static_cast<long double>(Op::apply(x != 0, y != 0, z != 0));
      };
    } else {
      if constexpr (!std::same_as<type_rule, rules::integral>)
        b.real = [](long double x, long double y, long double z) {
          return static_cast<long double>(Op::apply(x, y, z));
        };
      if constexpr (type_rule::template accepts<std::complex<double>>)
        b.complex = [](exact x, exact y, exact z) { return exact(Op::apply(x, y, z)); };
    }
  }
  return b;
}

const bodies& bodies_named(std::string_view name) {
  static const std::map<std::string_view, bodies> all = {
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC) \
  {#NAME, bodies_of<weft::op::NAME>()},
#include "weft/ops.def"
#undef OP
  };
  return all.at(name);
}

struct format {
  int digits, min_exponent, max_exponent;
};
format format_of(dtype t) {
  switch (t) {
    case dtype::float16:
      return {11, -13, 16};
    case dtype::bfloat16:
      return {8, -125, 128};
    case dtype::float32:
    case dtype::complex64:
      return {24, -125, 128};
    default:
      return {53, -1021, 1024};
  }
}
bool is_integer(dtype t) { return t <= dtype::uint64; }
bool is_half(dtype t) { return t == dtype::float16 || t == dtype::bfloat16; }
bool is_complex(dtype t) { return t >= dtype::complex64; }

// One unit in the last place of the type at v, which may be past its largest number.
long double unit_at(dtype t, long double v) {
  const format f = format_of(t);
  int exponent = 0;
  std::frexp(v, &exponent);
  return std::ldexp(1.0L, std::max(exponent, f.min_exponent) - f.digits);
}

constexpr double infinite = std::numeric_limits<double>::infinity();

// `allowed` units are allowed; the largest term of the row's sum is `term`.
double real_distance(const row& r, long double got, long double want, double allowed,
                     long double term) {
  const dtype t = r.result;
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) && std::isnan(got) ? 0 : infinite;
  if (is_integer(t)) return got == want ? 0 : infinite;
  if (want == 0 && got == 0) {
    const bool either = r.name == "fmin" || r.name == "fmax";
    return either || std::signbit(got) == std::signbit(want) ? 0 : infinite;
  }
  if (std::isinf(want)) return got == want ? 0 : infinite;
  const dtype computed = is_half(t) ? dtype::float32 : t;
  const long double unit = unit_at(computed, want), slack = allowed * unit;
  if (std::isinf(got) && std::isinf(rounded_to(computed, term + slack))) return 0;
  if (is_half(t)) {
    // The float in between may be on either side of a tie, and its own rounding is half a unit.
    const long double width = slack + unit / 2;
    return got >= rounded_to(t, want - width) && got <= rounded_to(t, want + width) ? 0 : infinite;
  }
  return double(std::abs(got - want) / unit);
}

}  // namespace

long double rounded_to(dtype t, long double v) {
  if (v == 0 || !std::isfinite(v)) return v;
  const long double unit = unit_at(t, v), r = std::rint(v / unit) * unit;
  const bool too_large = std::abs(r) >= std::ldexp(1.0L, format_of(t).max_exponent);
  return too_large ? std::copysign(std::numeric_limits<long double>::infinity(), v) : r;
}

exact expected(const row& r, exact x, exact y, exact z) {
  if (r.rule == rule::select) return x != exact(0) ? y : z;
  if (r.rule == rule::logical) {
    const auto truth = [](exact v) { return v != exact(0) ? 1.0L : 0.0L; };
    return bodies_named(r.name).real(truth(x), truth(y), truth(z));
  }
  if (is_complex(r.promoted)) return bodies_named(r.name).complex(x, y, z);
  if (is_integer(r.promoted)) {
    long double value = 0;
    if (integer_expected(r, x.real(), y.real(), z.real(), value)) return value;
    return bodies_named(r.name).real(x.real(), y.real(), z.real());
  }
  if (is_integer(r.operand))  // 64-bit integers round when they become double
    for (exact* v : {&x, &y, &z}) *v = static_cast<double>(v->real());
  if (r.name == "nextafter") {
    // Steps are those of the type in which it is computed; for a half that is float.
    if (r.promoted == dtype::float64) return std::nextafter(double(x.real()), double(y.real()));
    return rounded_to(r.result, std::nextafter(float(x.real()), float(y.real())));
  }
  return bodies_named(r.name).real(x.real(), y.real(), z.real());
}

double growth(const row& r, exact x, exact y, exact z, exact want) {
  long double grows = 1;
  const long double a = std::abs(x), b = std::abs(y), size = std::abs(want);
  if (r.name == "lerp") grows = std::max(a, b) * std::max(1.0L, std::abs(z)) / size;
  if (r.name == "logaddexp") {
    const long double larger = std::max(x.real(), y.real()), d = std::abs(x.real() - y.real());
    grows = std::max(std::abs(larger), (1 + d) * std::log1p(std::exp(-d))) / size;
  }
  if (r.name == "gelu") grows = a * a / 9;
  if (r.name == "pow" && is_complex(r.promoted)) grows = 1 + std::abs(y * std::log(x));
  return grows > 1 ? double(grows) : 1;  // also where it is NaN
}

error error_of(const row& r, exact x, exact y, exact z, exact got) {
  error e;
  e.want = expected(r, x, y, z);
  const double grows = growth(r, x, y, z, e.want);
  if (!is_complex(r.result) && !is_complex(r.promoted)) {
    e.allowed = grows * r.ulp + 1e-9;
    e.distance =
        real_distance(r, got.real(), e.want.real(), e.allowed, grows * std::abs(e.want.real()));
  } else if (is_integer(r.result)) {
    e.distance = got == e.want ? 0 : infinite;
  } else if (got != e.want) {
    e.allowed = grows * std::max(r.ulp, complex_ulp);
    const long double eps = std::ldexp(1.0L, 1 - format_of(r.promoted).digits);
    e.distance = double(std::abs(got - e.want) / (eps * std::abs(e.want)));
  }
  return e;
}

std::string words(dtype t, exact x) {
  std::ostringstream s;
  s.precision(21);
  s << x.real();
  if (is_complex(t)) s << " + " << x.imag() << "i";
  return s.str();
}

}  // namespace table
