// bench/where.cpp: y = b where a is large, else c; half of the conditions hold, in no order.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
void where(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(v, v, v),
                  [n](T* __restrict y, const T* a, const T* b, const T* c) {
                    for (index_t i = 0; i < n; ++i) y[i] = a[i] > T(0.6) ? b[i] : c[i];
                  });
  p.weft([](auto& a, auto& b, auto& c) { return where(a > T(0.6), b, c); });
  p.xtensor([](auto& a, auto& b, auto& c) { return where(a > T(0.6), b, c); });
  p.eigen([](auto& a, auto& b, auto& c) { return (a > T(0.6)).select(b, c); });
}
const added where_added("where", where<float>, where<double>);

}  // namespace
}  // namespace bench
