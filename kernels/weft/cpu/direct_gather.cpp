// weft/cpu/direct_gather.cpp: a few elements of any strides, or those of many small planes or short
// rows, gathered so that one call of the kernel takes many.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/direct_loops.hpp"

namespace weft::direct {
namespace {

// Elements of a gathered operand: a step of the kernel at least, so that it needs no padded copies.
index_t padded(const job& j, index_t n) { return std::max<index_t>(n, j.stages[0].lanes); }

}  // namespace

void gather(void* to, const binding& b, const loops& l, std::size_t i, index_t at, index_t rows) {
  const index_t size = element_bytes(b);
  if (b.how == path::generated) {
    for (index_t r = 0; r < rows; ++r)
      b.fill(b.data, static_cast<std::byte*>(to) + r * l.extent[0] * size,
             b.first + at + r * l.step[1][i], l.step[0][i], l.extent[0]);
  } else {
    copy_block(size_of(b.type), static_cast<std::byte*>(to), {l.extent[0] * size, size},
               static_cast<const std::byte*>(b.data) + at, {l.step[1][i], l.step[0][i]}, rows,
               l.extent[0]);
  }
}

void scatter(const void* from, index_t pitch, const binding& b, const loops& l, std::size_t o,
             index_t at, index_t rows) {
  const index_t size = element_bytes(b);
  copy_block(size_of(b.type), static_cast<std::byte*>(b.data) + at, {l.step[1][o], l.step[0][o]},
             static_cast<const std::byte*>(from), {pitch * size, size}, rows, l.extent[0]);
}

bool is_run(const loops& l, const binding& b, std::size_t i) {
  index_t step = element_bytes(b);
  for (int d = 0; d < std::max(l.axes, 2); ++d) {
    if (l.extent[d] > 1 && l.step[d][i] != step) return false;
    step *= l.extent[d];
  }
  return is_memory(b);
}

bool rows_follow(const loops& l, const binding& b, std::size_t i) {
  const index_t size = element_bytes(b);
  return is_memory(b) && l.step[0][i] == size && l.step[1][i] == l.extent[0] * size;
}

bool can_gather(const job& j, index_t n) {
  if (n > few) return false;
  const index_t whole = padded(j, n);
  index_t bytes = 0;
  for (const binding& b : j.bindings)
    if (b.shape) bytes += rounded(whole * element_bytes(b));
  return bytes <= scratch_bytes;
}

void run_few(const job& j, const loops& l, index_t n, bool in_place) {
  alignas(64) std::byte scratch[scratch_bytes];
  void* data[most_bindings];
  bool stays[most_bindings];
  const auto outputs = std::size_t(j.outputs), all = j.bindings.size();
  const index_t whole = padded(j, n);
  std::byte* next = scratch;
  for (std::size_t i = 0; i < all; ++i) {
    const binding& b = j.bindings[i];
    stays[i] = !b.shape || (n == whole && is_run(l, b, i));
    data[i] = stays[i] ? b.data : std::exchange(next, next + rounded(whole * element_bytes(b)));
  }
  const auto gathered = [&](std::size_t i, index_t element) {
    return static_cast<std::byte*>(data[i]) + element * element_bytes(j.bindings[i]);
  };
  index_t done = 0;
  for_each_plane(l, all, [&](const index_t* offset) {
    for (std::size_t i = outputs; i < all; ++i)
      if (!stays[i]) gather(gathered(i, done), j.bindings[i], l, i, offset[i], l.extent[1]);
    done += l.plane();
  });
  for (std::size_t i = outputs; i < all; ++i)
    if (!stays[i]) fill_up(size_of(j.bindings[i].type), gathered(i, 0), n, whole);
  j.stages[0].kernel({data, no_step, 1, whole, false, in_place});
  done = 0;
  for_each_plane(l, outputs, [&](const index_t* offset) {
    for (std::size_t o = 0; o < outputs; ++o)
      if (!stays[o])
        scatter(gathered(o, done), l.extent[0], j.bindings[o], l, o, offset[o], l.extent[1]);
    done += l.plane();
  });
}

index_t planes_at_once(const job& j, const loops& l, index_t n) {
  if (l.axes < 3 || l.plane() > few || n > most_packed) return 0;
  index_t bytes = 0;  // of an element of all that are gathered
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    if (!b.shape || is_run(l, b, i)) continue;
    if (i < std::size_t(j.outputs)) return 0;
    bytes += element_bytes(b);
  }
  const index_t planes = bytes ? scratch_bytes / (bytes * l.plane()) : 0;
  return planes < 2 ? 0 : planes;
}

void run_planes(const job& j, const loops& l, index_t at_once, bool in_place) {
  alignas(64) std::byte scratch[scratch_bytes + 64 * most_bindings];
  void* data[most_bindings];
  bool stays[most_bindings];
  std::byte* next = scratch;
  const std::size_t all = j.bindings.size();
  for (std::size_t i = 0; i < all; ++i) {
    const binding& b = j.bindings[i];
    const index_t bytes = at_once * l.plane() * element_bytes(b);
    stays[i] = !b.shape || is_run(l, b, i);
    data[i] = stays[i] ? b.data : std::exchange(next, next + rounded(bytes));
  }
  index_t gathered = 0;  // elements
  const auto run = [&] {
    j.stages[0].kernel({data, no_step, 1, gathered, false, in_place});
    for (std::size_t i = 0; i < all; ++i)
      if (stays[i] && j.bindings[i].shape)
        data[i] = static_cast<std::byte*>(data[i]) + gathered * element_bytes(j.bindings[i]);
    gathered = 0;
  };
  for_each_plane(l, all, [&](const index_t* offset) {
    for (std::size_t i = 0; i < all; ++i) {
      const binding& b = j.bindings[i];
      auto* const to = static_cast<std::byte*>(data[i]) + gathered * element_bytes(b);
      if (!stays[i]) gather(to, b, l, i, offset[i], l.extent[1]);
    }
    gathered += l.plane();
    if (gathered == at_once * l.plane()) run();
  });
  if (gathered > 0) run();
}

index_t rows_at_once(const job& j, const loops& l, index_t n) {
  if (l.extent[0] >= j.stages[0].lanes || n > most_packed) return 0;
  index_t bytes = 0;  // of an element of all that are gathered
  for (std::size_t i = 0; i < j.bindings.size(); ++i)
    if (j.bindings[i].shape && !rows_follow(l, j.bindings[i], i))
      bytes += element_bytes(j.bindings[i]);
  const index_t rows = scratch_bytes / std::max(bytes * l.extent[0], index_t(1));
  return rows < 8 ? 0 : std::min(rows, l.extent[1]);
}

void run_short_rows(const job& j, const loops& l, index_t at_once, bool in_place) {
  alignas(64) std::byte scratch[scratch_bytes + 64 * most_bindings];
  void* data[most_bindings];
  index_t packed_at[most_bindings], packed_rows = 0;  // of the rows before
  const index_t columns = l.extent[0];
  const auto outputs = std::size_t(j.outputs), all = j.bindings.size();
  for_each_plane(l, all, [&](const index_t* offset) {
    for (index_t row = 0, rows; row < l.extent[1]; row += rows, packed_rows = rows) {
      rows = std::min(at_once, l.extent[1] - row);
      std::byte* next = scratch;
      for (std::size_t i = 0; i < all; ++i) {
        const binding& b = j.bindings[i];
        data[i] = b.data;
        if (!b.shape) continue;
        const index_t at = offset[i] + row * l.step[1][i];
        if (rows_follow(l, b, i)) {
          data[i] = static_cast<std::byte*>(b.data) + at;
          continue;
        }
        data[i] = std::exchange(next, next + rounded(rows * columns * element_bytes(b)));
        if (i < outputs || (rows == packed_rows && at == packed_at[i])) continue;
        gather(data[i], b, l, i, at, rows);
        packed_at[i] = at;
      }
      j.stages[0].kernel({data, no_step, 1, rows * columns, false, in_place});
      for (std::size_t o = 0; o < outputs; ++o)
        if (!rows_follow(l, j.bindings[o], o))
          scatter(data[o], columns, j.bindings[o], l, o, offset[o] + row * l.step[1][o], rows);
    }
  });
}

}  // namespace weft::direct
