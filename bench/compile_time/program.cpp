// bench/compile_time/program.cpp: what compile_time.py builds: a library's header, and so many of
// ten distinct expressions over it. -DWITH_WEFT, -DWITH_XTENSOR, -DWITH_EIGEN or -DWITH_XSIMD
// chooses the library, -DEXPRESSIONS=3 the count.
// SPDX-License-Identifier: BSD-3-Clause
#if defined(WITH_WEFT)
#include <weft/weft.hpp>
using array = weft::tensor<float>;
void set(array& y, const auto& e) { y = e; }
#elif defined(WITH_XTENSOR)
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
using array = xt::xarray<float>;
void set(array& y, const auto& e) { xt::noalias(y) = e; }
#elif defined(WITH_EIGEN)
#include <Eigen/Core>
using array = Eigen::Array<float, Eigen::Dynamic, 1>;
void set(array& y, const auto& e) { y = e; }
#elif defined(WITH_XSIMD)
#include <xsimd/xsimd.hpp>
#endif

#if EXPRESSIONS >= 1
void multiply_add(array& y, const array& a, const array& b, const array& c) { set(y, a * b + c); }
#endif
#if EXPRESSIONS >= 2
void weighted(array& y, const array& a, const array& b, const array& c) {
  set(y, 0.25f * a + 0.5f * b + 0.25f * c);
}
#endif
#if EXPRESSIONS >= 3
void wave(array& y, const array& a, const array& b) { set(y, exp(-a * a) * sin(b)); }
#endif
#if EXPRESSIONS >= 4
void length(array& y, const array& a, const array& b, const array& c) {
  set(y, sqrt(a * a + b * b + c * c));
}
#endif
#if EXPRESSIONS >= 5
void polynomial(array& y, const array& a) { set(y, ((2.0f * a + 3.0f) * a + 4.0f) * a + 5.0f); }
#endif
#if EXPRESSIONS >= 6
void fraction(array& y, const array& a, const array& b) { set(y, (a - b) / (a + b)); }
#endif
#if EXPRESSIONS >= 7
void logistic(array& y, const array& a) { set(y, 1.0f / (1.0f + exp(-a))); }
#endif
#if EXPRESSIONS >= 8
void entropy(array& y, const array& a, const array& b) { set(y, -(a * log(a) + b * log(b))); }
#endif
#if EXPRESSIONS >= 9
void turned(array& y, const array& a, const array& b, const array& c) {
  set(y, cos(a) * b - sin(a) * c);
}
#endif
#if EXPRESSIONS >= 10
void distance(array& y, const array& a, const array& b, const array& c) {
  set(y, abs(a - b) + abs(b - c) * tanh(c));
}
#endif
