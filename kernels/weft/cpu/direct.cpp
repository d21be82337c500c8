// weft/cpu/direct.cpp: small trees without a plan. Contiguous operands of one shape, the most
// common case, are one call of the kernel; operands whose rows it can read at their pace are a call
// for many rows; others are packed for it, some rows at a time, and a few elements of any strides
// are gathered first. Shared sub-expressions of contiguous operands have their tiles on the stack.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/direct.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <new>
#include <utility>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/cost.hpp"
#include "weft/cpu/direct_loops.hpp"
#include "weft/cpu/direct_memory.hpp"
#include "weft/plan.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

using namespace direct;

// False when the output's inner axis is neither of the two last ones.
bool find_loops(loops& l, const job& j) {
  const shape& s = *j.bindings[0].shape;
  const std::size_t n = j.bindings.size();
  for (int d = s.ndim() - 1; d >= 0; --d)
    if (s[std::size_t(d)] != 1) add_axis(l, j.bindings, s, d, l.axes > 0);
  complete(l, n);
  if (l.extent[1] > 1 && std::abs(l.step[1][0]) < std::abs(l.step[0][0])) {
    std::swap(l.extent[0], l.extent[1]);
    for (std::size_t i = 0; i < n; ++i) std::swap(l.step[0][i], l.step[1][i]);
  }
  for (int d = 2; d < l.axes; ++d)
    if (std::abs(l.step[d][0]) < std::abs(l.step[0][0])) return false;
  return true;
}

// Addresses as numbers, since a target that is only planned for has none.
struct byte_range {
  std::uintptr_t begin, end;

  byte_range(const binding& b, const loops& l, std::size_t i) {
    begin = end = reinterpret_cast<std::uintptr_t>(b.data);
    for (int k = 0; k < std::max(l.axes, 2); ++k) {
      const index_t by = l.step[k][i] * (l.extent[k] - 1);
      (by < 0 ? begin : end) += std::uintptr_t(by);
    }
    end += std::uintptr_t(element_bytes(b));
  }
  bool meets(const byte_range& other) const { return begin < other.end && other.begin < end; }
};

// Whether outputs overlap nothing but operands that are the same elements in the same order, and
// do not repeat; says whether there are such operands.
bool overlaps_only_itself(const job& j, const loops& l, bool& in_place) {
  for (std::size_t o = 0; o < std::size_t(j.outputs); ++o) {
    const binding& out = j.bindings[o];
    for (int k = 0; k < l.axes; ++k)
      if (l.step[k][o] == 0 && l.extent[k] > 1) return false;
    const byte_range written(out, l, o);
    for (std::size_t i = o + 1; i < j.bindings.size(); ++i) {
      const binding& b = j.bindings[i];
      if (!is_memory(b) || !byte_range(b, l, i).meets(written)) continue;
      if (i < std::size_t(j.outputs) || b.data != out.data || b.type != out.type) return false;
      for (int k = 0; k < l.axes; ++k)
        if (l.extent[k] > 1 && l.step[k][i] != l.step[k][o]) return false;
      in_place = true;
    }
  }
  return true;
}

// Whether the kernel can read this operand, or write this output, row by row where it is.
bool has_pace(pace& p, const job& j, const loops& l, std::size_t i) {
  const binding& b = j.bindings[i];
  const bool is_value = b.how == path::value;
  const index_t size = element_bytes(b), step = is_value || l.extent[0] == 1 ? size : l.step[0][i];
  p = pace::of(size, step);
  if (is_value || is_memory(b)) {
    const index_t row_step = std::abs(l.step[1][i]);
    return p.what == pace::is::next ||
           (i >= std::size_t(j.outputs) &&
            (p.what != pace::is::apart || row_step == 0 || row_step > std::abs(step)));
  }
  p = {pace::is::counted, step, b.first};
  return can_be_counted(b, j.stages, std::max(l.axes, 2), l.extent,
                        [&](int d) { return l.step[d][i]; });
}

bool choose_tiles(tiling& t, const job& j, const loops& l, index_t n) {
  const stage& st = j.stages[0];
  if (l.extent[0] < st.lanes && n > l.extent[0]) return false;
  if (l.axes > 2 && l.plane() < 64) return false;
  index_t packed = 0;  // bytes for each element
  bool is_transposed = false;
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    using is = pace::is;
    const bool reads = has_pace(t.paces[i], j, l, i);
    const is what = t.paces[i].what;
    t.is_packed[i] = !reads ||
                     (what != is::next && l.extent[0] < (what == is::same ? st.line : st.round)) ||
                     (what != is::next && what != is::same && !st.paced);
    t.plain = t.plain && (t.is_packed[i] || t.paces[i].what == pace::is::next);
    if (!t.is_packed[i]) continue;
    if (i < std::size_t(j.outputs)) return false;
    t.paces[i] = pace::of(element_bytes(b), element_bytes(b));
    packed += element_bytes(b);
    is_transposed |= is_memory(b) && l.step[1][i] == element_bytes(b);
  }
  if (packed && n > most_packed) return false;
  t.packs = packed > 0;
  t.rows = l.extent[1];
  t.columns = l.extent[0];
  if (packed && t.columns * packed > scratch_bytes) t.columns = scratch_bytes / packed / 64 * 64;
  if (is_transposed) t.columns = std::min(t.columns, index_t(64));
  if (t.columns < std::min(l.extent[0], index_t(64))) return false;
  if (packed) t.rows = std::min(t.rows, scratch_bytes / (t.columns * packed));
  return t.rows > 0;
}

// The kernel's pointers for a tile that begins at row `row` and column `column` of a plane.
class tile_of_rows {
 public:
  tile_of_rows(const job& j, const loops& l, tiling& t, bool in_place)
      : j_(j), l_(l), t_(t), in_place_(in_place) {}

  void run(const index_t* offset, index_t row, index_t rows, index_t column, index_t columns,
           std::byte* scratch) {
    bool is_one_row = true;
    for (std::size_t i = 0; i < j_.bindings.size(); ++i) {
      const binding& b = j_.bindings[i];
      data_[i] = b.data;
      row_step_[i] = 0;
      if (b.how == path::value) continue;
      const index_t row_step = l_.step[1][i];
      const index_t at = offset[i] + row * row_step + column * l_.step[0][i];
      if (t_.is_packed[i]) {
        const index_t pitch = columns * element_bytes(b), packed = row_step ? rows : 1;
        data_[i] = scratch;
        row_step_[i] = row_step ? pitch : 0;
        if (rows != packed_rows_ || columns != packed_columns_ || at != packed_at_[i]) {
          pack(scratch, pitch, b, at, i, packed, columns);
          packed_at_[i] = at;
        }
        scratch += rounded(packed * pitch);
      } else if (is_memory(b)) {
        data_[i] = static_cast<std::byte*>(b.data) + at;
        row_step_[i] = row_step;
      } else {
        row_step_[i] = row_step;
        t_.paces[i].first = b.first + at;
      }
      is_one_row = is_one_row && row_step_[i] == columns * t_.paces[i].step;
    }
    packed_rows_ = rows;
    packed_columns_ = columns;
    is_one_row = is_one_row || rows == 1;
    j_.stages[0].kernel({data_, row_step_, is_one_row ? 1 : rows,
                         is_one_row ? rows * columns : columns, false, in_place_,
                         t_.plain ? nullptr : t_.paces, j_.stages[0].paced});
  }

 private:
  void pack(std::byte* to, index_t pitch, const binding& b, index_t at, std::size_t i, index_t rows,
            index_t count) const {
    const index_t size = element_bytes(b), row_step = l_.step[1][i], step = l_.step[0][i];
    if (b.how != path::generated)
      return copy_block(size_of(b.type), to, {pitch, size},
                        static_cast<const std::byte*>(b.data) + at, {row_step, step}, rows, count);
    for (index_t r = 0; r < rows; ++r)
      b.fill(b.data, to + r * pitch, b.first + at + r * row_step, step, count);
  }

  const job& j_;
  const loops& l_;
  tiling& t_;
  bool in_place_;
  index_t packed_rows_ = 0, packed_columns_ = 0;  // of the tile before
  index_t packed_at_[most_bindings];
  void* data_[most_bindings];
  index_t row_step_[most_bindings];
};

void run_rows(const job& j, const loops& l, tiling& t, bool in_place, std::byte* scratch) {
  tile_of_rows tile(j, l, t, in_place);
  for_each_plane(l, j.bindings.size(), [&](const index_t* offset) {
    for (index_t row = 0; row < l.extent[1]; row += t.rows)
      for (index_t column = 0; column < l.extent[0]; column += t.columns)
        tile.run(offset, row, std::min(t.rows, l.extent[1] - row), column,
                 std::min(t.columns, l.extent[0] - column), scratch);
  });
}

// Out of line, so that only those that pack have the room for it on their stack.
[[gnu::noinline]] void run_packed(const job& j, const loops& l, tiling& t, bool in_place) {
  alignas(64) std::byte scratch[scratch_bytes + 64 * most_bindings];
  run_rows(j, l, t, in_place, scratch);
}

// What one look at the bindings finds.
struct survey {
  void* data[most_bindings];
  index_t bytes = 0;      // of an element of all of them
  bool plain = true;      // one call of the kernel will do
  bool in_place = false;  // an operand is the output
};

bool meets(const binding& b, const binding& out, index_t n) {
  return meet(b.data, n * element_bytes(b), out.data, n * element_bytes(out));
}

// Whether the elements of b stand one after another in the order of the shape of `out`.
bool is_like(const binding& b, const binding& out) {
  return b.how == path::direct && (b.shape == out.shape || *b.shape == *out.shape) &&
         (b.contiguous || is_contiguous(*b.shape, *b.strides));
}

// Whether outputs overlap nothing but plain operands that are their own elements; says whether
// there are such.
bool overlap_only_themselves(const job& j, index_t n, bool& in_place) {
  for (std::size_t o = 0; o < std::size_t(j.outputs); ++o)
    for (std::size_t i = 0; i < j.bindings.size(); ++i) {
      const binding &b = j.bindings[i], &out = j.bindings[o];
      if (i == o || !is_memory(b) || !meets(b, out, n)) continue;
      if (i < std::size_t(j.outputs) || b.data != out.data || b.type != out.type) return false;
      in_place = true;
    }
  return true;
}

// Plain are bindings whose elements stand one after another in the order of the output's shape, if
// outputs overlap nothing but operands that are their elements.
void look_at(survey& all, const job& j, index_t n) {
  index_t bytes = 0;  // not in the result itself: it would be stored and loaded for each binding
  bool plain = true;
  void** data = all.data;
  for (const binding& b : j.bindings) {
    *data++ = b.data;
    if (b.how == path::value) continue;
    bytes += element_bytes(b);
    plain = plain && is_like(b, j.bindings[0]);
  }
  all.bytes = bytes;
  all.plain = plain && overlap_only_themselves(j, n, all.in_place);
}

// How to evaluate a job by loops; false if a plan is needed.
bool decide(decision& d, const job& j, index_t n, bool& in_place) {
  if (!find_loops(d.l, j) || !overlaps_only_itself(j, d.l, in_place)) return false;
  const bool gathers = can_gather(j, n);
  if (!gathers && (d.at_once = rows_to_join(j, d.l)) > 0)
    d.how = decision::by::joined_rows;
  else if (!gathers && d.beyond.choose(j, d.l, in_place))
    d.how = decision::by::rows_beyond;
  else if ((d.at_once = planes_at_once(j, d.l, n)) > 0)
    d.how = decision::by::planes;
  else if (choose_tiles(d.t, j, d.l, n))
    d.how = d.t.packs ? decision::by::packed_rows : decision::by::rows;
  else if (!gathers && (d.at_once = rows_at_once(j, d.l, n)) > 0)
    d.how = decision::by::short_rows;
  else if (gathers)
    d.how = decision::by::gathering;
  else
    return false;
  return true;
}

void run_decided(decision& d, const job& j, index_t n, bool in_place) {
  switch (d.how) {
    case decision::by::joined_rows:
      return run_joined(j, d.l, d.at_once, in_place);
    case decision::by::rows_beyond:
      return d.beyond.run(j, d.l, n);
    case decision::by::short_rows:
      return run_short_rows(j, d.l, d.at_once, in_place);
    case decision::by::planes:
      return run_planes(j, d.l, d.at_once, in_place);
    case decision::by::packed_rows:
      return run_packed(j, d.l, d.t, in_place);
    case decision::by::rows:
      return run_rows(j, d.l, d.t, in_place, nullptr);
    case decision::by::gathering:
      return run_few(j, d.l, n, in_place);
  }
}

// Whether a user's function makes elements: it may evaluate other trees meanwhile.
bool has_user_generator(const job& j) {
  return std::ranges::any_of(j.bindings,
                             [](const binding& b) { return b.how == path::generated && !b.text; });
}

// Rows, or a few elements that are gathered. What has been decided is left for the next time.
bool run_by_loops(const job& j, index_t n, memory_of_decisions* memory) {
  bool in_place = false;
  if (!memory || has_user_generator(j)) {
    decision d;
    if (!decide(d, j, n, in_place)) return false;
    run_timed(j.stages, n, [&] { run_decided(d, j, n, in_place); });
    return true;
  }
  decision& d = memory->begin();
  if (!decide(d, j, n, in_place)) return false;
  memory->keep(j, n);
  run_decided(d, j, n, in_place);
  return true;
}

// Elements [first, first + count) of a job of plain bindings, stage by stage; `tiles` are of the
// shared sub-expressions.
void run_stages(const job& j, std::byte* const* tiles, index_t first, index_t count,
                bool in_place) {
  for (std::size_t k = 0; k < j.stages.size(); ++k) {
    const stage& st = j.stages[k];
    void* data[most_bindings];
    for (std::size_t i = 0; i < std::size_t(st.count); ++i) {
      const binding& b = j.bindings[std::size_t(st.begin) + i];
      if (b.how == path::shared)
        data[i] = tiles[b.stage < 0 ? k : std::size_t(b.stage)];
      else
        data[i] = static_cast<std::byte*>(b.data) + (is_memory(b) ? first * element_bytes(b) : 0);
    }
    st.kernel({data, no_step, 1, count, false, in_place && !st.identity});
  }
}

// Whether several stages are little over bindings whose elements all stand one after another in the
// order of the output's shape, and then how many elements to take at a time, so that shared tiles
// fit on the stack.
constexpr std::size_t most_stages = 16;
bool find_stages(const job& j, index_t& most, bool& in_place) {
  const binding& out = j.bindings[0];
  const index_t n = out.shape->product();
  if (n == 0 || j.stages.size() > most_stages) return false;
  index_t bytes = 0, shared = 0;  // of an element
  for (const binding& b : j.bindings) {
    if (b.how == path::generated || (is_memory(b) && !is_like(b, out))) return false;
    if (is_memory(b)) bytes += element_bytes(b);
  }
  for (const stage& st : j.stages)
    if (st.identity) shared += index_t(size_of(st.type));
  most = shared > 0 ? scratch_bytes / shared / 64 * 64 : n;
  return most > 0 && is_small(j.stages, n, bytes) && overlap_only_themselves(j, n, in_place);
}

bool run_stages(const job& j) {
  const index_t n = j.bindings[0].shape->product();
  index_t most = 0;
  bool in_place = false;
  if (!find_stages(j, most, in_place)) return false;
  alignas(64) std::byte scratch[std::size_t(scratch_bytes) + 64 * most_stages];
  std::byte *tiles[most_stages], *next = scratch;
  for (std::size_t k = 0; k < j.stages.size(); ++k) {
    tiles[k] = next;
    if (j.stages[k].identity)
      next += rounded(std::min(most, n) * index_t(size_of(j.stages[k].type)));
  }
  run_timed(j.stages, n, [&] {
    for (index_t first = 0; first < n; first += most)
      run_stages(j, tiles, first, std::min(most, n - first), in_place);
  });
  return true;
}

}  // namespace

memory_of_decisions* direct::memory_of_decisions::of(const job& j) {
  // On the heap: what is thread-local takes room on the stack of every thread.
  constexpr std::size_t count = 16;
  static thread_local constinit memory_of_decisions* all = nullptr;
  static thread_local constinit bool is_over = false;
  struct freed_at_exit {
    ~freed_at_exit() {
      delete[] std::exchange(all, nullptr);
      is_over = true;
    }
  };
  const stage& st = j.stages[0];
  if (j.bindings.size() > most || st.cost.has_calls) return nullptr;
  if (!all) {
    if (is_over) return nullptr;
    static thread_local const freed_at_exit registered;
    all = new (std::nothrow) memory_of_decisions[count];
    if (!all) return nullptr;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(st.program.data());
  return &all[(address >> 4 ^ address >> 9 ^ address >> 14) % count];
}

bool run_directly(const job& j) {
  if (j.bindings.size() > most_bindings) return false;
  if (j.stages.size() > 1) return run_stages(j);
  memory_of_decisions* const memory = memory_of_decisions::of(j);
  if (memory && memory->is_for(j)) {
    decision& d = memory->kept();
    bool in_place = false;
    if (overlaps_only_itself(j, d.l, in_place) &&
        !(in_place && d.how == decision::by::rows_beyond && !d.beyond.may_be_in_place())) {
      run_decided(d, j, memory->elements(), in_place);
      return true;
    }
  }
  const index_t n = j.bindings[0].shape->product();
  if (n == 0) return false;
  survey all;
  look_at(all, j, n);
  if (!is_small(j.stages, n, all.bytes)) return false;
  if (!all.plain) return run_by_loops(j, n, memory);
  run_whole(j.stages, all.data, n, all.in_place);
  return true;
}

bool runs_directly(const job& j) {
  bool in_place = false;
  if (j.bindings.size() > most_bindings) return false;
  if (j.stages.size() > 1) {
    index_t most = 0;
    return find_stages(j, most, in_place);
  }
  const index_t n = j.bindings[0].shape->product();
  if (n == 0) return false;
  survey all;
  look_at(all, j, n);
  if (!is_small(j.stages, n, all.bytes)) return false;
  decision d;
  return all.plain || decide(d, j, n, in_place);
}

}  // namespace weft
