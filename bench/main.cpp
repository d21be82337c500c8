// bench/main.cpp: runs the cases. Usage: weft_bench [--benchmark_filter=axpy]
// [--benchmark_format=json]; docs/performance.md says how its figures are taken. Or
// weft_bench --agree=4096: compares all results of at most so many elements, and times nothing.
// SPDX-License-Identifier: BSD-3-Clause
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string_view>

#include "agree.hpp"

int main(int argc, char** argv) {
  constexpr std::string_view agree = "--agree=";
  if (argc == 2 && std::string_view(argv[1]).starts_with(agree))
    return bench::all_agree(std::atoll(argv[1] + agree.size())) ? 0 : 1;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
