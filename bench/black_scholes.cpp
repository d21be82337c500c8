// bench/black_scholes.cpp: the prices of a European call and put from spot price, strike price and
// time, two outputs. xtensor and Eigen need a loop for each.
// Source: F. Black, M. Scholes, J. Political Economy 81 (1973), with the put by put-call parity.
// SPDX-License-Identifier: BSD-3-Clause
#include "bench.hpp"
#if defined(BENCH_EIGEN)
#include <unsupported/Eigen/SpecialFunctions>
#endif

namespace bench {
namespace {

constexpr double rate = 0.05, volatility = 0.4;

/// The distribution function of the normal distribution.
template <class T>
auto normal(const auto& x) {
  using std::erf;
  return T(0.5) + T(0.5) * erf(T(0.70710678118654752) * x);
}

// share(e) marks what is used twice; libraries that cannot share evaluate it twice.
template <class T>
auto discounted(const auto& strike, const auto& time) {
  using std::exp;
  return strike * exp(T(-rate) * time);
}
template <class T>
auto first_quantile(const auto& spot, const auto& strike, const auto& time, const auto& deviation) {
  using std::log;
  return (log(spot / strike) + T(rate + volatility * volatility / 2) * time) / deviation;
}

template <class T>
void black_scholes(const std::string& name, index_t n) {
  const auto v = array<T>(n);
  const problem p(
      name, n, outputs(v, v), inputs(v, v, v),
      [n](T* __restrict call, T* __restrict put, const T* spot, const T* strike, const T* time) {
        for (index_t i = 0; i < n; ++i) {
          const T deviation = T(volatility) * std::sqrt(time[i]);
          const T later = discounted<T>(strike[i], time[i]);
          const T d = first_quantile<T>(spot[i], strike[i], time[i], deviation);
          call[i] = spot[i] * normal<T>(d) - later * normal<T>(d - deviation);
          put[i] = call[i] - spot[i] + later;
        }
      });
  p.weft([](auto& call, auto& put, auto& spot, auto& strike, auto& time) {
    const auto deviation = share(T(volatility) * sqrt(time));
    const auto later = share(discounted<T>(strike, time));
    const auto d = share(first_quantile<T>(spot, strike, time, deviation));
    const auto price = share(spot * normal<T>(d) - later * normal<T>(d - deviation));
    eval(assign(call, price), assign(put, price - spot + later));
  });
  const auto in_two_loops = [](auto set) {
    return [set](auto& call, auto& put, auto& spot, auto& strike, auto& time) {
      const auto deviation = T(volatility) * sqrt(time);
      const auto later = discounted<T>(strike, time);
      const auto d = first_quantile<T>(spot, strike, time, deviation);
      set(call, spot * normal<T>(d) - later * normal<T>(d - deviation));
      set(put, call - spot + later);
    };
  };
#if defined(BENCH_XTENSOR)
  p.xtensor(in_two_loops([](auto& y, const auto& e) { xt::noalias(y) = e; }));
#endif
  p.eigen(in_two_loops([](auto& y, const auto& e) { y = e; }));
}
const added black_scholes_added("black_scholes", black_scholes<float>, black_scholes<double>);

}  // namespace
}  // namespace bench
