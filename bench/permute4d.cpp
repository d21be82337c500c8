// bench/permute4d.cpp: y(i, j, k, l) = x(j, l, i, k), where no two axes stay neighbours.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"
#if defined(BENCH_EIGEN)
#include "eigen_tensor.hpp"
#endif

namespace bench {
namespace {

template <class T>
void permute4d(const std::string& name, index_t size) {
  const index_t n = side(size, 4);
  const auto box = array<T>(n, n, n, n);
  const problem p(name, size, outputs(box), inputs(box), [n](T* __restrict y, const T* x) {
    for (index_t i = 0; i < n; ++i)
      for (index_t j = 0; j < n; ++j)
        for (index_t k = 0; k < n; ++k)
          for (index_t l = 0; l < n; ++l)
            y[((i * n + j) * n + k) * n + l] = x[((j * n + l) * n + i) * n + k];
  });
  p.weft([](auto& x) { return permute(x, {2, 0, 3, 1}); });
#if defined(BENCH_XTENSOR)
  p.xtensor([](auto& x) { return xt::transpose(x, std::array<std::size_t, 4>{2, 0, 3, 1}); });
#endif
  p.eigen([](auto& x) { return x.shuffle(std::array<int, 4>{2, 0, 3, 1}); });
}
const added permute4d_added("permute4d", permute4d<float>, permute4d<double>);

}  // namespace
}  // namespace bench
