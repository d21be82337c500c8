// weft/cpu/direct_reduce.cpp: a reduction of contiguous operands of one shape that is not worth
// threads, which needs no plan: its tile is the whole operand, or rows that are blocks, and its
// states fit on the stack.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>
#include <iterator>

#include "weft/cpu/direct_loops.hpp"
#include "weft/plan.hpp"
#include "weft/reduce.hpp"
#include "weft/staged.hpp"
#include "weft/sweeps.hpp"

namespace weft {
namespace {

using direct::most_bindings;

// Elements of one tile, its rows that are reduced one after another, bytes of states.
constexpr index_t most_elements = 8192, most_rows = 128, most_narrow_rows = 16;
constexpr std::size_t most_bytes = 4096;

// A row-major operand as rows and columns, of which one is reduced.
struct matrix {
  index_t rows = 1, columns = 1;
  bool columns_are_reduced = true;
};

// What is reduced.
struct small_reduction {
  const reducer& kernels;
  const void* self;
  const stage& what;  // the operand
  const shape& operand;
  const shape& result;
  const bool* reduces;  // each axis
};

// False when kept and reduced axes alternate.
bool as_matrix(const small_reduction& r, matrix& m) {
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

index_t blocks_of(index_t n) { return (n + longest_row - 1) / longest_row; }

// Whether it is small enough, and how its operand lies, whose elements have so many bytes.
bool is_small(const small_reduction& r, matrix& m, index_t bytes) {
  if (!as_matrix(r, m)) return false;
  const index_t n = m.rows * m.columns;
  const bool is_one = n > most_elements && m.rows == 1;
  const index_t states = is_one ? blocks_of(n) : m.columns_are_reduced ? m.rows : m.columns;
  if (n == 0 || std::size_t(states) * r.kernels.state_bytes > most_bytes) return false;
  if (n <= most_elements)  // narrow rows are read one by one, of which there should be few
    return m.columns_are_reduced ||
           m.rows <= (m.columns < r.what.lanes ? most_narrow_rows : most_rows);
  // As a plan would have them: rows of one block each, or blocks of one row.
  const bool is_block = m.columns >= shortest_row(r.what.lanes) && m.columns <= longest_row;
  return m.columns_are_reduced && (is_one || is_block) && direct::is_small({&r.what, 1}, n, bytes);
}

// All elements, in blocks, whose states are joined in the order of a plan.
void reduce_blocks(const small_reduction& r, index_t n, void* const* data, const index_t* bytes,
                   std::byte* states) {
  void* last[most_bindings];
  index_t step[most_bindings];
  const index_t whole = n / longest_row, left = n % longest_row;
  const auto size = index_t(r.kernels.state_bytes);
  for (int i = 0; i < r.what.count; ++i) {
    step[i] = longest_row * bytes[i];
    last[i] = static_cast<std::byte*>(data[i]) + whole * step[i];
  }
  r.kernels.along({data, step, whole, longest_row, false, false}, r.self, states, {0, longest_row});
  if (left > 0)
    r.kernels.along({last, step, 1, left, false, false}, r.self, states + whole * size,
                    {whole * longest_row, 0});
  const index_t blocks = blocks_of(n), pieces = pieces_of(blocks, longest_row, 1);
  const index_t per_piece = blocks_of_piece(blocks, pieces);
  const auto join = [&](std::byte* to, const std::byte* later) {
    r.kernels.combine(r.self, to, later, 1);
  };
  for (index_t p = 0; p < pieces; ++p) {
    std::byte* const first = states + p * per_piece * size;
    join_in_order(
        std::min(per_piece, blocks - p * per_piece),
        [&](index_t b, std::size_t k) {
          std::memmove(first + index_t(k) * size, first + b * size, std::size_t(size));
        },
        [&](std::size_t k) { join(first + index_t(k - 1) * size, first + index_t(k) * size); });
  }
  join_in_pairs(pieces, [&](index_t i, index_t later) {
    join(states + i * per_piece * size, states + later * per_piece * size);
  });
}

// The results of an operand whose elements are at `data`, `bytes` each.
void reduce(const small_reduction& r, const matrix& m, void* const* data, const index_t* bytes,
            std::byte* results) {
  index_t step[most_bindings];
  for (int i = 0; i < r.what.count; ++i) step[i] = m.columns * bytes[i];
  const tile rows{data, step, m.rows, m.columns, false, false};
  const places where{0, m.columns_are_reduced ? 0 : 1};
  if (!m.columns_are_reduced)
    r.kernels.across(rows, r.self, results, where);
  else if (m.rows == 1 && m.columns > most_elements)
    reduce_blocks(r, m.columns, data, bytes, results);
  else if (m.rows == 1 || m.columns >= shortest_row(r.what.lanes))
    r.kernels.along(rows, r.self, results, where);
  else
    r.kernels.segments({data, step, 1, m.rows * m.columns, false, false}, r.self, results,
                       m.columns);
  if (r.kernels.finish)
    r.kernels.finish(r.self, results, results, m.columns_are_reduced ? m.rows : m.columns);
}

bool is_plain(const binding& b, const shape& s) {
  return b.how == path::value || (b.how == path::direct && b.reduction < 0 && *b.shape == s &&
                                  (b.contiguous || is_contiguous(s, *b.strides)));
}

}  // namespace

bool is_result_itself(const job& j) {
  if (j.bindings.size() != 2 || j.stages.size() != 1 || j.stages[0].program.size() != 2)
    return false;
  const binding &out = j.bindings[0], &in = j.bindings[1];
  return in.reduction >= 0 && in.first == 0 && in.type == out.type && *in.shape == *out.shape &&
         out.shape->product() == j.reductions[std::size_t(in.reduction)].result.product() &&
         is_contiguous(*in.shape, *in.strides) && is_contiguous(*out.shape, *out.strides);
}

bool reduce_directly(const job& j) {
  if (j.reductions.size() != 1 || j.bindings.size() > most_bindings || j.stages.size() != 1)
    return false;
  const reduction_stage& r = j.reductions[0];
  const small_reduction small{*r.kernels, r.self, r.stages.back(), r.operand, r.result, r.reduces};
  if (r.stages.size() != 1 || r.bindings.size() > most_bindings) return false;
  void* data[most_bindings];
  index_t bytes[most_bindings], of_all = 0;
  for (std::size_t i = 0; i < r.bindings.size(); ++i) {
    const binding& b = r.bindings[i];
    if (!is_plain(b, r.operand)) return false;
    data[i] = b.data;
    of_all += bytes[i] = b.how == path::value ? 0 : index_t(size_of(b.type));
  }
  matrix m;
  if (!is_small(small, m, of_all)) return false;
  alignas(64) std::byte results[most_bytes];
  reduce(small, m, data, bytes, results);
  const index_t count = r.result.product();

  if (is_result_itself(j)) {
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

bool reductions::run_plain(const plain_reduction& r, void* results, dtype type, const shape& s) {
  const small_reduction small{r.kernels, r.self,         r.what,
                              r.operand, r.where.result, r.where.reduces};
  const placement& own = r.where.where;
  if (type != r.type || own.offset != 0 || !(own.shape == s) ||
      !is_contiguous(own.shape, own.strides) || r.kinds.size() > most_bindings || is_shown())
    return false;
  void* data[most_bindings];
  index_t bytes[most_bindings], of_all = 0;
  for (std::size_t i = 0; i < r.kinds.size(); ++i) {
    const leaf_kind& k = r.kinds[i];
    const bool is_tensor = k.what == leaf_kind::is::tensor;  // else a value or a callable
    data[i] = is_tensor ? static_cast<const buffer*>(r.leaves[i])->data()
                        : const_cast<void*>(r.leaves[i]);
    of_all += bytes[i] = is_tensor ? index_t(size_of(k.type)) : 0;
  }
  matrix m;
  if (!is_small(small, m, of_all)) return false;
  alignas(64) std::byte made[most_bytes];  // the results may be the operand's own elements
  reduce(small, m, data, bytes, made);
  std::memcpy(results, made, std::size_t(s.product()) * size_of(type));
  return true;
}

}  // namespace weft
