// bench/short_rows.cpp: many rows of few elements: colours times a colour, and the inside of rows
// of nine less a column.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void rows_of_3(const std::string& name, index_t size) {
  const index_t columns = 3, n = size / columns;
  const auto rows = array<T>(n, columns);
  const problem p(name, size, outputs(rows), inputs(rows, array<T>(columns)),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < 3; ++k) y[i * 3 + k] = a[i * 3 + k] * b[k];
                  });
  p.weft([](auto& a, auto& b) { return a * b; });
  p.xtensor([](auto& a, auto& b) { return a * b; });
  p.eigen([](auto& a, auto& b) { return a.rowwise() * b.transpose(); });
}
const added rows_of_3_added("rows_of_3", rows_of_3<float>, rows_of_3<double>);

template <class T>
void rows_of_7(const std::string& name, index_t size) {
  const index_t columns = 7, n = std::max(size / columns, index_t(1)), wide = 9, one = 1;
  const problem p(name, size, outputs(array<T>(n, columns)),
                  inputs(array<T>(n, wide).used(n * columns), array<T>(n, one)),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < 7; ++k) y[i * 7 + k] = a[i * 9 + k + 1] - b[i];
                  });
  p.weft([](auto& a, auto& b) { return a(weft::all, weft::range(1, 8)) - b; });
#if defined(BENCH_XTENSOR)
  p.xtensor([](auto& a, auto& b) { return xt::view(a, xt::all(), xt::range(1, 8)) - b; });
#endif
  p.eigen([](auto& a, auto& b) { return a.middleCols(1, 7).colwise() - b.col(0); });
}
const added rows_of_7_added("rows_of_7", rows_of_7<float>, rows_of_7<double>);

}  // namespace
}  // namespace bench
