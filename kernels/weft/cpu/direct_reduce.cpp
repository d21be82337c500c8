// weft/cpu/direct_reduce.cpp: a small reduction of contiguous operands of one shape, which needs no
// plan: its tile is the whole operand, its results fit on the stack.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>
#include <iterator>

#include "weft/plan.hpp"
#include "weft/staged.hpp"

namespace weft {
namespace {

constexpr std::size_t most_bindings = std::size(no_repeats);
// Elements in all, rows that are reduced one after another, bytes of results: as a plan would have
// them in one tile.
constexpr index_t most_elements = 8192, most_rows = 128, most_narrow_rows = 16, shortest_row = 32;
constexpr std::size_t most_bytes = 4096;

// A row-major operand as rows and columns, of which one is reduced.
struct matrix {
  index_t rows = 1, columns = 1;
  bool columns_are_reduced = true;
};

// False when kept and reduced axes alternate.
bool as_matrix(const reduction_stage& r, matrix& m) {
  int changes = 0;
  bool first = true, reduced = true;
  for (int d = 0; d < r.operand.ndim(); ++d) {
    const index_t n = r.operand[std::size_t(d)];
    if (n == 1) continue;
    changes += !first && r.reduces[d] != reduced;
    reduced = r.reduces[d];
    first = false;
    (changes ? m.columns : m.rows) *= n;
  }
  if (changes == 0) std::swap(m.rows, m.columns);
  m.columns_are_reduced = reduced;
  return changes < 2;
}

bool is_plain(const binding& b, const shape& s) {
  return b.how == path::value || (b.how == path::direct && b.reduction < 0 && *b.shape == s &&
                                  (b.contiguous || is_contiguous(s, *b.strides)));
}

// Whether the main stage does nothing but put the results, which are so many, into the output.
bool is_result_itself(const job& j, index_t count) {
  if (j.bindings.size() != 2 || j.stages[0].program.size() != 2) return false;
  const binding &out = j.bindings[0], &in = j.bindings[1];
  return in.reduction >= 0 && in.first == 0 && in.type == out.type && *in.shape == *out.shape &&
         out.shape->product() == count && is_contiguous(*in.shape, *in.strides) &&
         is_contiguous(*out.shape, *out.strides);
}

}  // namespace

bool reduce_directly(const job& j) {
  if (j.reductions.size() != 1 || j.bindings.size() > most_bindings || j.stages.size() != 1)
    return false;
  const reduction_stage& r = j.reductions[0];
  const std::size_t slots = r.bindings.size();
  const index_t n = r.operand.product(), count = r.result.product();
  matrix m;
  if (n == 0 || n > most_elements || r.stages.size() != 1 || slots > most_bindings ||
      std::size_t(count) * r.kernels->state_bytes > most_bytes || !as_matrix(r, m))
    return false;
  // Narrow rows are read one by one, of which there should be few.
  if (!m.columns_are_reduced &&
      m.rows > (m.columns < r.stages.back().lanes ? most_narrow_rows : most_rows))
    return false;
  void* data[most_bindings];
  index_t step[most_bindings];
  for (std::size_t i = 0; i < slots; ++i) {
    const binding& b = r.bindings[i];
    if (!is_plain(b, r.operand)) return false;
    data[i] = b.data;
    step[i] = b.how == path::value ? 0 : m.columns * index_t(size_of(b.type));
  }
  alignas(64) std::byte results[most_bytes];
  const tile rows{data, step, no_repeats, m.rows, m.columns, false, false};
  const places where{0, m.columns_are_reduced ? 0 : 1};
  if (!m.columns_are_reduced)
    r.kernels->across(rows, r.self, results, where);
  else if (m.rows == 1 || m.columns >= shortest_row)
    r.kernels->along(rows, r.self, results, where);
  else
    r.kernels->segments({data, step, no_repeats, 1, n, false, false}, r.self, results, m.columns);
  if (r.kernels->finish) r.kernels->finish(r.self, results, results, count);

  if (is_result_itself(j, count)) {
    const binding& out = j.bindings[0];
    std::memcpy(out.data, results, std::size_t(count) * size_of(out.type));
    return true;
  }
  binding bindings[most_bindings];
  std::ranges::copy(j.bindings, bindings);
  for (binding& b : std::span(bindings, j.bindings.size())) {
    if (b.reduction < 0) continue;
    b.data = results + b.first * index_t(size_of(b.type));
    b.first = 0;
    b.reduction = -1;
  }
  execute({{bindings, j.bindings.size()}, j.stages, j.outputs});
  return true;
}

}  // namespace weft
