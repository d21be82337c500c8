// weft/cpu/direct_reduce.hpp: what the ways around a plan of sweeps share: one small reduction,
// whose operand the kernel reads as rows and columns.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "weft/cpu/direct_loops.hpp"
#include "weft/sweeps.hpp"

namespace weft::direct {

/// Elements of one tile; its rows that are reduced one after another.
inline constexpr index_t most_elements = 8192, most_rows = 128, most_narrow_rows = 16;

/// Bytes of states of a reduction that is evaluated before it is bound.
inline constexpr index_t plain_room = 4096;

/// Whether n elements of a reduction's operand are too little work for a plan, as far as the op
/// table tells: what callables take is learnt, and the order in which sums are joined must not
/// change meanwhile.
inline bool may_be_direct(const stage& what, index_t n) {
  constexpr double most_operations = 1.6e6;  // 20 us
  constexpr index_t most_calls = 1024;
  if (thread_grain() <= 0) return false;  // all work is worth one
  return n > most_elements || (double(n) * what.cost.operations <= most_operations &&
                               (n <= most_calls || !what.cost.has_calls));
}

/// Rows and columns, of which one is reduced.
struct matrix {
  index_t rows = 1, columns = 1;
  bool columns_are_reduced = true;

  index_t states() const { return columns_are_reduced ? rows : columns; }
  /// Rows that are reduced by a kernel for those that follow one another, as they are shorter.
  bool is_segments(index_t shortest) const {
    return columns_are_reduced && rows > 1 && columns < shortest;
  }
  /// Rows that a plan would have across in one block, several as one or not.
  bool is_block_across() const {
    constexpr index_t most = 64;
    return !columns_are_reduced && columns >= shortest_run && rows <= most &&
           (columns >= longest_across || rows < 2 * rows_as_one(columns));
  }
  /// Narrow rows are read one by one, of which there should be few.
  bool may_be_across(int lanes) const {
    return rows <= (columns < lanes ? most_narrow_rows : most_rows);
  }
};

/// The states of a matrix, by one call of a kernel. Rows are at `data`, so many bytes apart; those
/// of segments follow one another.
inline void reduce_rows(const reducer& kernels, const void* self, index_t shortest, const matrix& m,
                        void* const* data, const index_t* row_step, const pace* paces,
                        void* states) {
  const tile rows{data, row_step, m.rows, m.columns, false, false, paces};
  if (!m.columns_are_reduced)
    kernels.across(rows, self, states, {0, 1});
  else if (m.is_segments(shortest))
    kernels.segments({data, row_step, 1, m.rows * m.columns, false, false}, self, states,
                     m.columns);
  else
    kernels.along(rows, self, states, {});
}

inline index_t blocks_of(index_t n) { return (n + longest_row - 1) / longest_row; }

/// What is reduced, by which kernels.
struct small_reduction {
  const reducer& kernels;
  const void* self;
  const stage& what;  // the operand
};
/// A row-major operand of this shape as rows and columns; false when kept and reduced axes
/// alternate.
bool as_matrix(const shape& s, const bool* reduces, matrix& m);
/// Whether a matrix, whose elements have so many bytes in each slot, is little, and there is room
/// for the states.
bool may_reduce(const small_reduction& r, const matrix& m, const index_t* bytes, index_t room);
/// Reduces a matrix whose elements stand one after another in all slots, at `data`, so many bytes
/// each, 0 for values: to results, in whose place there is room for states.
void reduce_matrix(const small_reduction& r, const matrix& m, void* const* data,
                   const index_t* bytes, std::byte* results);

}  // namespace weft::direct
