// bench/stencil5.cpp: the five-point Laplacian of the inside of a square, through shifted views.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {

void stencil5() {
  using T = float;
  for (const index_t size : sizes) {
    const index_t n = side(size);
    const double bytes = sizeof(T) * double(n * n + (n - 2) * (n - 2));
    add("stencil5", "weft", size, bytes, [n](index_t) {
      return [x = data<T>({n, n}), y = weft::zeros<T>({n, n})]() mutable {
        using weft::range;
        const range in(1, -1), before(0, -2), after(2, std::nullopt);
        y(in, in) = x(before, in) + x(after, in) + x(in, before) + x(in, after) - 4.0f * x(in, in);
      };
    });
    add("stencil5", "loop", size, bytes, [n](index_t) {
      return [x = data<T>({n, n}), y = weft::zeros<T>({n, n}), n]() mutable {
        const T* p = x.data();
        T* __restrict py = y.data();
        for (index_t i = 1; i < n - 1; ++i)
          for (index_t k = 1; k < n - 1; ++k) {
            const index_t at = i * n + k;
            py[at] = p[at - n] + p[at + n] + p[at - 1] + p[at + 1] - 4.0f * p[at];
          }
      };
    });
#if defined(BENCH_XTENSOR)
    add("stencil5", "xtensor", size, bytes, [n](index_t) {
      return [x = xdata<T, 2>({n, n}), y = xdata<T, 2>({n, n}), n = int(n)]() mutable {
        auto in = xt::range(1, n - 1), before = xt::range(0, n - 2), after = xt::range(2, n);
        auto inside = xt::view(y, in, in);
        xt::noalias(inside) = xt::view(x, before, in) + xt::view(x, after, in) +
                              xt::view(x, in, before) + xt::view(x, in, after) -
                              4.0f * xt::view(x, in, in);
      };
    });
#endif
#if defined(BENCH_EIGEN)
    add("stencil5", "eigen", size, bytes, [n](index_t) {
      using A = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      return [x = A(A::Random(n, n)), y = A(A::Zero(n, n)), m = n - 2]() mutable {
        y.block(1, 1, m, m) = x.block(0, 1, m, m) + x.block(2, 1, m, m) + x.block(1, 0, m, m) +
                              x.block(1, 2, m, m) - 4.0f * x.block(1, 1, m, m);
      };
    });
#endif
  }
}

}  // namespace bench
