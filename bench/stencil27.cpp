// bench/stencil27.cpp: a weighted sum over the 3 x 3 x 3 neighbours of each element of the inside
// of a cube, through shifted views.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"
#if defined(BENCH_EIGEN)
#include "eigen_tensor.hpp"
#endif

namespace bench {
namespace {

/// x(i, j, k) is the neighbour at (i - 1, j - 1, k - 1). The weights of the middle, the faces, the
/// edges and the corners add up to 1.
template <class T>
auto weighted(const auto& x) {
  return T(8.0 / 64) * x(1, 1, 1) +
         T(4.0 / 64) *
             (x(0, 1, 1) + x(2, 1, 1) + x(1, 0, 1) + x(1, 2, 1) + x(1, 1, 0) + x(1, 1, 2)) +
         T(2.0 / 64) *
             (x(0, 0, 1) + x(0, 2, 1) + x(2, 0, 1) + x(2, 2, 1) + x(0, 1, 0) + x(0, 1, 2) +
              x(2, 1, 0) + x(2, 1, 2) + x(1, 0, 0) + x(1, 0, 2) + x(1, 2, 0) + x(1, 2, 2)) +
         T(1.0 / 64) * (x(0, 0, 0) + x(0, 0, 2) + x(0, 2, 0) + x(0, 2, 2) + x(2, 0, 0) +
                        x(2, 0, 2) + x(2, 2, 0) + x(2, 2, 2));
}

template <class T>
void stencil27(const std::string& name, index_t size) {
  const index_t n = side(size, 3), m = n - 2;
  const auto cube = array<T>(n, n, n);
  const problem p(
      name, size, outputs(cube.used(m * m * m)), inputs(cube), [n](T* __restrict y, const T* x) {
        for (index_t i = 1; i < n - 1; ++i)
          for (index_t j = 1; j < n - 1; ++j)
            for (index_t k = 1; k < n - 1; ++k)
              y[(i * n + j) * n + k] = weighted<T>([&](index_t a, index_t b, index_t c) {
                return x[((i + a - 1) * n + j + b - 1) * n + k + c - 1];
              });
      });
  p.weft([n](auto& y, auto& x) {
    const auto part = [n](index_t a) { return weft::range(a, n - 2 + a); };
    y(part(1), part(1), part(1)) =
        weighted<T>([&](index_t a, index_t b, index_t c) { return x(part(a), part(b), part(c)); });
  });
#if defined(BENCH_XTENSOR)
  p.xtensor([n = int(n)](auto& y, auto& x) {
    const auto part = [n](int a) { return xt::range(a, n - 2 + a); };
    auto inside = xt::view(y, part(1), part(1), part(1));
    xt::noalias(inside) =
        weighted<T>([&](int a, int b, int c) { return xt::view(x, part(a), part(b), part(c)); });
  });
#endif
#if defined(BENCH_EIGEN)
  p.eigen([m](auto& y, auto& x) {
    using at = Eigen::array<index_t, 3>;
    const at whole{m, m, m};
    y.slice(at{1, 1, 1}, whole) =
        weighted<T>([&](index_t a, index_t b, index_t c) { return x.slice(at{a, b, c}, whole); });
  });
#endif
}
const added stencil27_added("stencil27", stencil27<float>, stencil27<double>);

}  // namespace
}  // namespace bench
