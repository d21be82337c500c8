// weft/cpu/rest.cpp: what kernels leave to others, compiled once: tiles that are taken by whole
// rounds and what overlaps them at the ends of their rows; and the last few elements of a row,
// where the kernel may not step back over ones that it has computed: its operands are copied to
// where a whole step has room.
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

void run_part(kernel_function kernel, const tile& t, const part_of_rows& part, bool stream,
              const slot_kinds& slots, const slot_room& room) {
  if (part.begin == part.end) return;
  for (std::size_t s = 0; s < slots.bytes.size(); ++s) {
    const pace p = room.paces[s] = pace_of(t, slots, s);
    const index_t by = part.row * t.row_step[s] + part.begin * p.step;
    room.data[s] = t.data[s];
    if (p.what == pace::is::counted)
      room.paces[s].first += by;
    else if (slots.bytes[s] > 0)
      room.data[s] = static_cast<std::byte*>(t.data[s]) + by;
  }
  kernel({room.data, t.row_step, t.mask, part.rows, part.end - part.begin, stream, t.in_place,
          room.paces, t.paced, t.ahead_slot, t.ahead});
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

void kernel::run_by_rounds(kernel_function whole, kernel_function repeated, const tile& t,
                           const slot_kinds& slots, const slot_room& room) {
  const kernel_function rounds = !t.paces ? whole : are_repeated(t, slots) ? repeated : t.paced;
  const index_t n = rounds == t.paced ? slots.round : slots.line;
  if (!t.stream && t.columns % n == 0) return rounds(t);
  const bool alike = begin_alike(t, slots), around = t.stream && (alike || t.columns >= 4 * line);
  const index_t together = around && !alike ? 1 : t.rows;
  for (index_t row = 0; row < t.rows; row += together) {
    const auto run = [&](index_t begin, index_t end, bool stream) {
      run_part(rounds, t, {row, together, begin, end}, stream, slots, room);
    };
    const index_t first = around ? first_line(t, row, n, slots) : -1;
    const index_t begin = std::max(first, index_t(0));
    const index_t end = t.columns - (t.columns - begin) % n;
    run(begin, end, first >= 0);
    const bool goes_back = t.columns >= n && !t.in_place;
    if (begin > 0) run(0, (begin + n - 1) / n * n, false);
    if (end < t.columns && goes_back) run(t.columns - n, t.columns, false);
    for (index_t r = row; end < t.columns && !goes_back && r < row + together; ++r)
      run_padded(rounds, true, t, r, end, n, slots, room);
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
