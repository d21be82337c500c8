// bench/bench.hpp: how a case is stated. A case is a function template over the element type that
// describes its arrays, gives a plain loop, and says the same in each library; see axpy.cpp.
// The loop is both a rival and the definition: a result that differs from it is never timed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "agree.hpp"
#include "libraries.hpp"

namespace bench {

/// Elements of every case.
inline constexpr index_t sizes[] = {16, 64, 4096, 131072, 16777216};
/// The extent of a square, a cube or a box of four axes of about so many elements.
inline index_t side(index_t size, int axes = 2) {
  return index_t(std::lround(std::pow(double(size), 1.0 / axes)));
}

/// `name` at all sizes for float, and `name_f64` for double; a case is added by a constant.
struct added {
  using sized = void (*)(const std::string& name, index_t size);
  added(const std::string& name, sized in_float, sized in_double = nullptr) {
    for (const index_t size : sizes) in_float(name, size);
    for (const index_t size : sizes)
      if (in_double) in_double(name + "_f64", size);
  }
};

/// Adds the benchmark `name`: the time of calls of what setup() returns. The first call, with its
/// page faults, is not timed. `bytes` are useful ones: every distinct element of an operand that is
/// read once, every element that is written once. `agrees` is called once before all timing.
template <class Setup>
void add(const std::string& name, double bytes, Setup setup, const check& agrees) {
  const auto verdict = std::make_shared<std::optional<std::string>>();
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    if (!*verdict) *verdict = agrees();
    if (!(*verdict)->empty()) return state.SkipWithError((*verdict)->c_str());
    auto run = setup();
    run();
    for (auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * index_t(bytes));
  })->UseRealTime();
}

template <class... D>
std::tuple<D...> outputs(const D&... d) {
  return {d...};
}
template <class... D>
std::tuple<D...> inputs(const D&... d) {
  return {d...};
}

/// The arrays of one implementation, filled, and its formula over them.
template <class Library, class F, class Outputs, class Inputs>
class instance {
  template <class Arrays>
  static auto make(const Arrays& all) {
    return std::apply([](const auto&... d) { return std::tuple(Library::make(d)...); }, all);
  }
  template <class Arrays, class Values, class Do>
  static void each(const Arrays& all, Values& values, Do f) {
    std::apply([&](const auto&... d) { std::apply([&](auto&... x) { (f(d, x), ...); }, values); },
               all);
  }

 public:
  instance(F formula, const Outputs& outputs, const Inputs& inputs)
      : formula_(formula), outputs_(make(outputs)), inputs_(make(inputs)) {
    // What a case does not write stays as it is, in all implementations.
    each(outputs, outputs_, [&](const auto& d, auto& x) {
      std::fill_n(x.data(), d.size(), 12345);
      results_.push_back({x.data(), d.size()});
    });
    int k = 0;
    each(inputs, inputs_, [&](const auto& d, auto& x) { fill(x.data(), d.size(), k++); });
  }

  void operator()() {
    std::apply(
        [&](auto&... y) {
          std::apply(
              [&](const auto&... x) {
                if constexpr (std::is_invocable_v<F&, decltype(Library::pass(x))...>)
                  (Library::assign(y, formula_(Library::pass(x)...)), ...);
                else
                  formula_(Library::pass(y)..., Library::pass(x)...);
              },
              inputs_);
        },
        outputs_);
  }
  const std::vector<elements>& results() const { return results_; }

 private:
  F formula_;
  decltype(make(std::declval<Outputs>())) outputs_;
  decltype(make(std::declval<Inputs>())) inputs_;
  std::vector<elements> results_;
};

/// One case at one size. The loop gets the outputs' and the inputs' pointers. A formula is either
/// f(inputs...), whose value goes to the output, or f(outputs..., inputs...), which writes them; it
/// gets the arrays of its library.
template <class Outputs, class Inputs, class Loop>
class problem {
 public:
  problem(const std::string& name, index_t size, const Outputs& outputs, const Inputs& inputs,
          Loop loop)
      : name_(name), size_(size), outputs_(outputs), inputs_(inputs), loop_(loop) {
    add<in_loop>("loop", loop);
  }

  template <class F>
  void weft(F formula) const {
    add<in_weft>("weft", formula);
    add<in_eager>("eager", formula);
  }
  /// Where evaluating node by node would say nothing new.
  template <class F>
  void fused(F formula) const {
    add<in_weft>("weft", formula);
  }
  /// Small ones in both of its containers.
  template <class F>
  void xtensor([[maybe_unused]] F formula) const {
#if defined(BENCH_XTENSOR)
    add<in_xtensor>("xtensor", formula);
    if (size_ <= 64) add<in_xarray>("xarray", formula);
#endif
  }
  template <class F>
  void eigen([[maybe_unused]] F formula) const {
#if defined(BENCH_EIGEN)
    add<in_eigen>("eigen", formula);
#endif
  }
  /// The same words in all of them.
  template <class F>
  void all(F formula) const {
    weft(formula), xtensor(formula), eigen(formula);
  }

 private:
  template <class Library, class F>
  void add(const char* implementation, F formula) const {
    const auto setup = [formula, out = outputs_, in = inputs_] {
      return instance<Library, F, Outputs, Inputs>(formula, out, in);
    };
    const auto agrees = [setup, loop = loop_, out = outputs_, in = inputs_] {
      instance<in_loop, Loop, Outputs, Inputs> expected(loop, out, in);
      auto found = setup();
      expected(), found();
      return difference(found.results(), expected.results());
    };
    const std::string name = name_ + "/" + implementation + "/" + std::to_string(size_);
    bench::add(name, bytes(outputs_) + bytes(inputs_), setup, agrees);
    add_check(name, size_, agrees);
  }
  template <class Arrays>
  static double bytes(const Arrays& all) {
    return std::apply([](const auto&... d) { return (0.0 + ... + d.bytes()); }, all);
  }

  std::string name_;
  index_t size_;
  Outputs outputs_;
  Inputs inputs_;
  Loop loop_;
};

}  // namespace bench
