// weft/cpu/direct_reduce.cpp: a reduction of contiguous operands of one shape that is not worth
// threads, which needs no plan: its tile is the whole operand, or rows that are blocks. A tree that
// is such a reduction needs no bindings either.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/direct_reduce.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "weft/plan.hpp"
#include "weft/reduce.hpp"

namespace weft {
namespace {

using namespace direct;

// One row that a plan would cut.
bool is_blocks(const matrix& m) {
  return m.columns_are_reduced && m.rows == 1 && m.columns > longest_row;
}

// Whether it is small enough, whose elements have so many bytes.
bool fits(const small_reduction& r, const matrix& m, index_t bytes, index_t room) {
  const index_t n = m.rows * m.columns;
  const index_t states = is_blocks(m) ? blocks_of(n) : m.states();
  if (n == 0 || states * index_t(r.kernels.state_bytes) > room || !may_be_direct(r.what, n))
    return false;
  if (n <= most_elements)
    return m.columns_are_reduced || m.may_be_across(r.what.lanes) || !r.kernels.in_order;
  // As a plan would have them: rows of one block each, blocks of one row, or one block of rows.
  const bool is_block = m.columns >= shortest_row(r.what, true) && m.columns <= longest_row;
  return (is_blocks(m) || (m.columns_are_reduced && is_block) || m.is_block_across()) &&
         is_small({&r.what, 1}, n, bytes);
}

// All elements of a row, in blocks whose states are joined in the order of a plan.
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

// Rows that are narrow or many, across: some that follow one another are taken as one, whose
// columns are then folded; of those that are left fewer, until there are none.
void reduce_narrow(const small_reduction& r, const matrix& m, void* const* data,
                   const index_t* bytes, std::byte* states) {
  constexpr index_t wide_enough = 256, fewest = 4, largest_state = 16;
  alignas(64) std::byte folded[2 * wide_enough * largest_state];
  const auto size = index_t(r.kernels.state_bytes);
  void* at[most_bindings];
  index_t step[most_bindings];
  std::copy_n(data, r.what.count, at);
  for (index_t left = m.rows; left > 0;) {
    const index_t most = std::min(left / fewest, (wide_enough + m.columns - 1) / m.columns);
    const auto wide = index_t(std::bit_floor(std::uint64_t(std::max<index_t>(most, 1))));
    const index_t rows = left / wide, columns = wide * m.columns;
    for (int i = 0; i < r.what.count; ++i) step[i] = columns * bytes[i];
    r.kernels.across({at, step, rows, columns, false, false}, r.self, folded, {0, 1});
    for (index_t count = columns; count > m.columns; count /= 2)
      r.kernels.combine(r.self, folded, folded + count / 2 * size, count / 2);
    if (left == m.rows)
      std::memcpy(states, folded, std::size_t(m.columns * size));
    else
      r.kernels.combine(r.self, states, folded, m.columns);
    for (int i = 0; i < r.what.count; ++i) at[i] = static_cast<std::byte*>(at[i]) + rows * step[i];
    left -= rows * wide;
  }
}

}  // namespace

bool direct::as_matrix(const shape& s, const bool* reduces, matrix& m) {
  int changes = 0;
  bool first = true, reduced = true;
  for (int d = 0; d < s.ndim(); ++d) {
    const index_t n = s[std::size_t(d)];
    if (n == 1) continue;
    changes += !first && reduces[d] != reduced;
    reduced = reduces[d];
    first = false;
    (changes ? m.columns : m.rows) *= n;
  }
  if (changes == 0) std::swap(m.rows, m.columns);
  m.columns_are_reduced = reduced;
  return changes < 2;
}

void direct::reduce_matrix(const small_reduction& r, const matrix& m, void* const* data,
                           const index_t* bytes, std::byte* results) {
  if (is_blocks(m)) {
    reduce_blocks(r, m.columns, data, bytes, results);
  } else if (!m.columns_are_reduced && !m.may_be_across(r.what.lanes)) {
    reduce_narrow(r, m, data, bytes, results);
  } else {
    index_t step[most_bindings];
    for (int i = 0; i < r.what.count; ++i) step[i] = m.columns * bytes[i];
    reduce_rows(r.kernels, r.self, shortest_row(r.what, true), m, data, step, nullptr, results);
  }
  if (r.kernels.finish) r.kernels.finish(r.self, results, results, m.states());
}

bool direct::may_reduce(const small_reduction& r, const matrix& m, const index_t* bytes,
                        index_t room) {
  index_t of_all = 0;
  for (int i = 0; i < r.what.count; ++i) of_all += bytes[i];
  return fits(r, m, of_all, room);
}

bool reductions::run_plain(const plain_reduction& r, void* results, dtype type, const shape& s) {
  if (type != r.type || r.where.is_rearranged || !(r.where.where.shape == s) ||
      r.kinds.size() > most_bindings || is_shown())
    return false;
  void* data[most_bindings];
  index_t bytes[most_bindings];
  for (std::size_t i = 0; i < r.kinds.size(); ++i) {
    const leaf_kind& k = r.kinds[i];
    const bool is_tensor = k.what == leaf_kind::is::tensor;  // else a value or a callable
    data[i] = is_tensor ? static_cast<const buffer*>(r.leaves[i])->data()
                        : const_cast<void*>(r.leaves[i]);
    bytes[i] = is_tensor ? index_t(size_of(k.type)) : 0;
  }
  alignas(64) std::byte made[plain_room];  // the results may be the operand's own elements
  const small_reduction small{r.kernels, r.self, r.what};
  matrix m;
  if (!as_matrix(r.operand, r.where.reduces, m) || !may_reduce(small, m, bytes, plain_room))
    return false;
  reduce_matrix(small, m, data, bytes, made);
  std::memcpy(results, made, std::size_t(s.product()) * size_of(type));
  return true;
}

}  // namespace weft
