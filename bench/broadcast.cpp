// bench/broadcast.cpp: a matrix with a row, with a column, and the two alone.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

using T = float;

void row(index_t size) {
  const index_t n = side(size);
  const double bytes = sizeof(T) * double(2 * n * n + n);
  add("row_broadcast", "weft", size, bytes, [n](index_t) {
    return [a = data<T>({n, n}), b = data<T>({n}),
            y = weft::tensor<T>(weft::shape{n, n})]() mutable { y = a + b; };
  });
  add("row_broadcast", "loop", size, bytes, [n](index_t) {
    return [a = data<T>({n, n}), b = data<T>({n}), y = weft::tensor<T>(weft::shape{n, n}),
            n]() mutable {
      const T *pa = a.data(), *pb = b.data();
      T* __restrict py = y.data();
      for (index_t i = 0; i < n; ++i)
        for (index_t k = 0; k < n; ++k) py[i * n + k] = pa[i * n + k] + pb[k];
    };
  });
#if defined(BENCH_XTENSOR)
  add("row_broadcast", "xtensor", size, bytes, [n](index_t) {
    return [a = xdata<T, 2>({n, n}), b = xdata<T, 1>({n}), y = xdata<T, 2>({n, n})]() mutable {
      xt::noalias(y) = a + b;
    };
  });
#endif
#if defined(BENCH_EIGEN)
  add("row_broadcast", "eigen", size, bytes, [n](index_t) {
    using A = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using R = Eigen::Array<T, 1, Eigen::Dynamic>;
    return [a = A(A::Random(n, n)), b = R(R::Random(n)), y = A(n, n)]() mutable {
      y = a.rowwise() + b;
    };
  });
#endif
}

void column(index_t size) {
  const index_t n = side(size);
  const double bytes = sizeof(T) * double(2 * n * n + n);
  add("col_broadcast", "weft", size, bytes, [n](index_t) {
    return [a = data<T>({n, n}), b = data<T>({n, 1}),
            y = weft::tensor<T>(weft::shape{n, n})]() mutable { y = a + b; };
  });
  add("col_broadcast", "loop", size, bytes, [n](index_t) {
    return [a = data<T>({n, n}), b = data<T>({n}), y = weft::tensor<T>(weft::shape{n, n}),
            n]() mutable {
      const T *pa = a.data(), *pb = b.data();
      T* __restrict py = y.data();
      for (index_t i = 0; i < n; ++i)
        for (index_t k = 0; k < n; ++k) py[i * n + k] = pa[i * n + k] + pb[i];
    };
  });
#if defined(BENCH_XTENSOR)
  add("col_broadcast", "xtensor", size, bytes, [n](index_t) {
    return [a = xdata<T, 2>({n, n}), b = xdata<T, 2>({n, 1}), y = xdata<T, 2>({n, n})]() mutable {
      xt::noalias(y) = a + b;
    };
  });
#endif
#if defined(BENCH_EIGEN)
  add("col_broadcast", "eigen", size, bytes, [n](index_t) {
    using A = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using C = Eigen::Array<T, Eigen::Dynamic, 1>;
    return [a = A(A::Random(n, n)), b = C(C::Random(n)), y = A(n, n)]() mutable {
      y = a.colwise() + b;
    };
  });
#endif
}

void outer(index_t size) {
  const index_t n = side(size);
  const double bytes = sizeof(T) * double(n * n + 2 * n);
  add("outer", "weft", size, bytes, [n](index_t) {
    return [a = data<T>({n, 1}), b = data<T>({n}),
            y = weft::tensor<T>(weft::shape{n, n})]() mutable { y = a * b; };
  });
  add("outer", "loop", size, bytes, [n](index_t) {
    return
        [a = data<T>({n}), b = data<T>({n}), y = weft::tensor<T>(weft::shape{n, n}), n]() mutable {
          const T *pa = a.data(), *pb = b.data();
          T* __restrict py = y.data();
          for (index_t i = 0; i < n; ++i)
            for (index_t k = 0; k < n; ++k) py[i * n + k] = pa[i] * pb[k];
        };
  });
#if defined(BENCH_XTENSOR)
  add("outer", "xtensor", size, bytes, [n](index_t) {
    return [a = xdata<T, 2>({n, 1}), b = xdata<T, 1>({n}), y = xdata<T, 2>({n, n})]() mutable {
      xt::noalias(y) = a * b;
    };
  });
#endif
#if defined(BENCH_EIGEN)
  add("outer", "eigen", size, bytes, [n](index_t) {
    using M = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using V = Eigen::Matrix<T, Eigen::Dynamic, 1>;
    return [a = V(V::Random(n)), b = V(V::Random(n)), y = M(n, n)]() mutable {
      y.noalias() = a * b.transpose();
    };
  });
#endif
}

}  // namespace

void broadcasts() {
  for (const index_t size : sizes) row(size);
  for (const index_t size : sizes) column(size);
  for (const index_t size : sizes) outer(size);
}

}  // namespace bench
