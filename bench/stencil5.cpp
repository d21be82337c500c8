// bench/stencil5.cpp: the five-point Laplacian of the inside of a square, through shifted views.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void stencil5(const std::string& name, index_t size) {
  const index_t n = side(size), m = n - 2;
  const auto square = array<T>(n, n);
  const problem p(name, size, outputs(square.used(m * m)), inputs(square.used(n * n - 4)),
                  [n](T* __restrict y, const T* x) {
                    for (index_t i = 1; i < n - 1; ++i)
                      for (index_t k = 1; k < n - 1; ++k) {
                        const index_t at = i * n + k;
                        y[at] = x[at - n] + x[at + n] + x[at - 1] + x[at + 1] - T(4) * x[at];
                      }
                  });
  p.weft([](auto& y, auto& x) {
    const weft::range in(1, -1), before(0, -2), after(2, std::nullopt);
    y(in, in) = x(before, in) + x(after, in) + x(in, before) + x(in, after) - T(4) * x(in, in);
  });
#if defined(BENCH_XTENSOR)
  p.xtensor([n = int(n)](auto& y, auto& x) {
    auto in = xt::range(1, n - 1), before = xt::range(0, n - 2), after = xt::range(2, n);
    auto inside = xt::view(y, in, in);
    xt::noalias(inside) = xt::view(x, before, in) + xt::view(x, after, in) +
                          xt::view(x, in, before) + xt::view(x, in, after) -
                          T(4) * xt::view(x, in, in);
  });
#endif
  p.eigen([m](auto& y, auto& x) {
    y.block(1, 1, m, m) = x.block(0, 1, m, m) + x.block(2, 1, m, m) + x.block(1, 0, m, m) +
                          x.block(1, 2, m, m) - T(4) * x.block(1, 1, m, m);
  });
}
const added stencil5_added("stencil5", stencil5<float>, stencil5<double>);

}  // namespace
}  // namespace bench
