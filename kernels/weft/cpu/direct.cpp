// weft/cpu/direct.cpp: evaluation of a small tree over contiguous operands of one shape, the most
// common case: it needs no plan, since every pointer is where its tensor begins.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/direct.hpp"

#include <iterator>

#include "weft/plan.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

constexpr std::size_t most_bindings = std::size(no_repeats);

const std::byte* begin(const binding& b) { return static_cast<const std::byte*>(b.data); }

// Whether b's elements stand one after another in the order of the output's shape.
bool is_plain(const binding& b, const shape* s) {
  return b.how == path::direct && (b.shape == s || *b.shape == *s) &&
         (b.contiguous || is_contiguous(*s, *b.strides));
}

}  // namespace

bool run_directly(const job& j) {
  const auto count = j.bindings.size(), outputs = std::size_t(j.outputs);
  if (j.stages.size() != 1 || count > most_bindings) return false;
  const shape* s = j.bindings[0].shape;
  const index_t n = s->product();
  void* data[most_bindings];
  index_t bytes = 0;
  bool in_place = false;
  for (std::size_t i = 0; i < count; ++i) {
    const binding& b = j.bindings[i];
    data[i] = b.data;
    if (b.how == path::value) continue;
    if (!is_plain(b, s)) return false;
    const auto mine = n * index_t(size_of(b.type));
    bytes += mine;
    for (std::size_t o = 0; o < outputs && o < i; ++o) {
      const binding& out = j.bindings[o];
      if (begin(b) >= begin(out) + n * index_t(size_of(out.type)) || begin(out) >= begin(b) + mine)
        continue;
      if (b.data != out.data || b.type != out.type || i < outputs) return false;
      in_place = true;
    }
  }
  if (estimated_time(double(bytes), double(n) * j.stages[0].cost) >= thread_grain()) return false;
  static constexpr index_t no_step[most_bindings] = {};
  j.stages[0].kernel({data, no_step, no_repeats, 1, n, false, in_place});
  return true;
}

}  // namespace weft
