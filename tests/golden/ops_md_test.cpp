// tests/golden/ops_md_test.cpp: docs/ops.md is the op table as people read it.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "weft/op.hpp"

namespace {

std::string number(double x) {
  std::ostringstream text;
  text << x;
  return text.str();
}

// `x + y`, `sin(x)`: how the row is written in an expression.
std::string written(std::string_view spelling, int arity) {
  const std::string_view names[] = {"x", "y", "z"};
  if (spelling.starts_with("operator")) {
    const std::string symbol(spelling.substr(8));
    return arity == 1 ? symbol + "x" : "x " + symbol + " y";
  }
  std::string text = std::string(spelling) + "(x";
  for (int k = 1; k < arity; ++k) text += ", " + std::string(names[k]);
  return text + ")";
}

// A bar ends a cell of a Markdown table.
std::string in_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

template <class Op>
std::string line(const char* rule) {
  return "| `" + in_cell(written(Op::spelling, Op::arity)) + "` | " + rule + " | " +
         (Op::form == weft::op::simd::batch ? "registers" : "one by one") + " | " +
         number(Op::ulp) + " on " + number(Op::lo) + " ... " + number(Op::hi) + " | " +
         in_cell(std::string(Op::doc)) + " |\n";
}

std::string expected() {
  std::string text =
      "# The elementwise operations\n\n"
      "Written from `include/weft/ops.def`, one row for each of its own; `tests/golden` keeps the "
      "two equal.\n\n"
      "- *types*: `ring` and `arithmetic` promote as C++ does, bool to int, and integers of `ring` "
      "wrap; `real` keeps equal types and takes no complex; `integral` takes integers and keeps "
      "equal types; `floating` "
      "and `real_floating` turn integers into double; `equality`, `ordering`, `predicate` and "
      "`logical` give bool; `magnitude`, `component` and `angle` turn complex into its real type; "
      "`select` chooses between two values of one type.\n"
      "- *float, double*: whether the row works on whole SIMD registers or one number at a time; "
      "integers work on registers where that is simple and are else left to the compiler.\n"
      "- *error*: the largest one that the tests allow, in units in the last place, on operands "
      "from the range.\n\n"
      "| expression | types | float, double | error | |\n"
      "|---|---|---|---|---|\n";
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC) \
  text += line<weft::op::NAME>(#RULE);
#include "weft/ops.def"
#undef OP
  return text;
}

}  // namespace

TEST_CASE("docs/ops.md says what the op table says") {
  const std::string path = "../../docs/ops.md";
  if (std::getenv("WEFT_UPDATE_GOLDEN")) std::ofstream(path) << expected();
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  INFO("run golden_tests with WEFT_UPDATE_GOLDEN=1 in tests/golden to write docs/ops.md anew");
  CHECK(found.str() == expected());
}
