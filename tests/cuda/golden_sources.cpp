// tests/cuda/golden_sources.cpp: a dozen trees, and the kernels that they become.
// SPDX-License-Identifier: BSD-3-Clause
#include "sources.hpp"
#include "weft/weft.hpp"

using namespace weft;

std::vector<cuda_tests::named_source> cuda_tests::golden_sources() {
  const tensor<float> a(shape{6, 8}), b(shape{6, 8}), c(shape{6, 8}), row(shape{8}),
      column(shape{6, 1}), small(shape{8, 6}), square(shape{40, 40});
  tensor<float> page(shape{10, 71}), square2(shape{40, 80}), line(shape{300});
  const tensor<float> other_page(shape{10, 71}), long_row(shape{69}), other(shape{300});
  const tensor<double> d(shape{6, 8});
  const tensor<std::int32_t> i(shape{6, 8});
  const tensor<float16> h(shape{6, 8});
  const tensor<bfloat16> g(shape{6, 8});
  const tensor<std::complex<float>> z(shape{6, 8});
  tensor<float> y(shape{6, 8}), w(shape{6, 8});
  const auto s = share(exp(-a));
  const cuda_function leaky([](float x) { return x > 0 ? x : x / 8; }, "x > 0 ? x : x / 8");
  // Nothing is read from it.
  const view<const float> large(reinterpret_cast<const float*>(4096), {1 << 16, 1 << 16});
  return {
      {"contiguous", cuda_source(a * b + sin(c))},
      {"broadcast", cuda_source(a * column + row)},
      {"odd_rows", cuda_source(a(all, range(0, 7)) - b(all, range(1, 8)))},
      {"peeled_rows", cuda_source(assign(page(range(0, 9), range(1, 70)),
                                         other_page(range(0, 9), range(1, 70)) * 2 + long_row))},
      {"peeled", cuda_source(assign(line(range(3, 300)), other(range(3, 300)) - 1))},
      {"strided_transpose",
       cuda_source(assign(square2(all, range(0, 80, 2)), square + transpose(square)))},
      {"transpose", cuda_source(square + transpose(square) * 2)},
      {"small_transpose", cuda_source(a + transpose(small))},
      {"large_transpose", cuda_source(large - transpose(large))},
      {"strided", cuda_source(a(all, range(0, 8, 2))(range(5, 0, -2), all) + 1)},
      {"shared", cuda_source(s / (1 + s))},
      {"repeated", cuda_source(cos(a * b) * cos(a * b) + a * b)},
      {"outputs", cuda_source(assign(y, a + b), assign(w, a - b))},
      {"in_place", cuda_source(assign(y, y + a * 2))},
      {"generated", cuda_source(a + cast<float>(reshape(arange(48), {6, 8})))},
      {"mixed_types", cuda_source(where(i % 3 == 0, h * a, cast<float>(d)))},
      {"halves", cuda_source(assign(y, cast<float>(cast<float16>(a) + h) * g))},
      {"integers", cuda_source(i * i / 7 + (i << 2))},
      {"map", cuda_source(map(leaky, a - 1.5f) * b)},
      {"complex", cuda_source(abs(z * conj(z) + 1.0f))},
  };
}
