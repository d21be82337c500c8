// tests/ops/position_test.cpp: where an element stands does not change its result. weft::eval on
// every length up to a few registers, bit for bit what the element gives alone; any NaN is a NaN.
#include <cstring>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

constexpr index_t longest = 70;

template <class Op, class T>
auto result_of(const tensor<T>& x) {
  if constexpr (Op::arity == 1) return eval(make_node<Op>(x));
  if constexpr (Op::arity == 2) return eval(make_node<Op>(x, T(Op::hi)));
  if constexpr (Op::arity == 3) return eval(make_node<Op>(x, T(Op::lo), T(Op::hi)));
}

// Numbers in the row's domain, at and around its ends, and those on which SIMD paths part.
template <class Op, class T>
std::vector<T> numbers() {
  using limits = std::numeric_limits<T>;
  std::vector<T> v = {T(Op::lo),
                      T(Op::hi),
                      T(-0.0),
                      limits::infinity(),
                      limits::quiet_NaN(),
                      limits::denorm_min(),
                      T(-3) * limits::denorm_min(),
                      limits::max(),
                      T(-89.5),
                      T(1e30),
                      T(127.7)};
  while (v.size() < std::size_t(longest))
    v.push_back(T(Op::lo + (Op::hi - Op::lo) * double(v.size() * 37 % 71) / 71));
  return v;
}

template <class Op, class T>
void check_positions() {
  if constexpr (Op::form == op::simd::batch) {
    const std::vector<T> v = numbers<Op, T>();
    using R = typename decltype(result_of<Op, T>(tensor<T>{}))::value_type;
    tensor<R> alone(shape{longest});
    for (index_t i = 0; i < longest; ++i) {
      const tensor<T> one{v[std::size_t(i)]};
      alone(i) = result_of<Op, T>(one)(0);
    }
    index_t wrong = 0;
    for (index_t n = 1; n <= longest; ++n) {
      tensor<T> x(shape{n});
      // Each number comes to the start, the middle and the tail of some length.
      const auto number = [&](index_t i) { return (i + 11 * n) % longest; };
      for (index_t i = 0; i < n; ++i) x(i) = v[std::size_t(number(i))];
      const auto y = result_of<Op, T>(x);
      for (index_t i = 0; i < n; ++i) {
        const R got = y(i), want = alone(number(i));
        const bool both_nan = got != got && want != want;  // its sign means nothing
        wrong += !both_nan && std::memcmp(&got, &want, sizeof(R)) != 0;
      }
    }
    INFO(Op::name << " on " << name_of(dtype_of<T>));
    CHECK(wrong == 0);
  }
}

template <class T>
void check_all() {
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC) \
  check_positions<op::NAME, T>();
#include "weft/ops.def"
#undef OP
}

}  // namespace

TEST_CASE("a float's result is the same at the start, in the middle and in the tail of a row") {
  check_all<float>();
}

TEST_CASE("a double's result is the same at the start, in the middle and in the tail of a row") {
  check_all<double>();
}
