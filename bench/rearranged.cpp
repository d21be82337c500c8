// bench/rearranged.cpp: operands read in another order than the result: y = a + transpose(b), every
// second element, backwards.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void transpose_add(const std::string& name, index_t size) {
  const index_t n = side(size);
  const auto matrix = array<T>(n, n);
  const problem p(name, size, outputs(matrix), inputs(matrix, matrix),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < n; ++k) y[i * n + k] = a[i * n + k] + b[k * n + i];
                  });
  p.weft([](auto& a, auto& b) { return a + transpose(b); });
  p.xtensor([](auto& a, auto& b) { return a + transpose(b); });
  p.eigen([](auto& a, auto& b) { return a + b.transpose(); });
}
const added transpose_added("transpose_add", transpose_add<float>, transpose_add<double>);

template <class T>
void strided(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(array<T>(2 * n).used(n), v),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i) y[i] = a[2 * i] + b[i];
                  });
  p.weft([](auto& a, auto& b) { return a(weft::range(0, std::nullopt, 2)) + b; });
#if defined(BENCH_XTENSOR)
  p.xtensor([n = int(n)](auto& a, auto& b) { return xt::view(a, xt::range(0, 2 * n, 2)) + b; });
#endif
#if defined(BENCH_EIGEN)
  p.eigen([n](auto& a, auto& b) { return a(Eigen::seqN(0, n, Eigen::fix<2>)) + b; });
#endif
}
const added strided_added("strided", strided<float>, strided<double>);

template <class T>
void reversed(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(v, v), [n](T* __restrict y, const T* a, const T* b) {
    for (index_t i = 0; i < n; ++i) y[i] = a[n - 1 - i] + b[i];
  });
  p.weft([](auto& a, auto& b) { return flip(a) + b; });
  p.xtensor([](auto& a, auto& b) { return flip(a, 0) + b; });
  p.eigen([](auto& a, auto& b) { return a.reverse() + b; });
}
const added reversed_added("reversed", reversed<float>, reversed<double>);

}  // namespace
}  // namespace bench
