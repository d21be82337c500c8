// bench/axpy.cpp: y = a * b + c, contiguous. SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void add_all(const std::string& name) {
  for (const index_t size : sizes) {
    const double bytes = double(size) * 4 * sizeof(T);
    add(name, "weft", size, bytes, [](index_t n) {
      return [a = data<T>({n}), b = data<T>({n}), c = data<T>({n}),
              y = weft::tensor<T>(weft::shape{n})]() mutable { y = a * b + c; };
    });
    add(name, "eager", size, bytes, [](index_t n) {
      return [a = data<T>({n}), b = data<T>({n}), c = data<T>({n}),
              y = weft::tensor<T>(weft::shape{n})]() mutable {
        const weft::tensor<T> product = a * b;
        y = product + c;
      };
    });
    add(name, "loop", size, bytes, [](index_t n) {
      return [a = data<T>({n}), b = data<T>({n}), c = data<T>({n}),
              y = weft::tensor<T>(weft::shape{n}), n]() mutable {
        const T *pa = a.data(), *pb = b.data(), *pc = c.data();
        T* __restrict py = y.data();
        for (index_t i = 0; i < n; ++i) py[i] = pa[i] * pb[i] + pc[i];
      };
    });
#if defined(BENCH_XTENSOR)
    add(name, "xtensor", size, bytes, [](index_t n) {
      return [a = xdata<T, 1>({n}), b = xdata<T, 1>({n}), c = xdata<T, 1>({n}),
              y = xdata<T, 1>({n})]() mutable { xt::noalias(y) = a * b + c; };
    });
    add(name, "xarray", size, bytes, [](index_t n) {
      return [a = xt::xarray<T>(xdata<T, 1>({n})), b = xt::xarray<T>(xdata<T, 1>({n})),
              c = xt::xarray<T>(xdata<T, 1>({n})),
              y = xt::xarray<T>(xdata<T, 1>({n}))]() mutable { xt::noalias(y) = a * b + c; };
    });
#endif
#if defined(BENCH_EIGEN)
    add(name, "eigen", size, bytes, [](index_t n) {
      using A = Eigen::Array<T, Eigen::Dynamic, 1>;
      return [a = A(A::Random(n)), b = A(A::Random(n)), c = A(A::Random(n)), y = A(n)]() mutable {
        y = a * b + c;
      };
    });
#endif
  }
}

}  // namespace

void axpy() {
  add_all<float>("axpy");
  add_all<double>("axpy_f64");
}

}  // namespace bench
