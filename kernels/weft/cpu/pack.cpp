// weft/cpu/pack.cpp: strided tiles to contiguous buffers and back, as blocks of rows and columns.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/pack.hpp"

#include "weft/cpu/copy_block.hpp"

namespace weft {
namespace {

// Visits a tile as blocks, rows along one axis and columns along the last: f(memory offset, buffer
// element, rows, memory steps, elements of the buffer from row to row, columns).
template <class F>
void for_each_block(const slot& s, const plan& p, const tile_extent& t, F f) {
  const int last = p.ndim - 1;
  const index_t row_step = p.row_axis < 0 ? 0 : s.step[p.row_axis];
  if (p.inner == last)
    return f(0, 0, t.rows, block_steps{row_step, s.step[last]}, t.columns, t.columns);
  const int down = last - 1;  // the axis of a block's rows
  const index_t columns = p.extent[last], rows = down == p.inner ? t.inner_count : p.extent[down];
  for (index_t r = 0; r < t.rows; ++r) {
    index_t at[max_ndim] = {};
    index_t offset = r * row_step;
    for (index_t c = 0; c < t.columns; c += rows * columns) {
      f(offset, r * t.columns + c, rows, block_steps{s.step[down], s.step[last]}, columns, columns);
      for (int d = down - 1; d >= p.inner; --d) {  // the next index, as an odometer
        offset += s.step[d];
        if (++at[d] < (d == p.inner ? t.inner_count : p.extent[d])) break;
        offset -= at[d] * s.step[d];
        at[d] = 0;
      }
    }
  }
}

// A generator fills rows, never columns: its values cost more than where they go.
void generate(std::byte* buffer, const slot& s, index_t first, const plan& p,
              const tile_extent& t) {
  const auto size = index_t(size_of(s.type));
  if (p.inner == p.ndim - 1) {
    const index_t row_step = p.row_axis < 0 ? 0 : s.step[p.row_axis];
    for (index_t r = 0; r < t.rows; ++r)
      s.fill(s.data, buffer + r * t.columns * size, s.first + first + r * row_step,
             s.step[p.ndim - 1], t.columns);
    return;
  }
  for_each_block(s, p, t,
                 [&](index_t offset, index_t element, index_t rows, block_steps steps,
                     index_t pitch, index_t columns) {
                   for (index_t r = 0; r < rows; ++r)
                     s.fill(s.data, buffer + (element + r * pitch) * size,
                            s.first + first + offset + r * steps.row, steps.element, columns);
                 });
}

// One element a row.
void generate_one(std::byte* buffer, const slot& s, index_t first, const plan& p, index_t rows) {
  const index_t row_step = p.row_axis < 0 ? 0 : s.step[p.row_axis];
  s.fill(s.data, buffer, s.first + first, row_step, row_step == 0 ? 1 : rows);
}

}  // namespace

void pack(std::byte* buffer, const slot& s, index_t first, const plan& p, const tile_extent& t) {
  if (s.repeats) return generate_one(buffer, s, first, p, t.rows);
  if (s.how == path::generated) return generate(buffer, s, first, p, t);
  const auto size = index_t(size_of(s.type));
  const auto* const from = static_cast<const std::byte*>(s.data) + first;
  for_each_block(s, p, t,
                 [&](index_t offset, index_t element, index_t rows, block_steps steps,
                     index_t pitch, index_t columns) {
                   copy_block(size_of(s.type), buffer + element * size, {pitch * size, size},
                              from + offset, steps, rows, columns);
                 });
}

void unpack(const std::byte* buffer, const slot& s, index_t first, const plan& p,
            const tile_extent& t) {
  const auto size = index_t(size_of(s.type));
  auto* const to = static_cast<std::byte*>(s.data) + first;
  for_each_block(s, p, t,
                 [&](index_t offset, index_t element, index_t rows, block_steps steps,
                     index_t pitch, index_t columns) {
                   copy_block(size_of(s.type), to + offset, steps, buffer + element * size,
                              {pitch * size, size}, rows, columns);
                 });
}

}  // namespace weft
