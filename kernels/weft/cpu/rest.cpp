// weft/cpu/rest.cpp: what kernels leave to others, compiled once: tiles that are taken by whole
// rounds, and what overlaps them at the ends of their rows; rows in place, where what overlaps is
// computed first and written last; and rows shorter than a step, whose operands are copied to where
// a whole step has room.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/loop.hpp"

namespace weft {
namespace {

using kernel::slot_kinds, kernel::slot_room;

pace pace_of(const tile& t, const slot_kinds& slots, std::size_t s) {
  return t.paces ? t.paces[s] : pace::of(slots.bytes[s], slots.bytes[s]);
}

// Elements [begin, end) of some rows of a tile.
struct part_of_rows {
  index_t row, rows, begin, end;
};

// The kernel for parts of a tile.
struct part_runner {
  kernel_function kernel;
  bool takes_paces;
  const tile& t;
  const slot_kinds& slots;
  const slot_room& room;

  void run(const part_of_rows& part, bool stream) const {
    if (part.begin == part.end) return;
    reach(part);
    kernel({room.data, t.row_step, t.mask, part.rows, part.end - part.begin, stream, t.in_place,
            takes_paces ? room.paces : nullptr, t.paced, t.ahead_slot, t.ahead});
  }
  // Its results go to `results`, row by row; nothing is fetched.
  void run_aside(const part_of_rows& part, std::byte* results) const {
    reach(part);
    const index_t columns = part.end - part.begin;
    std::copy_n(t.row_step, slots.bytes.size(), room.row_step);
    for (std::size_t o = 0; o < slots.outputs; ++o) {
      room.data[o] = results;
      room.row_step[o] = columns * slots.bytes[o];
      results += part.rows * room.row_step[o];
    }
    kernel({room.data, room.row_step, t.mask, part.rows, columns, false, false,
            takes_paces ? room.paces : nullptr, t.paced});
  }
  void run_padded(index_t row, index_t begin, index_t n) const {
    kernel::run_padded(kernel, takes_paces, t, row, begin, n, slots, room);
  }

 private:
  void reach(const part_of_rows& part) const {
    for (std::size_t s = 0; s < slots.bytes.size(); ++s) {
      const pace p = room.paces[s] = pace_of(t, slots, s);
      const index_t by = part.row * t.row_step[s] + part.begin * p.step;
      room.data[s] = t.data[s];
      if (p.what == pace::is::counted)
        room.paces[s].first += by;
      else if (slots.bytes[s] > 0)
        room.data[s] = static_cast<std::byte*>(t.data[s]) + by;
    }
  }
};

// Rows of n elements or more in place, the last ones of which are no whole n: results of the last n
// are computed before what they are computed from is written over, and written after the others.
void run_in_place(const part_runner& parts, index_t n) {
  const tile& t = parts.t;
  const std::span<const std::uint8_t> bytes = parts.slots.bytes;
  alignas(64) std::byte results[4096];
  index_t of_row = 0;
  for (std::size_t o = 0; o < parts.slots.outputs; ++o) of_row += n * bytes[o];
  const index_t whole = t.columns - t.columns % n, left = t.columns - whole;
  const index_t at_once = index_t(sizeof results) / of_row;
  if (at_once == 0) {  // that many outputs
    parts.run({0, t.rows, 0, whole}, false);
    for (index_t row = 0; row < t.rows; ++row) parts.run_padded(row, whole, n);
    return;
  }
  for (index_t row = 0; row < t.rows; row += at_once) {
    const index_t rows = std::min(at_once, t.rows - row);
    parts.run_aside({row, rows, t.columns - n, t.columns}, results);
    parts.run({row, rows, 0, whole}, false);
    const std::byte* from = results;
    for (std::size_t o = 0; o < parts.slots.outputs; ++o) {
      const index_t size = bytes[o];
      copy_block(bytes[o], static_cast<std::byte*>(t.data[o]) + row * t.row_step[o] + whole * size,
                 {t.row_step[o], size}, from + (n - left) * size, {n * size, size}, rows, left);
      from += rows * n * size;
    }
  }
}

// Whether all elements stand side by side, or one serves a row.
bool are_repeated(const tile& t, const slot_kinds& slots) {
  return std::all_of(t.paces, t.paces + slots.bytes.size(), [](const pace& p) {
    return p.what == pace::is::next || p.what == pace::is::same;
  });
}

constexpr index_t line = 64;  // bytes

// Whether all rows of each output begin at the same place of a line.
bool begin_alike(const tile& t, const slot_kinds& slots) {
  return t.rows == 1 || std::all_of(t.row_step, t.row_step + slots.outputs,
                                    [](index_t step) { return step % line == 0; });
}

// The first element of a row that begins a line of memory in all outputs, if it is worth beginning
// there: where rows are rounds of n and nothing else, or long; else -1.
index_t first_line(const tile& t, index_t row, index_t n, const slot_kinds& slots) {
  const auto place = [&](std::size_t s, index_t i) {
    return (reinterpret_cast<std::uintptr_t>(t.data[s]) +
            std::uintptr_t(row * t.row_step[s] + i * index_t(slots.bytes[s]))) %
           line;
  };
  const index_t size = slots.bytes[0], first = index_t(place(0, 0));
  if (first % size != 0) return -1;
  const index_t begin = (line - first) % line / size;
  for (std::size_t s = 0; s < slots.outputs; ++s)
    if (place(s, begin) != 0) return -1;
  const bool whole = begin == 0 && t.columns % n == 0;
  return whole || t.columns >= 4 * line ? begin : -1;
}

}  // namespace

void kernel::run_by_parts(const kernels_for& kernels, const tile& t, const slot_kinds& slots,
                          const slot_room& room) {
  const bool by_steps = !t.paces && !t.stream;
  const kernel_function kernel = by_steps                 ? kernels.steps
                                 : !t.paces               ? kernels.whole
                                 : are_repeated(t, slots) ? kernels.repeated
                                                          : t.paced;
  const index_t n = by_steps ? slots.step : kernel == t.paced ? slots.round : slots.line;
  const part_runner parts{kernel, !by_steps, t, slots, room};
  if (!t.stream && t.columns % n == 0) return kernel(t);
  if (t.columns < n) {
    for (index_t row = 0; row < t.rows; ++row) parts.run_padded(row, 0, n);
    return;
  }
  if (t.in_place) return run_in_place(parts, n);
  const bool alike = begin_alike(t, slots), around = t.stream && (alike || t.columns >= 4 * line);
  const index_t together = around && !alike ? 1 : t.rows;
  for (index_t row = 0; row < t.rows; row += together) {
    const auto run = [&](index_t begin, index_t end, bool stream) {
      parts.run({row, together, begin, end}, stream);
    };
    const index_t first = around ? first_line(t, row, n, slots) : -1;
    const index_t begin = std::max(first, index_t(0));
    const index_t end = t.columns - (t.columns - begin) % n;
    run(begin, end, first >= 0);
    if (begin > 0) run(0, (begin + n - 1) / n * n, false);
    if (end < t.columns) run(t.columns - n, t.columns, false);
  }
}

void kernel::run_padded(kernel_function kernel, bool takes_paces, const tile& t, index_t row,
                        index_t i, index_t n, const slot_kinds& slots, const slot_room& room) {
  const auto count = std::size_t(t.columns - i);
  const auto own = [&](std::size_t s) {
    return static_cast<std::byte*>(t.data[s]) + row * t.row_step[s] + i * pace_of(t, slots, s).step;
  };
  std::byte* next = room.padded;
  for (std::size_t s = 0; s < slots.bytes.size(); ++s) {
    const std::size_t size = slots.bytes[s];
    const pace p = pace_of(t, slots, s);
    room.data[s] = t.data[s];
    room.paces[s] = pace::of(index_t(size), index_t(size));
    if (size == 0) continue;  // a value
    if (p.what == pace::is::counted) {
      room.paces[s] = p;
      room.paces[s].first += row * t.row_step[s] + i * p.step;
      continue;
    }
    room.data[s] = next;
    if (s >= slots.outputs) {
      copy_block(size, next, {0, index_t(size)}, own(s), {0, p.step}, 1, index_t(count));
      fill_up(size, next, index_t(count), n);
    }
    next += rounded(size * std::size_t(n));
  }
  // One row goes nowhere, so row steps do not matter.
  kernel({room.data, t.row_step, t.mask, 1, n, false, false, takes_paces ? room.paces : nullptr});
  for (std::size_t o = 0; o < slots.outputs; ++o)
    std::memcpy(own(o), room.data[o], count * slots.bytes[o]);
}

}  // namespace weft
