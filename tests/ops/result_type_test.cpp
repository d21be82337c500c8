// tests/ops/result_type_test.cpp: the element types of sums and of every rule, against tables that
// were typed by hand from the manual, not derived from promote.hpp.
#include <string>

#include "catch.hpp"
#include "table.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

// One letter a type, in the order of the dtypes:
//   ? bool   b h i l int8 to int64   B H I L uint8 to uint64
//   e float16   t bfloat16   f float   d double   F complex64   D complex128
constexpr std::string_view letters = "?bhilBHILetfdFD";
template <class T>
constexpr char letter = letters[std::size_t(dtype_of<T>)];

// Row and column: the operands' types.
constexpr std::string_view sums[] = {
    // ?bhilBHILetfdFD
    "iiiiliiILetfdFD",  // bool
    "iiiiliiILetfdFD",  // int8
    "iiiiliiILetfdFD",  // int16
    "iiiiliiILetfdFD",  // int32
    "llllllllLetfdFD",  // int64
    "iiiiliiILetfdFD",  // uint8
    "iiiiliiILetfdFD",  // uint16
    "IIIIlIIILetfdFD",  // uint32
    "LLLLLLLLLetfdFD",  // uint64
    "eeeeeeeeeeffdFD",  // float16
    "tttttttttftfdFD",  // bfloat16
    "ffffffffffffdFD",  // float
    "dddddddddddddDD",  // double
    "FFFFFFFFFFFFDFD",  // complex64
    "DDDDDDDDDDDDDDD",  // complex128
};

template <class F>
void for_each_type(F f) {
  const auto each = [&]<class... T>(std::type_identity<std::tuple<T...>>) {
    (f.template operator()<T>(), ...);
  };
  each(std::type_identity<
       std::tuple<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                  std::uint16_t, std::uint32_t, std::uint64_t, float16, bfloat16, float, double,
                  std::complex<float>, std::complex<double>>>{});
}

// The results of a row on operands of one type, `.` where it is not taken.
std::string results(std::string_view row) {
  std::string s;
  for (std::size_t t = 0; t < letters.size(); ++t) {
    char found = '.';
    for (const table::row& r : table::rows_on(dtype(t)))
      if (r.name == row) found = letters[std::size_t(r.result)];
    s += found;
  }
  return s;
}

}  // namespace

TEST_CASE("two types promote as the table in promote.hpp says, in either order") {
  for_each_type([]<class A>() {
    for_each_type([]<class B>() {
      const char want = sums[std::size_t(dtype_of<A>)][std::size_t(dtype_of<B>)];
      INFO(name_of(dtype_of<A>) << " + " << name_of(dtype_of<B>));
      CHECK(letter<promote_t<A, B>> == want);
      CHECK(letter<op::result_t<op::add, A, B>> == want);
      CHECK(letter<common_t<A, B>> == (std::same_as<A, B> ? letter<A> : want));
    });
    CHECK(letter<promote_t<A>> == letter<A>);
  });
}

TEST_CASE("each rule of the op table gives the types that the manual says") {
  CHECK(letters == "?bhilBHILetfdFD");
  CHECK(results("add") == "iiiiliiILetfdFD");       // ring: as C++ promotes
  CHECK(results("divide") == "iiiiliiILetfdFD");    // arithmetic: integers truncate
  CHECK(results("negative") == ".bhilBHILetfdFD");  // one operand keeps its type
  CHECK(results("minimum") == "?bhilBHILetfd..");   // real
  CHECK(results("sign") == "?bhilBHILetfd..");
  CHECK(results("bitwise_and") == ".bhilBHIL......");  // integral: equal types stay
  CHECK(results("gcd") == ".bhilBHIL......");
  CHECK(results("sin") == "dddddddddetfdFD");  // floating: integers become double
  CHECK(results("sqrt") == "dddddddddetfdFD");
  CHECK(results("cbrt") == "dddddddddetfd..");  // real_floating
  CHECK(results("atan2") == "dddddddddetfd..");
  CHECK(results("equal") == "???????????????");  // equality
  CHECK(results("less") == "?????????????..");   // ordering
  CHECK(results("isnan") == "???????????????");  // predicate
  CHECK(results("logical_and") == "???????????????");
  CHECK(results("abs") == "?bhilBHILetfdfd");    // magnitude: the component of complex
  CHECK(results("real") == "?bhilBHILetfdfd");   // component
  CHECK(results("arg") == "dddddddddetfdfd");    // angle
  CHECK(results("where") == "?bhilBHILetfdFD");  // select: equal types stay
}

TEST_CASE("mixed operands give the types that the manual says") {
  const auto is = []<class Want, class Got>() { return std::same_as<Want, Got>; };
  using i8 = std::int8_t;
  CHECK(is.operator()<int, op::result_t<op::add, i8, i8>>());
  CHECK(is.operator()<float16, op::result_t<op::add, float16, std::int64_t>>());
  CHECK(is.operator()<double, op::result_t<op::pow, int, float>>() == false);
  CHECK(is.operator()<float, op::result_t<op::pow, int, float>>());
  CHECK(is.operator()<float, op::result_t<op::atan2, float16, bfloat16>>());
  CHECK(is.operator()<i8, op::result_t<op::where, bool, i8, i8>>());
  CHECK(is.operator()<i8, op::result_t<op::where, double, i8, i8>>());
  CHECK(is.operator()<int, op::result_t<op::where, bool, i8, std::int16_t>>());
  CHECK(is.operator()<std::complex<float>, op::result_t<op::divide, std::complex<float>, i8>>());
  CHECK(is.operator()<std::int64_t, op::result_t<op::left_shift, i8, std::int64_t>>());
  CHECK(is.operator()<bool, op::result_t<op::logical_and, float, std::complex<double>>>());
}

TEST_CASE("a scalar never widens a tensor of its own kind") {
  CHECK(std::same_as<weak_t<double, float>, float>);
  CHECK(std::same_as<weak_t<double, bfloat16>, bfloat16>);
  CHECK(std::same_as<weak_t<long, std::int8_t>, std::int8_t>);
  CHECK(std::same_as<weak_t<int, bool>, int>);
  CHECK(std::same_as<weak_t<float, std::int64_t>, float>);
  CHECK(std::same_as<weak_t<std::complex<double>, float>, std::complex<float>>);
  CHECK(std::same_as<weak_t<std::complex<double>, float16>, std::complex<float>>);
  CHECK(std::same_as<weak_t<std::complex<float>, double>, std::complex<double>>);
  CHECK(std::same_as<weak_t<std::complex<float>, int>, std::complex<float>>);
}
