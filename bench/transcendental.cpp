// bench/transcendental.cpp: y = exp(-a * a) * sin(b) + tanh(c), where the functions cost more than
// the memory. SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {

void transcendental() {
  using T = float;
  for (const index_t size : sizes) {
    const double bytes = double(size) * 4 * sizeof(T);
    add("transcendental", "weft", size, bytes, [](index_t n) {
      return
          [a = data<T>({n}), b = data<T>({n}), c = data<T>({n}),
           y = weft::tensor<T>(weft::shape{n})]() mutable { y = exp(-a * a) * sin(b) + tanh(c); };
    });
    add("transcendental", "loop", size, bytes, [](index_t n) {
      return [a = data<T>({n}), b = data<T>({n}), c = data<T>({n}),
              y = weft::tensor<T>(weft::shape{n}), n]() mutable {
        const T *pa = a.data(), *pb = b.data(), *pc = c.data();
        T* __restrict py = y.data();
        for (index_t i = 0; i < n; ++i)
          py[i] = std::exp(-pa[i] * pa[i]) * std::sin(pb[i]) + std::tanh(pc[i]);
      };
    });
#if defined(BENCH_XTENSOR)
    add("transcendental", "xtensor", size, bytes, [](index_t n) {
      return [a = xdata<T, 1>({n}), b = xdata<T, 1>({n}), c = xdata<T, 1>({n}),
              y = xdata<T, 1>({n})]() mutable {
        xt::noalias(y) = xt::exp(-a * a) * xt::sin(b) + xt::tanh(c);
      };
    });
#endif
#if defined(BENCH_EIGEN)
    add("transcendental", "eigen", size, bytes, [](index_t n) {
      using A = Eigen::Array<T, Eigen::Dynamic, 1>;
      return [a = A(A::Random(n)), b = A(A::Random(n)), c = A(A::Random(n)), y = A(n)]() mutable {
        y = (-a * a).exp() * b.sin() + c.tanh();
      };
    });
#endif
  }
}

}  // namespace bench
