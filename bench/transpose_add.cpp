// bench/transpose_add.cpp: y = a + transpose(b), squares.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {

void transpose_add() {
  using T = float;
  for (const index_t size : sizes) {
    const index_t n = side(size);
    const double bytes = sizeof(T) * 3 * double(n * n);
    add("transpose_add", "weft", size, bytes, [n](index_t) {
      return [a = data<T>({n, n}), b = data<T>({n, n}),
              y = weft::tensor<T>(weft::shape{n, n})]() mutable { y = a + transpose(b); };
    });
    add("transpose_add", "loop", size, bytes, [n](index_t) {
      return [a = data<T>({n, n}), b = data<T>({n, n}), y = weft::tensor<T>(weft::shape{n, n}),
              n]() mutable {
        const T *pa = a.data(), *pb = b.data();
        T* __restrict py = y.data();
        for (index_t i = 0; i < n; ++i)
          for (index_t k = 0; k < n; ++k) py[i * n + k] = pa[i * n + k] + pb[k * n + i];
      };
    });
#if defined(BENCH_XTENSOR)
    add("transpose_add", "xtensor", size, bytes, [n](index_t) {
      return [a = xdata<T, 2>({n, n}), b = xdata<T, 2>({n, n}), y = xdata<T, 2>({n, n})]() mutable {
        xt::noalias(y) = a + xt::transpose(b);
      };
    });
#endif
#if defined(BENCH_EIGEN)
    add("transpose_add", "eigen", size, bytes, [n](index_t) {
      using A = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      return [a = A(A::Random(n, n)), b = A(A::Random(n, n)), y = A(n, n)]() mutable {
        y = a + b.transpose();
      };
    });
#endif
  }
}

}  // namespace bench
