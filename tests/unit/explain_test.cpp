// tests/unit/explain_test.cpp: explain says what will run, from the plan's own data.
// SPDX-License-Identifier: BSD-3-Clause
#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("explain writes the expression with the parentheses that it needs") {
  const tensor<float> a{1, 2}, b{3, 4};
  const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  CHECK(first_line(explain(a * b + sin(a))) == "y = a * b + sin(a)");
  CHECK(first_line(explain((a + b) * (a - (b - 2)))) == "y = (a + b) * (a - (b - 2))");
  CHECK(first_line(explain(-(a + b) / -2.5)) == "y = -(a + b) / -2.5");
  CHECK(first_line(explain(cast<int>(a) % 3 == 1 && b > a)) ==
        "y = cast<int32>(a) % 3 == 1 && b > a");
  CHECK(first_line(explain(where(a > b, a, map([](float v) { return v; }, b)))) ==
        "y = where(a > b, a, map(f, b))");
}

TEST_CASE("explain names each stage, leaf and output, and why each is reached as it is") {
  tensor<float> x(shape{100, 200}), y(shape{100, 200}), column(shape{100, 1});
  auto s = share(exp(x));
  const std::string text = explain(s / (s + column));
  CHECK_THAT(text, ContainsSubstring("s1 = exp(a)\ny = s1 / (s1 + b)\n"));
  CHECK_THAT(text, ContainsSubstring("b float32 (100, 1): in place, one element serves a row"));
  CHECK_THAT(text, ContainsSubstring("s1 float32: shared tile"));
  const std::string several = explain(assign(x, x + 1), assign(y, column * 2));
  CHECK_THAT(several, ContainsSubstring("y1 = a + 1\ny2 = b * 2\n"));
}

TEST_CASE("explain of an assignment tells the overlap from the same elements") {
  tensor<float> x(shape{64, 64});
  CHECK_THAT(explain(assign(x, x + 1)), ContainsSubstring("the output's own elements"));
  CHECK_THAT(explain(assign(x, transpose(x) + 1)),
             ContainsSubstring("through a temporary since it overlaps"));
  CHECK_THAT(explain(assign(x, transpose(x) + 1)), ContainsSubstring("16384 in temporaries"));
  CHECK_THAT(explain(assign(x(range(1, 64)), x(range(0, 63)) + 1)),
             ContainsSubstring("last tile first"));
}

TEST_CASE("a copy of a tensor shows its plan when asked") {
  // Run with WEFT_SHOW=plan, CTest looks for the plan on standard error.
  const tensor<float> x{1, 2, 3};
  CHECK(eval(x + 1)(2) == 4);
}

TEST_CASE("explain predicts the time, and says what limits it") {
  const auto prediction = [](const std::string& text) {
    return text.substr(text.find("predicted: "));
  };
  const tensor<float> few{1, 2, 3}, many(shape{1 << 25});
  CHECK_THAT(prediction(explain(few + 1)), ContainsSubstring("limited by planning"));
  CHECK_THAT(prediction(explain(many + 1)), ContainsSubstring("limited by memory"));
  CHECK_THAT(prediction(explain(tgamma(many))), ContainsSubstring("limited by the operations"));
  const auto rows = reshape(many, {1 << 15, 1 << 10});
  CHECK_THAT(prediction(explain(sum(few))), ContainsSubstring("limited by planning"));
  CHECK_THAT(prediction(explain(sum(rows, 1))), ContainsSubstring("limited by memory"));
}

TEST_CASE("bytes_moved counts each operand, also one that is read twice, and the result") {
  const tensor<float> a{1, 2, 3};
  const tensor<std::int8_t> b{4};
  const traffic t = bytes_moved(a + b);
  CHECK(t.written == 3 * sizeof(float));
  CHECK(t.read == 3 * sizeof(float) + 1);
  CHECK(t.temporary == 0);
  CHECK(bytes_moved(a * a + a).read == 3 * t.written);
}
