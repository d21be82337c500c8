// bench/reductions.cpp: sums, extremes and their places over each axis, row normalisations over
// rows of several lengths, sums over a short axis, and distances without the array of differences.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"

namespace bench {
namespace {

using T = float;
constexpr index_t large = 16777216;
constexpr double element = sizeof(T);

#if defined(BENCH_EIGEN)
using rows = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
#endif

// `name` of a square matrix: f(x) by weft, g(x, n) by a loop that returns something to keep.
template <class Weft, class Loop>
void add_of_matrix(const std::string& name, index_t size, Weft f, Loop g, double operands = 1) {
  const index_t n = side(size);
  const double bytes = element * operands * double(n * n);
  add(name, "weft", size, bytes, [=](index_t) {
    return [x = data<T>({n, n}), y = eval(f(data<T>({n, n}))), f]() mutable { y = f(x); };
  });
  add(name, "loop", size, bytes, [=](index_t) {
    return [x = data<T>({n, n}), y = std::vector<T>(std::size_t(n)), n, g]() mutable {
      g(x.data(), y.data(), n);
      benchmark::DoNotOptimize(y.data());
    };
  });
}
template <class F>
void add_xtensor([[maybe_unused]] const std::string& name, [[maybe_unused]] index_t size,
                 [[maybe_unused]] F f, [[maybe_unused]] double operands = 1) {
#if defined(BENCH_XTENSOR)
  const index_t n = side(size);
  add(name, "xtensor", size, element * operands * double(n * n), [=](index_t) {
    return [x = xdata<T, 2>({n, n}), f]() mutable { benchmark::DoNotOptimize(f(x)); };
  });
#endif
}
template <class F>
void add_eigen([[maybe_unused]] const std::string& name, [[maybe_unused]] index_t size,
               [[maybe_unused]] F f, [[maybe_unused]] double operands = 1) {
#if defined(BENCH_EIGEN)
  const index_t n = side(size);
  add(name, "eigen", size, element * operands * double(n * n), [=](index_t) {
    return [x = rows(rows::Random(n, n)), f]() mutable { benchmark::DoNotOptimize(f(x)); };
  });
#endif
}

void sums(index_t size) {
  const auto all = [](const T* x, T* y, index_t n) {
    T s = 0;
    for (index_t i = 0; i < n * n; ++i) s += x[i] * x[i];
    *y = s;
  };
  const auto down = [](const T* x, T* y, index_t n) {
    std::fill_n(y, n, T(0));
    for (index_t i = 0; i < n; ++i)
      for (index_t k = 0; k < n; ++k) y[k] += x[i * n + k];
  };
  const auto along = [](const T* x, T* y, index_t n) {
    for (index_t i = 0; i < n; ++i) {
      T s = 0;
      for (index_t k = 0; k < n; ++k) s += x[i * n + k];
      y[i] = s;
    }
  };
  add_of_matrix("sum_all", size, [](const auto& x) { return weft::sum(x * x); }, all);
  add_of_matrix("sum_axis0", size, [](const auto& x) { return weft::sum(x, 0); }, down);
  add_of_matrix("sum_axis1", size, [](const auto& x) { return weft::sum(x, 1); }, along);
  add_eigen("sum_all", size, [](auto& x) { return (x * x).sum(); });
#if defined(BENCH_EIGEN)
  add_eigen("sum_axis0", size,
            [](auto& x) { return Eigen::Array<T, 1, Eigen::Dynamic>(x.colwise().sum()); });
  add_eigen("sum_axis1", size,
            [](auto& x) { return Eigen::Array<T, Eigen::Dynamic, 1>(x.rowwise().sum()); });
#endif
#if defined(BENCH_XTENSOR)
  add_xtensor("sum_all", size,
              [](auto& x) { return xt::sum(x * x, xt::evaluation_strategy::immediate)(); });
  add_xtensor("sum_axis0", size, [](auto& x) { return xt::xtensor<T, 1>(xt::sum(x, {0})); });
  add_xtensor("sum_axis1", size, [](auto& x) { return xt::xtensor<T, 1>(xt::sum(x, {1})); });
#endif
}

void extremes(index_t size) {
  const auto along = [](const T* x, T* y, index_t n) {
    for (index_t i = 0; i < n; ++i) y[i] = *std::max_element(x + i * n, x + (i + 1) * n);
  };
  const auto down = [](const T* x, T* y, index_t n) {
    std::copy_n(x, n, y);
    for (index_t i = 1; i < n; ++i)
      for (index_t k = 0; k < n; ++k) y[k] = y[k] < x[i * n + k] ? x[i * n + k] : y[k];
  };
  const auto place_along = [](const T* x, T* y, index_t n) {
    for (index_t i = 0; i < n; ++i)
      y[i] = T(std::max_element(x + i * n, x + (i + 1) * n) - (x + i * n));
  };
  const auto place_down = [](const T* x, T* y, index_t n) {
    std::vector<T> best(x, x + n);
    std::fill_n(y, n, T(0));
    for (index_t i = 1; i < n; ++i)
      for (index_t k = 0; k < n; ++k)
        if (x[i * n + k] > best[std::size_t(k)]) best[std::size_t(k)] = x[i * n + k], y[k] = T(i);
  };
  add_of_matrix("max_axis0", size, [](const auto& x) { return weft::max(x, 0); }, down);
  add_of_matrix("max_axis1", size, [](const auto& x) { return weft::max(x, 1); }, along);
  add_of_matrix("argmax_axis0", size, [](const auto& x) { return weft::argmax(x, 0); }, place_down);
  add_of_matrix(
      "argmax_axis1", size, [](const auto& x) { return weft::argmax(x, 1); }, place_along);
#if defined(BENCH_EIGEN)
  add_eigen("max_axis0", size,
            [](auto& x) { return Eigen::Array<T, 1, Eigen::Dynamic>(x.colwise().maxCoeff()); });
  add_eigen("max_axis1", size,
            [](auto& x) { return Eigen::Array<T, Eigen::Dynamic, 1>(x.rowwise().maxCoeff()); });
#endif
#if defined(BENCH_XTENSOR)
  add_xtensor("max_axis0", size, [](auto& x) { return xt::xtensor<T, 1>(xt::amax(x, {0})); });
  add_xtensor("max_axis1", size, [](auto& x) { return xt::xtensor<T, 1>(xt::amax(x, {1})); });
#endif
}

void mean_and_variance(index_t size) {
  const index_t n = side(size);
  add("mean_var_axis1", "weft", size, element * double(n * n), [n](index_t) {
    return [x = data<T>({n, n}), m = weft::tensor<T>(weft::shape{n}),
            v = weft::tensor<T>(weft::shape{n})]() mutable {
      weft::eval(weft::assign(m, weft::mean(x, 1)), weft::assign(v, weft::var(x, 1)));
    };
  });
  add("mean_var_axis1", "loop", size, element * double(n * n), [n](index_t) {
    return [x = data<T>({n, n}), m = std::vector<T>(std::size_t(n)),
            v = std::vector<T>(std::size_t(n)), n]() mutable {
      for (index_t i = 0; i < n; ++i) {
        const T* row = x.data() + i * n;
        T s = 0, q = 0;
        for (index_t k = 0; k < n; ++k) s += row[k];
        const T mean = m[std::size_t(i)] = s / T(n);
        for (index_t k = 0; k < n; ++k) q += (row[k] - mean) * (row[k] - mean);
        v[std::size_t(i)] = q / T(n);
      }
    };
  });
}

void middle() {
  add("sum_mid", "weft", large, element * double(large), [](index_t) {
    return [x = data<T>({512, 256, 128}), y = weft::tensor<T>(weft::shape{512, 128})]() mutable {
      y = weft::sum(x, 1);
    };
  });
  add("sum_mid", "loop", large, element * double(large), [](index_t) {
    return [x = data<T>({512, 256, 128}), y = weft::tensor<T>(weft::shape{512, 128})]() mutable {
      for (index_t i = 0; i < 512; ++i) {
        T* const to = y.data() + i * 128;
        std::fill_n(to, 128, T(0));
        for (index_t j = 0; j < 256; ++j)
          for (index_t k = 0; k < 128; ++k) to[k] += x.data()[(i * 256 + j) * 128 + k];
      }
    };
  });
}

// f(x) over rows of `length`, by weft; g(from, to, length) for one row.
template <class Weft, class Loop>
void add_of_rows(const std::string& name, Weft f, Loop g) {
  for (const index_t length : {64, 1024, 4096, 65536}) {
    const index_t count = large / length;
    add(name, "weft", length, 2 * element * double(large), [=](index_t) {
      return [x = data<T>({count, length}), y = weft::tensor<T>(weft::shape{count, length}),
              f]() mutable { y = f(x); };
    });
    add(name, "loop", length, 2 * element * double(large), [=](index_t) {
      return [x = data<T>({count, length}), y = weft::tensor<T>(weft::shape{count, length}), count,
              length, g]() mutable {
        for (index_t i = 0; i < count; ++i) g(x.data() + i * length, y.data() + i * length, length);
      };
    });
  }
}

void by_rows() {
  const auto standard = [](const T* x, T* y, index_t n) {
    T s = 0, q = 0;
    for (index_t k = 0; k < n; ++k) s += x[k];
    const T mean = s / T(n);
    for (index_t k = 0; k < n; ++k) q += (x[k] - mean) * (x[k] - mean);
    const T scale = 1 / std::sqrt(q / T(n) + T(1e-5));
    for (index_t k = 0; k < n; ++k) y[k] = (x[k] - mean) * scale;
  };
  add_of_rows(
      "softmax", [](const auto& x) { return weft::softmax(x); },
      [](const T* x, T* y, index_t n) {
        const T most = *std::max_element(x, x + n);
        T s = 0;
        for (index_t k = 0; k < n; ++k) s += y[k] = std::exp(x[k] - most);
        for (index_t k = 0; k < n; ++k) y[k] /= s;
      });
  add_of_rows("layer_norm", [](const auto& x) { return weft::layer_norm(x); }, standard);
  add_of_rows("zscore", [](const auto& x) { return weft::zscore(x); }, standard);
#if defined(BENCH_EIGEN)
  for (const index_t length : {64, 1024, 4096, 65536})
    add("softmax", "eigen", length, 2 * element * double(large), [](index_t n) {
      return [x = rows(rows::Random(large / n, n)), y = rows(large / n, n)]() mutable {
        y = (x.colwise() - x.rowwise().maxCoeff()).exp();
        y.colwise() /= y.rowwise().sum().eval();
      };
    });
#endif
}

void short_axis() {
  using C = std::complex<float>;
  const weft::shape s{5000, 400, 5};
  const double bytes = 8.0 * 5000 * 400 * 5 + 4.0 * 5000 * 400;
  add("abs2_sum", "weft", 5, bytes, [s](index_t) {
    return [z = weft::tensor<C>(s, C(1, 2)),
            y = weft::tensor<float>(weft::shape{5000, 400})]() mutable {
      y = weft::sum(weft::abs2(z), 2);
    };
  });
  add("abs2_sum", "loop", 5, bytes, [s](index_t) {
    return [z = weft::tensor<C>(s, C(1, 2)),
            y = weft::tensor<float>(weft::shape{5000, 400})]() mutable {
      for (index_t i = 0; i < 5000 * 400; ++i) {
        float sum = 0;
        for (index_t k = 0; k < 5; ++k) sum += std::norm(z.data()[i * 5 + k]);
        y.data()[i] = sum;
      }
    };
  });
}

// Three operations for each coordinate of each pair; "bytes" are those, so that a rate of one GB/s
// is 1e9 operations in a second.
void pairs() {
  const index_t n = 1024, d = 64;
  add("pairwise", "weft", d, 3.0 * double(n * n * d), [=](index_t) {
    return [x = data<T>({n, d}), y = data<T>({n, d}),
            r = weft::tensor<T>(weft::shape{n, n})]() mutable { r = weft::distances(x, y); };
  });
  add("pairwise", "loop", d, 3.0 * double(n * n * d), [=](index_t) {
    return [x = data<T>({n, d}), y = data<T>({n, d}), r = weft::tensor<T>(weft::shape{n, n}), n,
            d]() mutable {
      for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < n; ++j) {
          T s = 0;
          for (index_t k = 0; k < d; ++k) {
            const T v = x.data()[i * d + k] - y.data()[j * d + k];
            s += v * v;
          }
          r.data()[i * n + j] = std::sqrt(s);
        }
    };
  });
}

}  // namespace

void reductions() {
  for (const index_t size : {4096, int(large)}) {
    sums(size);
    extremes(size);
    mean_and_variance(size);
  }
  middle();
  by_rows();
  short_axis();
  pairs();
}

}  // namespace bench
