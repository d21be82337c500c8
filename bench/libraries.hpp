// bench/libraries.hpp: in what each implementation holds an array (make), what a formula over it is
// given (pass), and how a value is written to it (assign).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <tuple>
#include <vector>
#include <weft/weft.hpp>

#include "arrays.hpp"
#include "eager.hpp"

#if defined(BENCH_XTENSOR)
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif
#if defined(BENCH_EIGEN)
#include <Eigen/Core>
#endif

namespace bench {

struct in_weft {
  template <class T, std::size_t Rank>
  static weft::tensor<T> make(const described<T, Rank>& d) {
    return weft::tensor<T>(weft::shape(d.extents));
  }
  static auto& pass(auto& x) { return x; }
  static void assign(auto& y, const auto& e) { y = e; }
};

struct in_eager : in_weft {
  template <class T, std::size_t Rank>
  static eager<weft::tensor<T>> make(const described<T, Rank>& d) {
    return eager(in_weft::make(d));
  }
};

struct in_loop : in_weft {
  static auto pass(auto& x) { return x.data(); }
};

#if defined(BENCH_XTENSOR)
struct in_xtensor {
  template <class T, std::size_t Rank>
  static xt::xtensor<T, Rank> make(const described<T, Rank>& d) {
    std::array<std::size_t, Rank> extents;
    std::copy(d.extents.begin(), d.extents.end(), extents.begin());
    return xt::xtensor<T, Rank>(extents);
  }
  static auto& pass(auto& x) { return x; }
  static void assign(auto& y, const auto& e) { xt::noalias(y) = e; }
};

struct in_xarray : in_xtensor {
  template <class T, std::size_t Rank>
  static xt::xarray<T> make(const described<T, Rank>& d) {
    return xt::xarray<T>(std::vector<std::size_t>(d.extents.begin(), d.extents.end()));
  }
};
#endif

#if defined(BENCH_EIGEN)
/// Rank 1 is a column; eigen_tensor.hpp has the ranks above 2.
template <class T, std::size_t Rank>
struct eigen_array;
template <class T>
struct eigen_array<T, 1> {
  using type = Eigen::Array<T, Eigen::Dynamic, 1>;
};
template <class T>
struct eigen_array<T, 2> {
  using type = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
};

struct in_eigen {
  template <class T, std::size_t Rank>
  static auto make(const described<T, Rank>& d) {
    return std::apply([](auto... n) { return typename eigen_array<T, Rank>::type(n...); },
                      d.extents);
  }
  static auto& pass(auto& x) { return x; }
  static void assign(auto& y, const auto& e) { y = e; }
};
#endif

}  // namespace bench
