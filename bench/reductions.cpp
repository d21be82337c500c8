// bench/reductions.cpp: sums, extremes and their places over each axis of a square, row
// normalisations over rows of several lengths, a sum over a short axis, and distances without the
// array of differences.
// SPDX-License-Identifier: BSD-3-Clause
#include <complex>
#include <numeric>

#include "bench.hpp"

namespace bench {
namespace {

constexpr index_t large = 16777216;

template <class T>
void sum_all(const std::string& name, index_t size) {
  const auto v = array<T>(size);
  const index_t one = 1;
  const problem p(name, size, outputs(array<T>(one)), inputs(v, v),
                  [size](T* __restrict y, const T* a, const T* b) {
                    double s = 0;  // the definition: in float the loop itself would be wrong
                    for (index_t i = 0; i < size; ++i) s += double(a[i]) * double(b[i]);
                    y[0] = T(s);
                  });
  p.fused([](auto& a, auto& b) { return sum(a * b, 0, weft::keepdims); });
#if defined(BENCH_EIGEN)
  p.eigen([](auto& y, auto& a, auto& b) { y(0) = (a * b).sum(); });
#endif
#if defined(BENCH_XTENSOR)
  if constexpr (std::same_as<T, double>)  // in float its one chain of adds is wrong
    p.xtensor([](auto& y, auto& a, auto& b) { y(0) = xt::sum(a * b)(); });
#endif
}
const added sum_all_added("sum_all", sum_all<float>, sum_all<double>);

// A square reduced to a row or to a column.
template <class T, class Loop, class F>
auto of_square(const std::string& name, index_t size, Loop loop, F formula) {
  const index_t n = side(size);
  const problem p(name, size, outputs(array<T>(n)), inputs(array<T>(n, n)),
                  [n, loop](T* __restrict y, const T* x) { loop(y, x, n); });
  p.fused(formula);
  return p;
}

template <class T>
void sum_axis0(const std::string& name, index_t size) {
  const auto loop = [](T* __restrict y, const T* x, index_t n) {
    std::fill_n(y, n, T(0));
    for (index_t i = 0; i < n; ++i)
      for (index_t k = 0; k < n; ++k) y[k] += x[i * n + k];
  };
  const auto p = of_square<T>(name, size, loop, [](auto& x) { return sum(x, 0); });
  p.eigen([](auto& y, auto& x) { y = x.colwise().sum().transpose(); });
#if defined(BENCH_XTENSOR)
  p.xtensor([](auto& y, auto& x) { xt::noalias(y) = xt::sum(x, {0}); });
#endif
}
const added sum_axis0_added("sum_axis0", sum_axis0<float>, sum_axis0<double>);

template <class T>
void sum_axis1(const std::string& name, index_t size) {
  const auto loop = [](T* __restrict y, const T* x, index_t n) {
    for (index_t i = 0; i < n; ++i) {
      T s = 0;
      for (index_t k = 0; k < n; ++k) s += x[i * n + k];
      y[i] = s;
    }
  };
  const auto p = of_square<T>(name, size, loop, [](auto& x) { return sum(x, 1); });
  p.eigen([](auto& y, auto& x) { y = x.rowwise().sum(); });
#if defined(BENCH_XTENSOR)
  p.xtensor([](auto& y, auto& x) { xt::noalias(y) = xt::sum(x, {1}); });
#endif
}
const added sum_axis1_added("sum_axis1", sum_axis1<float>, sum_axis1<double>);

void max_axis0(const std::string& name, index_t size) {
  using T = float;
  const auto loop = [](T* __restrict y, const T* x, index_t n) {
    std::copy_n(x, n, y);
    for (index_t i = 1; i < n; ++i)
      for (index_t k = 0; k < n; ++k) y[k] = y[k] < x[i * n + k] ? x[i * n + k] : y[k];
  };
  const auto p = of_square<T>(name, size, loop, [](auto& x) { return max(x, 0); });
  p.eigen([](auto& y, auto& x) { y = x.colwise().maxCoeff().transpose(); });
#if defined(BENCH_XTENSOR)
  p.xtensor([](auto& y, auto& x) { xt::noalias(y) = xt::amax(x, {0}); });
#endif
}
const added max_axis0_added("max_axis0", max_axis0);

void max_axis1(const std::string& name, index_t size) {
  using T = float;
  const auto loop = [](T* __restrict y, const T* x, index_t n) {
    for (index_t i = 0; i < n; ++i) y[i] = *std::max_element(x + i * n, x + (i + 1) * n);
  };
  const auto p = of_square<T>(name, size, loop, [](auto& x) { return max(x, 1); });
  p.eigen([](auto& y, auto& x) { y = x.rowwise().maxCoeff(); });
#if defined(BENCH_XTENSOR)
  p.xtensor([](auto& y, auto& x) { xt::noalias(y) = xt::amax(x, {1}); });
#endif
}
const added max_axis1_added("max_axis1", max_axis1);

void argmax_axis0(const std::string& name, index_t size) {
  using T = float;
  const auto loop = [](T* __restrict y, const T* x, index_t n) {
    std::vector<T> best(x, x + n);
    std::fill_n(y, n, T(0));
    for (index_t i = 1; i < n; ++i)
      for (index_t k = 0; k < n; ++k)
        if (x[i * n + k] > best[std::size_t(k)]) best[std::size_t(k)] = x[i * n + k], y[k] = T(i);
  };
  of_square<T>(name, size, loop, [](auto& x) { return argmax(x, 0); });
}
const added argmax_axis0_added("argmax_axis0", argmax_axis0);

void argmax_axis1(const std::string& name, index_t size) {
  using T = float;
  const auto loop = [](T* __restrict y, const T* x, index_t n) {
    for (index_t i = 0; i < n; ++i)
      y[i] = T(std::max_element(x + i * n, x + (i + 1) * n) - (x + i * n));
  };
  of_square<T>(name, size, loop, [](auto& x) { return argmax(x, 1); });
}
const added argmax_axis1_added("argmax_axis1", argmax_axis1);

template <class T>
void mean_var_axis1(const std::string& name, index_t size) {
  const index_t n = side(size);
  const problem p(name, size, outputs(array<T>(n), array<T>(n)), inputs(array<T>(n, n)),
                  [n](T* __restrict m, T* __restrict v, const T* x) {
                    for (index_t i = 0; i < n; ++i, x += n) {
                      T s = 0, q = 0;
                      for (index_t k = 0; k < n; ++k) s += x[k];
                      m[i] = s / T(n);
                      for (index_t k = 0; k < n; ++k) q += (x[k] - m[i]) * (x[k] - m[i]);
                      v[i] = q / T(n);
                    }
                  });
  p.fused([](auto& m, auto& v, auto& x) { eval(assign(m, mean(x, 1)), assign(v, var(x, 1))); });
}
const added mean_var_added("mean_var_axis1", mean_var_axis1<float>, mean_var_axis1<double>);

void sum_mid(const std::string& name, index_t size) {
  if (size != large) return;
  using T = float;
  const index_t a = 512, b = 256, c = 128;
  const problem p(name, size, outputs(array<T>(a, c)), inputs(array<T>(a, b, c)),
                  [=](T* __restrict y, const T* x) {
                    std::fill_n(y, a * c, T(0));
                    for (index_t i = 0; i < a; ++i)
                      for (index_t j = 0; j < b; ++j)
                        for (index_t k = 0; k < c; ++k) y[i * c + k] += x[(i * b + j) * c + k];
                  });
  p.fused([](auto& x) { return sum(x, 1); });
}
const added sum_mid_added("sum_mid", sum_mid);

// Rows of Length elements, such as the classes of a classifier or the channels of a point.
template <index_t Length, class Loop, class F>
void of_short_rows(const std::string& name, index_t size, Loop loop, F formula) {
  using T = float;
  const index_t n = size / Length;
  if (n == 0) return;
  const problem p(name, size, outputs(array<T>(n)), inputs(array<T>(n, Length)),
                  [n, loop](T* __restrict y, const T* x) {
                    for (index_t i = 0; i < n; ++i) y[i] = loop(x + i * Length);
                  });
  p.fused(formula);
}
template <index_t Length>
void sum_rows(const std::string& name, index_t size) {
  const auto loop = [](const float* x) { return std::accumulate(x, x + Length, 0.0f); };
  of_short_rows<Length>(name, size, loop, [](auto& x) { return sum(x, 1); });
}
template <index_t Length>
void max_rows(const std::string& name, index_t size) {
  const auto loop = [](const float* x) { return *std::max_element(x, x + Length); };
  of_short_rows<Length>(name, size, loop, [](auto& x) { return max(x, 1); });
}
const added sum_rows_of_10_added("sum_rows_of_10", sum_rows<10>);
const added sum_rows_of_64_added("sum_rows_of_64", sum_rows<64>);
const added max_rows_of_10_added("max_rows_of_10", max_rows<10>);

// Points as rows of 3 coordinates.
void sum_of_points(const std::string& name, index_t size) {
  using T = float;
  const index_t n = size / 3, d = 3;
  const problem p(name, size, outputs(array<T>(d)), inputs(array<T>(n, d)),
                  [=](T* __restrict y, const T* x) {
                    double s[3] = {};  // in float the loop itself would be wrong
                    for (index_t i = 0; i < n; ++i)
                      for (index_t k = 0; k < d; ++k) s[k] += double(x[i * d + k]);
                    std::copy_n(s, d, y);
                  });
  p.fused([](auto& x) { return sum(x, 0); });
}
const added sum_of_points_added("sum_of_points", sum_of_points);

void argmax_of_points(const std::string& name, index_t size) {
  using T = float;
  const index_t n = size / 3, d = 3;
  const problem p(name, size, outputs(array<T>(d)), inputs(array<T>(n, d)),
                  [=](T* __restrict y, const T* x) {
                    index_t best[3] = {};
                    for (index_t i = 1; i < n; ++i)
                      for (index_t k = 0; k < d; ++k)
                        if (x[best[k] * d + k] < x[i * d + k]) best[k] = i;
                    for (index_t k = 0; k < d; ++k) y[k] = T(best[k]);
                  });
  p.fused([](auto& x) { return argmax(x, 0); });
}
const added argmax_of_points_added("argmax_of_points", argmax_of_points);

// Rows of `length`, `large` elements in all; loop(to, from, length) for one row.
template <class Loop>
auto of_rows(const std::string& name, index_t length, Loop loop) {
  using T = float;
  const index_t count = large / length;
  const auto rows = array<T>(count, length);
  return problem(name + "_" + std::to_string(length), large, outputs(rows), inputs(rows),
                 [=](T* __restrict y, const T* x) {
                   for (index_t i = 0; i < count; ++i) loop(y + i * length, x + i * length, length);
                 });
}
struct by_rows {
  by_rows(const char* name, void (*f)(const std::string&, index_t)) {
    for (const index_t length : {64, 1024, 4096, 65536}) f(name, length);
  }
};

void softmax_loop(float* y, const float* x, index_t n) {
  const float most = *std::max_element(x, x + n);
  float s = 0;
  for (index_t k = 0; k < n; ++k) s += y[k] = std::exp(x[k] - most);
  for (index_t k = 0; k < n; ++k) y[k] /= s;
}
void standard_loop(float* y, const float* x, index_t n, float eps) {
  float s = 0, q = 0;
  for (index_t k = 0; k < n; ++k) s += x[k];
  const float mean = s / float(n);
  for (index_t k = 0; k < n; ++k) q += (x[k] - mean) * (x[k] - mean);
  const float scale = 1 / std::sqrt(q / float(n) + eps);
  for (index_t k = 0; k < n; ++k) y[k] = (x[k] - mean) * scale;
}

void softmax_rows(const std::string& name, index_t length) {
  const auto p = of_rows(name, length, softmax_loop);
  p.fused([](auto& x) { return softmax(x); });
  p.eigen([](auto& y, auto& x) {
    y = (x.colwise() - x.rowwise().maxCoeff()).exp();
    y.colwise() /= y.rowwise().sum().eval();
  });
}
const by_rows softmax_added("softmax", softmax_rows);

// As a user writes it: repeated reductions are found.
void softmax_written(const std::string& name, index_t length) {
  const auto p = of_rows(name, length, softmax_loop);
  p.fused([](auto& x) {
    using weft::keepdims;
    return exp(x - max(x, -1, keepdims)) / sum(exp(x - max(x, -1, keepdims)), -1, keepdims);
  });
}
const by_rows written_added("softmax_written", softmax_written);

void layer_norm_rows(const std::string& name, index_t length) {
  const auto p = of_rows(
      name, length, [](float* y, const float* x, index_t n) { standard_loop(y, x, n, 1e-5f); });
  p.fused([](auto& x) { return layer_norm(x); });
}
const by_rows layer_norm_added("layer_norm", layer_norm_rows);

void zscore_rows(const std::string& name, index_t length) {
  const auto p =
      of_rows(name, length, [](float* y, const float* x, index_t n) { standard_loop(y, x, n, 0); });
  p.fused([](auto& x) { return zscore(x); });
}
const by_rows zscore_added("zscore", zscore_rows);

void zscore_written(const std::string& name, index_t length) {
  const auto p =
      of_rows(name, length, [](float* y, const float* x, index_t n) { standard_loop(y, x, n, 0); });
  p.fused([](auto& x) {
    using weft::keepdims;
    return (x - mean(x, -1, keepdims)) / stddev(x, -1, keepdims);
  });
}
const by_rows zscore_written_added("zscore_written", zscore_written);

// |z|^2 of complex numbers over an axis of 5. Their parts come as floats.
void abs2_sum(const std::string& name, index_t size) {
  if (size != large) return;
  using C = std::complex<float>;
  const index_t n = 5000 * 400, m = 5, two = 2;
  const problem p(name, n * m, outputs(array<float>(n)), inputs(array<float>(n, m, two)),
                  [=](float* __restrict y, const float* x) {
                    for (index_t i = 0; i < n; ++i) {
                      y[i] = 0;
                      for (index_t k = 0; k < 2 * m; ++k)
                        y[i] += x[i * 2 * m + k] * x[i * 2 * m + k];
                    }
                  });
  p.fused([=](auto& y, auto& x) {
    const weft::view<const C> z(reinterpret_cast<const C*>(x.data()), weft::shape{n, m});
    y = sum(abs2(z), 1);
  });
}
const added abs2_sum_added("abs2_sum", abs2_sum);

// Distances of 1024 points from 1024 others.
void pairwise(const std::string& name, index_t size) {
  if (size != large) return;
  using T = float;
  const index_t n = 1024, d = 64;
  const problem p(name, n * n, outputs(array<T>(n, n)), inputs(array<T>(n, d), array<T>(n, d)),
                  [=](T* __restrict r, const T* x, const T* y) {
                    for (index_t i = 0; i < n; ++i)
                      for (index_t j = 0; j < n; ++j) {
                        T s = 0;
                        for (index_t k = 0; k < d; ++k)
                          s += (x[i * d + k] - y[j * d + k]) * (x[i * d + k] - y[j * d + k]);
                        r[i * n + j] = std::sqrt(s);
                      }
                  });
  p.fused([](auto& x, auto& y) { return distances(x, y); });
}
const added pairwise_added("pairwise", pairwise);

}  // namespace
}  // namespace bench
