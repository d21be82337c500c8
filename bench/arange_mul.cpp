// bench/arange_mul.cpp: y = a * (0, 1, 2 ...), where the second factor is never stored.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void arange_mul(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(v), [n](T* __restrict y, const T* a) {
    for (index_t i = 0; i < n; ++i) y[i] = a[i] * T(i);
  });
  p.weft([n](auto& a) { return a * weft::arange(T(n)); });
#if defined(BENCH_XTENSOR)
  p.xtensor([n](auto& a) { return a * xt::arange<T>(T(n)); });
#endif
#if defined(BENCH_EIGEN)
  p.eigen(
      [n](auto& a) { return a * Eigen::Array<T, Eigen::Dynamic, 1>::LinSpaced(n, 0, T(n - 1)); });
#endif
}
const added arange_mul_added("arange_mul", arange_mul<float>, arange_mul<double>);

}  // namespace
}  // namespace bench
