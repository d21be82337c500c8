// bench/limit.cpp: what the machine's memory gives, on all threads, for the accesses that cases are
// made of. Stores go around the cache. Every fraction of the limit refers to these.
// SPDX-License-Identifier: BSD-3-Clause
#include <immintrin.h>
#include <tbb/parallel_for.h>

#include <memory>

#include "bench.hpp"

namespace bench {
namespace {

constexpr index_t floats = 16777216;

using lanes = xsimd::batch<float>;

void stream(float* p, lanes x) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, x);
#elif defined(__AVX__)
  _mm256_stream_ps(p, x);
#else
  _mm_stream_ps(p, x);
#endif
}

// f(first, last) for parts of n, on as many threads as weft takes.
template <class F>
void on_threads(index_t n, F f) {
  const index_t parts = weft::num_threads();
  tbb::parallel_for(
      index_t(0), parts, [&](index_t k) { f(n * k / parts, n * (k + 1) / parts); },
      tbb::static_partitioner());
}

// Of arrays that have as many bytes as a case's in float, and, as `name`_f64, in double: the last
// cache keeps more of the smaller ones from one evaluation to the next.
template <class F>
void add_limit(const std::string& name, int arrays, F body) {
  for (const index_t n : {floats, 2 * floats})
    add(
        "limit/" + name + (n == floats ? "/" : "_f64/") + std::to_string(floats),
        4.0 * double(n) * arrays,
        [=] {
          // In weft's own memory, which asks for huge pages.
          const auto array = [n](float value) {
            return std::make_shared<weft::tensor<float>>(weft::shape{n}, value);
          };
          return [=, a = array(1), b = array(2), y = array(0)] {
            on_threads(n, [&](index_t first, index_t last) {
              body(a->data(), b->data(), y->data(), first, last);
            });
          };
        },
        [] { return std::string(); });
}

void limits(const std::string&, index_t size) {
  if (size != floats) return;
  constexpr auto n = index_t(lanes::size);
  add_limit("triad", 3, [](const float* a, const float* b, float* y, index_t i, index_t last) {
    for (; i < last; i += n)
      stream(y + i,
             xsimd::fma(lanes::load_aligned(a + i), lanes(3.0f), lanes::load_aligned(b + i)));
    _mm_sfence();
  });
  add_limit("copy", 2, [](const float* a, const float*, float* y, index_t i, index_t last) {
    for (; i < last; i += n) stream(y + i, lanes::load_aligned(a + i));
    _mm_sfence();
  });
  add_limit("read", 1, [](const float* a, const float*, float*, index_t i, index_t last) {
    lanes sum[8] = {};
    for (; i < last; i += 8 * n)
      for (index_t k = 0; k < 8; ++k) sum[k] += lanes::load_aligned(a + i + k * n);
    for (lanes s : sum) benchmark::DoNotOptimize(s);
  });
  add_limit("write", 1, [](const float*, const float*, float* y, index_t i, index_t last) {
    for (; i < last; i += n) stream(y + i, lanes(1.0f));
    _mm_sfence();
  });
}
const added limits_added("limit", limits);

}  // namespace
}  // namespace bench
