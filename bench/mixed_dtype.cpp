// bench/mixed_dtype.cpp: y = i + f * d over int32, float and double, into double.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {

void mixed_dtype() {
  for (const index_t size : sizes) {
    const double bytes = double(size) * (4 + 4 + 8 + 8);
    add("mixed_dtype", "weft", size, bytes, [](index_t n) {
      return [i = data<std::int32_t>({n}), f = data<float>({n}), d = data<double>({n}),
              y = weft::tensor<double>(weft::shape{n})]() mutable { y = i + f * d; };
    });
    add("mixed_dtype", "loop", size, bytes, [](index_t n) {
      return [i = data<std::int32_t>({n}), f = data<float>({n}), d = data<double>({n}),
              y = weft::tensor<double>(weft::shape{n}), n]() mutable {
        const std::int32_t* pi = i.data();
        const float* pf = f.data();
        const double* pd = d.data();
        double* __restrict py = y.data();
        for (index_t k = 0; k < n; ++k) py[k] = pi[k] + pf[k] * pd[k];
      };
    });
#if defined(BENCH_XTENSOR)
    add("mixed_dtype", "xtensor", size, bytes, [](index_t n) {
      return [i = xdata<std::int32_t, 1>({n}), f = xdata<float, 1>({n}), d = xdata<double, 1>({n}),
              y = xdata<double, 1>({n})]() mutable { xt::noalias(y) = i + f * d; };
    });
#endif
#if defined(BENCH_EIGEN)
    add("mixed_dtype", "eigen", size, bytes, [](index_t n) {
      using D = Eigen::Array<double, Eigen::Dynamic, 1>;
      using F = Eigen::Array<float, Eigen::Dynamic, 1>;
      using I = Eigen::Array<int, Eigen::Dynamic, 1>;
      return [i = I(I::Random(n)), f = F(F::Random(n)), d = D(D::Random(n)), y = D(n)]() mutable {
        y = i.template cast<double>() + f.template cast<double>() * d;
      };
    });
#endif
  }
}

}  // namespace bench
