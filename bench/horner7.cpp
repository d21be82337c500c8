// bench/horner7.cpp: y = a polynomial of degree 7 in x, by Horner's rule: the Taylor series of exp.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

template <class T>
auto polynomial(const auto& x) {
  return ((((((T(1.0 / 5040) * x + T(1.0 / 720)) * x + T(1.0 / 120)) * x + T(1.0 / 24)) * x +
            T(1.0 / 6)) *
               x +
           T(1.0 / 2)) *
              x +
          T(1)) *
             x +
         T(1);
}

template <class T>
void horner7(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(name, n, outputs(v), inputs(v), [n](T* __restrict y, const T* x) {
    for (index_t i = 0; i < n; ++i) y[i] = polynomial<T>(x[i]);
  });
  p.all([](auto& x) { return polynomial<T>(x); });
}
const added horner7_added("horner7", horner7<float>, horner7<double>);

}  // namespace
}  // namespace bench
