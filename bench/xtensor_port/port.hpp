// bench/xtensor_port/port.hpp: one snippet of xtensor code, timed as it is and with weft's word in
// xtensor's place. The snippet is written once, over a `word` that stands for noalias.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#if __has_include(<xtensor/core/xnoalias.hpp>)
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/core/xvectorize.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xvectorize.hpp>
#endif

namespace port {

using line = xt::xtensor<float, 1>;
using plane = xt::xtensor<float, 2>;
using cube = xt::xtensor<float, 3>;

struct xtensor_word {
  template <class Y>
  decltype(auto) operator()(Y&& y) const {
    return xt::noalias(std::forward<Y>(y));
  }
};
struct weft_word {
  template <class Y>
  auto operator()(Y&& y) const {
    return weft::noalias(std::forward<Y>(y));
  }
};

/// Values in [0.1, 1.1), different everywhere nearby.
template <class X>
X filled(const typename X::shape_type& s, int start = 0) {
  X x(s);
  std::int64_t i = start;
  for (auto& v : x) v = 0.1f + 0.001f * float(i++ * 7919 % 1000);
  return x;
}

/// Elements of the results.
inline constexpr std::size_t sizes[] = {4096, 131072, 4194304};

/// Adds `xtensor_port/name/xtensor/size` and `.../weft/size`. setup(size, word) makes the data and
/// returns a callable that computes once and returns a reference to the result; both results must
/// agree to 1e-4 of their size.
template <class Setup>
int add(const std::string& name, Setup setup) {
  const auto one = [&](const std::string& who, std::size_t size, auto word) {
    const std::string full = "xtensor_port/" + name + "/" + who + "/" + std::to_string(size);
    benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
      auto run = setup(size, word);
      auto rival = setup(size, xtensor_word{});
      const auto& found = run();
      const auto& expected = rival();
      auto e = expected.begin();
      for (const float y : found) {
        const float x = *e++;
        if (!(std::abs(x - y) <= 1e-4f * (1 + std::abs(x)))) {
          state.SkipWithError("the results differ");
          break;
        }
      }
      for (auto _ : state) {
        run();
        benchmark::ClobberMemory();
      }
      state.SetItemsProcessed(state.iterations() * std::int64_t(found.size()));
    })->UseRealTime();
  };
  for (const std::size_t size : sizes) {
    one("xtensor", size, xtensor_word{});
    one("weft", size, weft_word{});
  }
  return 0;
}

inline std::size_t side(std::size_t size) {
  return std::size_t(std::lround(std::sqrt(double(size))));
}

}  // namespace port
