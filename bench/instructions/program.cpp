// bench/instructions/program.cpp: evaluates one case a number of times, for instructions.py to
// count: `weft_instructions CASE float32|float64 TIMES`. Operands are between 0.1 and 1.1.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <weft/weft.hpp>

namespace {

using namespace weft;

constexpr index_t side = 64;  // 4096 elements

template <class T>
bool run(std::string_view name, int times) {
  const auto operand = [](index_t modulus) {
    return eval(cast<T>(from_index({side, side}, [=](index_t i) {
      return 0.1 + double(i * 7919 % modulus) / double(modulus);
    })));
  };
  const tensor<T> a = operand(1000), b = operand(977), c = operand(991);
  tensor<T> y(shape{side, side});
  bool known = false;
  const auto item = [&](std::string_view its_name, auto evaluate) {
    if (name != its_name) return;
    known = true;
    for (int k = 0; k < times; ++k) evaluate();
  };
  item("axpy", [&] { y = a * b + c; });
  item("exp", [&] { y = exp(a); });
  item("expm1", [&] { y = expm1(a); });
  item("tanh", [&] { y = tanh(a); });
  item("log", [&] { y = log(a); });
  item("sin", [&] { y = sin(a); });
  item("cos", [&] { y = cos(a); });
  item("tan", [&] { y = tan(a); });
  item("erf", [&] { y = erf(a); });
  item("transcendental", [&] { y = exp(-a * a) * sin(b) + tanh(c); });
  item("where", [&] { y = where(a > b, a, c); });
  item("row", [&] { y = a + b(0, all); });
  item("column", [&] { y = a + b(all, range(0, 1)); });
  item("transpose", [&] { y = a + transpose(b); });
  item("reversed", [&] { y = a + flip(b, 1); });
  return known;
}

}  // namespace

int main(int argc, char** argv) {
  weft::set_num_threads(1);
  const std::string_view type = argc == 4 ? argv[2] : "";
  const int times = argc == 4 ? std::atoi(argv[3]) : 0;
  if (type == "float32" && run<float>(argv[1], times)) return 0;
  if (type == "float64" && run<double>(argv[1], times)) return 0;
  std::fputs("usage: weft_instructions CASE float32|float64 TIMES; program.cpp lists the cases\n",
             stderr);
  return 1;
}
