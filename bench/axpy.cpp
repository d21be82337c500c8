// bench/axpy.cpp: y = a * b + c, contiguous.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void axpy(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(v, v, v),
                  [n](T* __restrict y, const T* a, const T* b, const T* c) {
                    for (index_t i = 0; i < n; ++i) y[i] = a[i] * b[i] + c[i];
                  });
  p.all([](auto& a, auto& b, auto& c) { return a * b + c; });
}
const added axpy_added("axpy", axpy<float>, axpy<double>);

}  // namespace
}  // namespace bench
