// bench/main.cpp: all cases. Usage: weft_bench [--benchmark_filter=axpy] [--benchmark_format=json];
// docs/performance.md says how its figures are taken.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

int main(int argc, char** argv) {
  bench::limits();
  bench::axpy();
  bench::broadcasts();
  bench::mixed_dtype();
  bench::reductions();
  bench::stencil5();
  bench::transcendental();
  bench::transpose_add();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
