// bench/ops/ops.cpp: each row of the op table on registers and one element at a time, as
// `row/registers/dtype` and `row/scalar/dtype`, on elements in the cache. ops.py makes a table of
// what it prints, with the costs that include/weft/ops.def states.
// SPDX-License-Identifier: BSD-3-Clause
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <weft/weft.hpp>

namespace {

using namespace weft;

constexpr index_t count = 1024;  // three of double fit an L1 cache

/// Operands as the tests draw them, uniformly between the row's bounds, but up to 100.
template <class Op, class T>
tensor<T> drawn(std::mt19937_64& random) {
  std::uniform_real_distribution<double> value(std::max(Op::lo, -100.0), std::min(Op::hi, 100.0));
  tensor<T> x(shape{count});
  for (T& element : x) element = static_cast<T>(value(random));
  return x;
}

/// The fused loop of this row alone.
template <class Op, class R, class... T>
void on_registers(R* to, T*... from) {
  using Out = kernel::out<R, kernel::apply<Op, kernel::in<T>...>>;
  void* const data[] = {to, from...};
  static constexpr index_t no_step[1 + sizeof...(T)] = {};
  kernel::loop<1 + sizeof...(T), Out>({data, no_step, 1, count, false, false});
}

/// The row's body on single numbers, in a loop that the compiler cannot put on registers.
template <class Op, class R, class... T>
void one_by_one(R* to, T*... from) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    for (index_t i = 0; i < count; ++i) {
      to[i] = static_cast<R>(
          op::evaluate<Op>(static_cast<op::operand_t<Op, int(I), T...>>(from[i])...));
      asm volatile("" : : : "memory");
    }
  }(std::index_sequence_for<T...>());
}

template <class Op, class... T>
void add_row(const std::string& dtype) {
  if constexpr (op::accepts<Op, T...>) {
    using R = op::result_t<Op, T...>;
    const auto add = [&](const char* how, void (*loop)(R*, T*...)) {
      const std::string name = std::string(Op::name) + "/" + how + "/" + dtype;
      benchmark::RegisterBenchmark(name.c_str(), [loop](benchmark::State& state) {
        std::mt19937_64 random;
        std::tuple<tensor<T>...> operands{drawn<Op, T>(random)...};
        tensor<R> result(shape{count});
        for (auto _ : state) {
          std::apply([&](auto&... x) { loop(result.data(), x.data()...); }, operands);
          benchmark::ClobberMemory();
        }
        state.SetItemsProcessed(state.iterations() * count);
      });
    };
    add("registers", on_registers<Op, R, T...>);
    add("scalar", one_by_one<Op, R, T...>);
  }
}

template <class Op, class T>
void add_type(const std::string& dtype) {
  if constexpr (std::same_as<Op, op::where>)
    add_row<Op, bool, T, T>(dtype);
  else if constexpr (Op::arity == 1)
    add_row<Op, T>(dtype);
  else if constexpr (Op::arity == 2)
    add_row<Op, T, T>(dtype);
  else
    add_row<Op, T, T, T>(dtype);
}

}  // namespace

int main(int argc, char** argv) {
#define OP(NAME, ...)                         \
  add_type<weft::op::NAME, float>("float");   \
  add_type<weft::op::NAME, double>("double"); \
  add_type<weft::op::NAME, std::int32_t>("int32");
#include "weft/ops.def"
#undef OP
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
