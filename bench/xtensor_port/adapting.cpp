// bench/xtensor_port/adapting.cpp: what it costs to make a view of somebody's memory, and back.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>
#include <weft/dlpack.hpp>
#include <weft/standard.hpp>

#include "port.hpp"

namespace {

template <class F>
int adapting(const char* name, F f) {
  benchmark::RegisterBenchmark(name, [f](benchmark::State& state) {
    for (auto _ : state) {
      auto v = f();
      benchmark::DoNotOptimize(v);
    }
  });
  return 0;
}

std::vector<float> memory(16);
weft::tensor<float> tensor(weft::shape{4, 4});
xt::xarray<float> any_rank = xt::zeros<float>({4, 4});
xt::xtensor<float, 2> ranked = any_rank;

[[maybe_unused]] const int added[] = {
    adapting("adapting/vector", [] { return weft::view_of(memory); }),
    adapting("adapting/pointer", [] { return weft::adapt(memory.data(), {4, 4}); }),
    adapting("adapting/xarray", [] { return weft::view_of(any_rank); }),
    adapting("adapting/xtensor", [] { return weft::view_of(ranked); }),
    adapting("adapting/to_xtensor", [] { return weft::to_xtensor<2>(tensor); }),
    adapting("adapting/dlpack_out",
             [] {
               auto* sent = weft::to_dlpack(tensor);
               sent->deleter(sent);
               return sent;
             }),
    adapting("adapting/dlpack_out_and_in",
             [] { return weft::from_dlpack<float>(weft::to_dlpack(tensor)); })};

}  // namespace
