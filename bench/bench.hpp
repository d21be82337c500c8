// bench/bench.hpp: how a case is registered: `case/implementation/size`, useful bytes per run.
// A case is a function that gets its sizes and adds its implementations; each implementation is a
// setup that makes the data and returns what is timed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <weft/weft.hpp>

#if defined(BENCH_XTENSOR)
#include <weft/xtensor.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif
#if defined(BENCH_EIGEN)
#include <Eigen/Core>
#endif

namespace bench {

using weft::index_t;

/// Elements of every case; the two-dimensional ones take the square of about as many.
inline constexpr index_t sizes[] = {16, 64, 4096, 131072, 16777216};
inline index_t side(index_t size) { return index_t(std::lround(std::sqrt(double(size)))); }

/// Adds `name/implementation/size`. setup(size) makes the data and returns a callable that
/// evaluates once; only that is timed. `bytes` are useful ones: every distinct element of an
/// operand once, every element of an output once.
template <class Setup>
void add(const std::string& name, const std::string& implementation, index_t size, double bytes,
         Setup setup) {
  const std::string full = name + "/" + implementation + "/" + std::to_string(size);
  benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
    auto run = setup(size);
    run();  // page faults and first plans are not what is measured
    for (auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * index_t(bytes));
  })->UseRealTime();
}

/// A tensor with values in [0.1, 1.1), different everywhere nearby.
template <class T>
weft::tensor<T> data(const weft::shape& s) {
  using namespace weft;
  return eval(cast<T>(
      cast<float>(from_index(s, [](index_t i) { return int(i * 7919 % 1000); })) * 0.001f + 0.1f));
}

#if defined(BENCH_XTENSOR)
/// The same in xtensor's container.
template <class T, std::size_t N>
xt::xtensor<T, N> xdata(const weft::shape& s) {
  std::array<std::size_t, N> extents;
  std::copy(s.begin(), s.end(), extents.begin());
  xt::xtensor<T, N> x(extents);
  weft::eval(weft::assign(x, data<T>(s)));
  return x;
}
#endif

void limits();
void axpy();
void broadcasts();
void mixed_dtype();
void reductions();
void stencil5();
void transcendental();
void transpose_add();

}  // namespace bench
