// bench/mixed_dtype.cpp: y = i + f * d over int32, float and double. The result is double, so there
// is no second variant.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include "bench.hpp"

namespace bench {
namespace {

void mixed_dtype(const std::string& name, index_t n) {
  const problem p(
      name, n, outputs(array<double>(n)),
      inputs(array<std::int32_t>(n), array<float>(n), array<double>(n)),
      [n](double* __restrict y, const std::int32_t* i, const float* f, const double* d) {
        for (index_t k = 0; k < n; ++k) y[k] = i[k] + f[k] * d[k];
      });
  p.weft([](auto& i, auto& f, auto& d) { return i + f * d; });
  p.xtensor([](auto& i, auto& f, auto& d) { return i + f * d; });
  p.eigen([](auto& i, auto& f, auto& d) {
    return i.template cast<double>() + f.template cast<double>() * d;
  });
}
const added mixed_dtype_added("mixed_dtype", mixed_dtype);

}  // namespace
}  // namespace bench
