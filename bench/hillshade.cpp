// bench/hillshade.cpp: shaded relief of int16 heights, the example of docs/examples: integers
// converted, shifted views, two shared slopes and a long formula.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include "bench.hpp"

namespace bench {
namespace {

template <class T>
T maximum(T x, T y) {
  return x > y ? x : y;
}
#if defined(BENCH_EIGEN)
template <class E>
auto maximum(const Eigen::ArrayBase<E>& x, typename E::Scalar y) {
  return x.max(y);
}
#endif

/// Brightness by Horn's formula, for light from the north-west, 45 degrees high: p and q are the
/// slopes to the east and to the south.
template <class T>
auto shade(const auto& p, const auto& q) {
  using std::sqrt;
  return T(255) *
         maximum((T(0.70710678) - (T(-0.5) * p - T(0.5) * q)) / sqrt(T(1) + p * p + q * q), T(0));
}

// Differences over two cells become slopes.
template <class T>
constexpr T per_width = T(0.5 / 74.4);
template <class T>
constexpr T per_height = T(0.5 / 92.6);

template <class T>
void hillshade(const std::string& name, index_t size) {
  const index_t n = side(size), m = n - 2;
  const problem p(name, size, outputs(array<T>(n, n).used(m * m)),
                  inputs(array<std::int16_t>(n, n).used(n * n - 4)),
                  [n](T* __restrict y, const std::int16_t* z) {
                    for (index_t i = 1; i < n - 1; ++i)
                      for (index_t k = 1; k < n - 1; ++k) {
                        const std::int16_t* at = z + i * n + k;
                        y[i * n + k] = shade<T>((T(at[1]) - T(at[-1])) * per_width<T>,
                                                (T(at[n]) - T(at[-n])) * per_height<T>);
                      }
                  });
  p.weft([](auto& y, auto& z) {
    const weft::range in(1, -1), before(0, -2), after(2, std::nullopt);
    const auto east = (cast<T>(z(in, after)) - cast<T>(z(in, before))) * per_width<T>;
    const auto south = (cast<T>(z(after, in)) - cast<T>(z(before, in))) * per_height<T>;
    y(in, in) = shade<T>(share(east), share(south));
  });
#if defined(BENCH_XTENSOR)
  p.xtensor([n = int(n)](auto& y, auto& z) {
    auto in = xt::range(1, n - 1), before = xt::range(0, n - 2), after = xt::range(2, n);
    const auto part = [&](auto rows, auto columns) {
      return xt::cast<T>(xt::view(z, rows, columns));
    };
    const auto east = (part(in, after) - part(in, before)) * per_width<T>;
    const auto south = (part(after, in) - part(before, in)) * per_height<T>;
    auto inside = xt::view(y, in, in);
    xt::noalias(inside) = shade<T>(east, south);
  });
#endif
  p.eigen([m](auto& y, auto& z) {
    const auto part = [&](index_t i, index_t k) { return z.block(i, k, m, m).template cast<T>(); };
    const auto east = (part(1, 2) - part(1, 0)) * per_width<T>;
    const auto south = (part(2, 1) - part(0, 1)) * per_height<T>;
    y.block(1, 1, m, m) = shade<T>(east, south);
  });
}
const added hillshade_added("hillshade", hillshade<float>, hillshade<double>);

}  // namespace
}  // namespace bench
