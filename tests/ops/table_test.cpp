// tests/ops/table_test.cpp: every row of the op table, evaluated by weft on float and double,
// against its own body in long double, within the row's bound.
#include <cmath>
#include <numeric>
#include <random>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// The distance between got and want in units in the last place of T at want.
template <class T>
double ulps(T got, long double want) {
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : 1e300;
  if (std::isinf(got) || std::isinf(want)) return got == static_cast<T>(want) ? 0 : 1e300;
  int exponent = 0;
  std::frexp(want, &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  return double(std::abs((long double)got - want) /
                std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits));
}

template <class T>
tensor<T> operands(double lo, double hi, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> in(lo, hi);
  tensor<T> x(shape{1003});  // not a multiple of the lanes, so that the tail is tested too
  for (T& v : x) v = static_cast<T>(in(random));
  x(0) = static_cast<T>(lo);
  x(1) = static_cast<T>(hi);
  return x;
}

// Rows that are tested by themselves, below or in tests/property: where takes a condition, the
// neighbour of a number depends on its type, and integral rows take no floats.
template <class Op>
constexpr bool by_itself = std::same_as<Op, op::where> || std::same_as<Op, op::nextafter> ||
                           std::same_as<typename Op::type_rule, op::rule::integral>;

template <class Op, class T>
void check_row() {
  if constexpr (!by_itself<Op>) {
    const tensor<T> x = operands<T>(Op::lo, Op::hi, 1), y = operands<T>(Op::lo, Op::hi, 2),
                    z = operands<T>(Op::lo, Op::hi, 3);
    const auto result = [&] {
      if constexpr (Op::arity == 1) return eval(make_node<Op>(x));
      if constexpr (Op::arity == 2) return eval(make_node<Op>(x, y));
      if constexpr (Op::arity == 3) return eval(make_node<Op>(x, y, z));
    }();
    using L = std::conditional_t<std::same_as<typename Op::type_rule, op::rule::logical>, bool,
                                 long double>;
    double worst = 0;
    index_t at = 0;
    for (index_t i = 0; i < x.size(); ++i) {
      const auto want = (long double)(Op::apply(L(x(i)), L(y(i)), L(z(i))));
      const double error = ulps(
          static_cast<std::conditional_t<std::same_as<T, float>, float, double>>(result(i)), want);
      if (error > worst) worst = error, at = i;
    }
    INFO(Op::name << " on " << name_of(dtype_of<T>) << ": " << worst << " ulp at x = " << x(at)
                  << ", y = " << y(at) << ", got " << result(at));
    CHECK(worst <= Op::ulp + 1e-9);
  }
}

}  // namespace

TEST_CASE("every row is within its bound on float and double") {
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, LO, HI, ULP, DOC) \
  check_row<op::NAME, float>();                                       \
  check_row<op::NAME, double>();
#include "weft/ops.def"
#undef OP
}

TEST_CASE("integer rows agree with their bodies on every element") {
  const tensor<int> x = arange(-50, 51), y = arange(50, -51, -1) % 7;
  const tensor<int> q = x / y, r = x % y, g = gcd(x, y);
  for (index_t i = 0; i < x.size(); ++i) {
    CHECK(q(i) == (y(i) ? x(i) / y(i) : 0));
    CHECK(r(i) == (y(i) ? x(i) % y(i) : 0));
    CHECK(g(i) == std::gcd(x(i), y(i)));
  }
}

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
