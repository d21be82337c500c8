// bench/cuda.cpp: the elementwise cases on cuda:0. Usage: weft_cuda_bench
// [--benchmark_format=json]. `host/*` is what a warm evaluation of a small tree costs the host,
// also on a driver that runs no kernels; the other cases are of 2^26 elements an array, in useful
// bytes over the device's own time, beside `limit/copy`, its copy within its memory.
// SPDX-License-Identifier: BSD-3-Clause
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <weft/weft.hpp>

namespace {

using namespace weft;

const device gpu0 = cuda(0);
constexpr int together = 64;  // evaluations between two moments that are compared

tensor<float> made(const shape& s) {
  return eval(reshape(cast<float>(arange(s.product()) % std::int64_t(1009)), s) / 1009.0f + 0.1f,
              gpu0);
}

// The time of the host until an evaluation has been begun.
template <class F>
void add_host(const std::string& name, F evaluate) {
  benchmark::RegisterBenchmark(("host/" + name).c_str(), [=](benchmark::State& state) {
    using clock = std::chrono::steady_clock;
    evaluate();
    for (auto _ : state) {
      const auto begin = clock::now();
      for (int k = 0; k < together; ++k) evaluate();
      state.SetIterationTime(std::chrono::duration<double>(clock::now() - begin).count() /
                             together);
      synchronize(gpu0);
    }
  })->UseManualTime();
}

// The time of the device. `make` has the operands, and gives what evaluates.
template <class Make>
void add(const std::string& name, index_t elements, double bytes, Make make) {
  const std::string whole = name + "/" + std::to_string(elements);
  benchmark::RegisterBenchmark(whole.c_str(), [=](benchmark::State& state) {
    auto evaluate = make();
    evaluate();
    synchronize(gpu0);
    for (auto _ : state) {
      const event begin(gpu0);
      for (int k = 0; k < together; ++k) evaluate();
      state.SetIterationTime(seconds_between(begin, event(gpu0)) / together);
    }
    state.SetBytesProcessed(state.iterations() * index_t(bytes));
  })->UseManualTime();
}

void add_host_cases() {
  const shape s{24, 32};
  const auto a = made(s), b = made(s), row = made({32}), column = made({24, 1}),
             turned = made({32, 24}), high = made({9, 64});
  const auto y = std::make_shared<tensor<float>>(s, gpu0);
  const auto z = std::make_shared<tensor<float>>(s, gpu0);
  const auto wide = std::make_shared<tensor<float>>(shape{24, 64}, gpu0);
  const auto sums = std::make_shared<tensor<float>>(shape{2, 2}, gpu0);
  add_host("axpy", [=] { *y = a * b + row; });
  add_host("contiguous", [=] { *y = a * b + sin(a) * 2; });
  add_host("broadcast", [=] { *y = a * row + column; });
  add_host("transposed", [=] { *y = a + transpose(turned); });
  add_host("strided_target", [=] { (*wide)(all, range(0, 64, 2)) -= a; });
  add_host("where_and_casts", [=] { *y = where(a > b, cast<float>(cast<int>(a)), b); });
  add_host("generated", [=] { *y = a + cast<float>(arange(32)); });
  add_host("compound", [=] { *y += a * 2; });
  add_host("two_outputs", [=] { eval(assign(*y, a + b), assign(*z, a - b)); });
  add_host("new_tensor", [=] { const tensor<float> fresh = a * b + 1; });
  add_host("overlap", [=] { (*y)(range(1, 24), all) += (*y)(range(0, 23), all); });
  add_host("shared", [=] {
    const auto e = share(exp(-a));
    *y = e / (1 + e);
  });
  add_host("split", [=] {
    const auto window = [&](int k) {
      return high(range(k / 8, k / 8 + 2), range(k % 8, k % 8 + 2));
    };
    const auto four = [&](int k) {
      return window(k) + window(k + 1) + window(k + 2) + window(k + 3);
    };
    const auto many = [&](int k) { return four(k) + four(k + 4) + four(k + 8) + four(k + 12); };
    *sums = (many(0) + many(16) + many(32)) + (many(1) + many(17) + many(33)) +
            (many(2) + many(18) + many(34));
  });
}

template <class F, class... X>
auto evaluating(F f, const X&... x) {
  return [=, y = eval(f(x...))]() mutable { y = f(x...); };
}

void add_cases() {
  constexpr index_t n = index_t(1) << 26, side = index_t(1) << 13;
  constexpr double array = 4.0 * n;
  const auto line = [] { return made({n}); };
  const auto square = [] { return made({side, side}); };
  // A case with operands x..., of which f makes the tree.
  const auto add_tree = [](const std::string& name, double bytes, auto f, auto... operand) {
    add(name + "/weft", n, bytes, [=] { return evaluating(f, operand()...); });
  };
  add("limit/copy", n, 2 * array, [=] {
    return [x = line(), y = tensor<float>(shape{n}, gpu0)]() mutable {
      devices::copy_bytes(y.elements(), gpu0, x.elements(), gpu0, std::size_t(array));
    };
  });
  using t = const tensor<float>&;
  add_tree("copy", 2 * array, [](t x) { return copy(x); }, line);
  add_tree("axpy", 4 * array, [](t a, t b, t c) { return a * b + c; }, line, line, line);
  add_tree(
      "where", 4 * array, [](t a, t b, t c) { return where(a > 0.6f, b, c); }, line, line, line);
  add_tree(
      "transcendental", 4 * array, [](t a, t b, t c) { return exp(-a * a) * sin(b) + tanh(c); },
      line, line, line);
  add_tree("arange_mul", 2 * array, [](t a) { return a * cast<float>(arange(n)); }, line);
  add_tree(
      "row_broadcast", 2 * array, [](t a, t b) { return a + b; }, square,
      [] { return made({side}); });
  add_tree(
      "col_broadcast", 2 * array, [](t a, t b) { return a + b; }, square,
      [] { return made({side, 1}); });
  add_tree("transpose", 2 * array, [](t a) { return copy(transpose(a)); }, square);
  add_tree("add_transposed", 3 * array, [](t a, t b) { return a + transpose(b); }, square, square);
  add("stencil5/weft", n, 2 * array, [=] {
    return [x = square(), y = square()]() mutable {
      const range in(1, -1), before(0, -2), after(2, std::nullopt);
      y(in, in) = x(before, in) + x(after, in) + x(in, before) + x(in, after) - 4 * x(in, in);
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  if (!cuda_is_available()) {
    std::fprintf(stderr, "weft_cuda_bench: %s\n", cuda_unavailable_reason().c_str());
    return 1;
  }
  const cuda_properties p = properties_of(gpu0);
  benchmark::AddCustomContext("device", p.name);
  add_host_cases();
  if (p.memory >= std::size_t(4) << 30)
    add_cases();
  else
    std::fprintf(stderr, "weft_cuda_bench: %s has %zu bytes, too few for the large cases\n",
                 p.name.c_str(), p.memory);
  benchmark::RunSpecifiedBenchmarks();
}
