// bench/transcendental.cpp: y = exp(-a * a) * sin(b) + tanh(c), where the functions cost more than
// the memory.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void transcendental(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(v, v, v),
                  [n](T* __restrict y, const T* a, const T* b, const T* c) {
                    for (index_t i = 0; i < n; ++i)
                      y[i] = std::exp(-a[i] * a[i]) * std::sin(b[i]) + std::tanh(c[i]);
                  });
  p.all([](auto& a, auto& b, auto& c) { return exp(-a * a) * sin(b) + tanh(c); });
}
const added transcendental_added("transcendental", transcendental<float>, transcendental<double>);

}  // namespace
}  // namespace bench
