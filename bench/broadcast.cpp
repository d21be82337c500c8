// bench/broadcast.cpp: a matrix with a row, with a column, and the two alone.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void row(const std::string& name, index_t size) {
  const index_t n = side(size);
  const auto matrix = array<T>(n, n);
  const problem p(name, size, outputs(matrix), inputs(matrix, array<T>(n)),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < n; ++k) y[i * n + k] = a[i * n + k] + b[k];
                  });
  p.weft([](auto& a, auto& b) { return a + b; });
  p.xtensor([](auto& a, auto& b) { return a + b; });
  p.eigen([](auto& a, auto& b) { return a.rowwise() + b.transpose(); });
}
const added row_added("row_broadcast", row<float>, row<double>);

template <class T>
void column(const std::string& name, index_t size) {
  const index_t n = side(size), one = 1;
  const auto matrix = array<T>(n, n);
  const problem p(name, size, outputs(matrix), inputs(matrix, array<T>(n, one)),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < n; ++k) y[i * n + k] = a[i * n + k] + b[i];
                  });
  p.weft([](auto& a, auto& b) { return a + b; });
  p.xtensor([](auto& a, auto& b) { return a + b; });
  p.eigen([](auto& a, auto& b) { return a.colwise() + b.col(0); });
}
const added column_added("col_broadcast", column<float>, column<double>);

template <class T>
void outer(const std::string& name, index_t size) {
  const index_t n = side(size), one = 1;
  const problem p(name, size, outputs(array<T>(n, n)), inputs(array<T>(n, one), array<T>(n)),
                  [n](T* __restrict y, const T* a, const T* b) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < n; ++k) y[i * n + k] = a[i] * b[k];
                  });
  p.weft([](auto& a, auto& b) { return a * b; });
  p.xtensor([](auto& a, auto& b) { return a * b; });
  p.eigen([](auto& y, auto& a, auto& b) {
    y.matrix().noalias() = a.matrix().col(0) * b.matrix().transpose();
  });
}
const added outer_added("outer", outer<float>, outer<double>);

}  // namespace
}  // namespace bench
