// weft/plan.cpp: from slots to loops, in passes: align, flip, order, merge, group, tile, threads.
// Compiled once, for all expressions.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "weft/cpu/cost.hpp"
#include "weft/cpu/machine.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

// Shorter runs than this cost more in starting and ending the kernel's loop than in its middle,
// so axes are grouped, and what is not contiguous over the group is packed.
constexpr index_t shortest_run = 32;
// Elements in a tile when nothing is packed: enough to amortise the call, few enough to share
// out among threads.
constexpr index_t direct_tile = 32768;
// Elements in the smallest tile, and tiles that each thread should have at least.
constexpr index_t smallest_tile = 256, tiles_a_thread = 4;
// Tiles are cut at multiples of this, so that only the last one of a row has a rest.
constexpr index_t whole_lanes = 64;
// Bytes, and elements, that a tile reads at least of each line of an operand which is contiguous
// down the tile's rows: several lines of the cache, since one alone does not tell the processor
// what will be read next.
constexpr index_t transposed_bytes = 256, transposed_rows = 64;
// Rows between two slots that are taken for readers of the same rows, and bytes that are fetched
// before they are needed.
constexpr index_t most_shared_rows = 16, early_bytes = 32768;

index_t element_bytes(const slot& s) { return index_t(size_of(s.type)); }
bool has_elements(const slot& s) { return s.shape != nullptr; }
index_t unit(const slot& s) { return s.how == path::generated ? 1 : element_bytes(s); }

void move_base(slot& s, index_t steps) {
  if (s.how == path::generated)
    s.first += steps;
  else
    s.data = static_cast<std::byte*>(s.data) + steps;
}

// Strides of every slot along the output's axes; 0 where the slot is broadcast.
void align(plan& p, const shape& out) {
  for (slot& s : p.slots) {
    if (!has_elements(s)) continue;
    const int missing = out.ndim() - s.shape->ndim();
    for (int d = 0; d < out.ndim(); ++d) {
      const bool moves = d >= missing && (*s.shape)[std::size_t(d - missing)] != 1;
      s.step[d] = moves ? (*s.strides)[std::size_t(d - missing)] * unit(s) : 0;
    }
  }
}

// Walk the output forwards in memory, on every axis.
void flip(plan& p, const shape& out) {
  for (int d = 0; d < out.ndim(); ++d) {
    if (p.slots[0].step[d] >= 0) continue;
    for (slot& s : p.slots) {
      if (!has_elements(s)) continue;
      move_base(s, (out[std::size_t(d)] - 1) * s.step[d]);
      s.step[d] = -s.step[d];
    }
  }
}

// Axes by the output's strides, largest outermost; axes of extent 1 go.
void order(plan& p, const shape& out) {
  int axes[max_ndim];
  for (int d = 0; d < out.ndim(); ++d)
    if (out[std::size_t(d)] != 1) axes[p.ndim++] = d;
  for (int k = 1; k < p.ndim; ++k)  // eight at most, and equal ones stay in their order
    for (int i = k; i > 0 && p.slots[0].step[axes[i]] > p.slots[0].step[axes[i - 1]]; --i)
      std::swap(axes[i], axes[i - 1]);
  for (int k = 0; k < p.ndim; ++k) p.extent[k] = out[std::size_t(axes[k])];
  for (slot& s : p.slots) {
    index_t old[max_ndim];
    std::copy(s.step, s.step + max_ndim, old);
    for (int k = 0; k < p.ndim; ++k) s.step[k] = old[axes[k]];
  }
}

// Neighbouring axes become one wherever every slot steps through them as through one.
void merge(plan& p) {
  for (int d = p.ndim - 2; d >= 0; --d) {
    const bool together = std::ranges::all_of(p.slots, [&](const slot& s) {
      return !has_elements(s) || s.step[d] == s.step[d + 1] * p.extent[d + 1];
    });
    if (!together) continue;
    p.extent[d] *= p.extent[d + 1];
    std::copy(p.extent + d + 2, p.extent + p.ndim, p.extent + d + 1);
    for (slot& s : p.slots) {
      s.step[d] = s.step[d + 1];
      std::copy(s.step + d + 2, s.step + p.ndim, s.step + d + 1);
    }
    --p.ndim;
  }
  if (p.ndim == 0) {  // one element is a loop of one
    p.ndim = 1;
    p.extent[0] = 1;
    for (slot& s : p.slots) s.step[0] = unit(s);
  }
}

// Steps through axes [inner, ndim) as through one.
bool is_even_from(const slot& s, const plan& p, int inner) {
  index_t expected = s.step[p.ndim - 1];
  for (int d = p.ndim - 1; d >= inner; --d) {
    if (s.step[d] != expected) return false;
    expected *= p.extent[d];
  }
  return true;
}
bool contiguous_from(const slot& s, const plan& p, int inner) {
  return s.step[p.ndim - 1] == element_bytes(s) && is_even_from(s, p, inner);
}

bool is_memory(const slot& s) { return s.how == path::direct || s.how == path::packed; }

// The outer axis along which a slot is nearest in memory, if it is nearer than along the inner
// loop; else -1.
int nearest_axis(const slot& s, const plan& p) {
  index_t nearest = std::abs(s.step[p.ndim - 1]);
  int found = -1;
  for (int d = 0; d < p.inner; ++d) {
    const index_t step = std::abs(s.step[d]);
    if (step != 0 && step < nearest) nearest = step, found = d;
  }
  return found;
}

// Whether the kernel can read an operand row by row as it is, at the pace that it then has.
bool has_pace(slot& s, const plan& p) {
  const index_t step = s.step[p.ndim - 1];
  if (s.must_pack || !is_even_from(s, p, p.inner)) return false;
  if (s.how == path::generated) {
    s.pace = {pace::is::counted, step, s.first};
    return can_be_counted(s, p.stages, p.ndim, p.extent, [&](int d) { return s.step[d]; });
  }
  s.pace = pace::of(element_bytes(s), step);
  return s.pace.what != pace::is::apart || nearest_axis(s, p) < 0;
}

const char* reason_to_pack(const slot& s, const plan& p) {
  if (s.must_pack) return "overlaps the output: a tile is read before one is written";
  const index_t last = s.step[p.ndim - 1];
  if (last == 0) return "repeats along the inner loop";
  if (nearest_axis(s, p) >= 0) return "contiguous along an outer axis";
  if (last == -element_bytes(s)) return "runs backwards";
  if (last != element_bytes(s)) return "steps over elements in the inner loop";
  return "has gaps between short rows";
}

const char* name_of(pace::is what) {
  switch (what) {
    case pace::is::next:
      return "contiguous along the inner loop";
    case pace::is::same:
      return "one element serves a row";
    case pace::is::previous:
      return "turned round in registers";
    case pace::is::second:
      return "every second element, picked in registers";
    case pace::is::apart:
      return "gathered in registers";
    case pace::is::counted:
      return "counted in registers, never stored";
  }
  return "";
}

// Whether rows as short as the inner loop's are better than packing what has gaps between them:
// starting a row costs about as much as packing `start` elements.
bool keeps_short_rows(const plan& p, index_t run) {
  constexpr index_t start = 24;
  index_t lanes = 1, packed = 0;
  for (const stage& st : p.stages) lanes = std::max(lanes, index_t(st.lanes));
  if (run < lanes) return false;
  for (const slot& s : p.slots) {
    if (!is_memory(s) || s.must_pack || !contiguous_from(s, p, p.inner)) continue;
    packed += contiguous_from(s, p, p.inner - 1) ? 0 : run;
  }
  return packed > start;
}

// The inner loop, and how each slot is reached in it.
void group(plan& p) {
  p.inner = p.ndim - 1;
  index_t run = p.extent[p.inner];
  while (run < shortest_run && p.inner > 0 && !keeps_short_rows(p, run)) run *= p.extent[--p.inner];
  const auto reach = [&](slot& s, bool is_operand, const stage& st) {
    const pace plain = pace::of(element_bytes(s), element_bytes(s));
    const bool direct =
        has_elements(s) && has_pace(s, p) &&
        (s.pace.what == pace::is::next ||
         (is_operand &&
          (s.pace.what == pace::is::same ? run >= st.line : st.paced && run >= st.round)));
    if (!direct) s.pace = plain;
    if (!has_elements(s)) return;
    if (is_memory(s)) s.how = direct ? path::direct : path::packed;
    s.why = direct                     ? name_of(s.pace.what)
            : s.how == path::generated ? "never stored"
                                       : reason_to_pack(s, p);
  };
  for (const stage& st : p.stages)
    for (int i = st.begin; i < st.begin + st.count; ++i)
      reach(p.slots[std::size_t(i)], i >= p.outputs, st);
}

bool same_elements(const slot& a, const slot& b, const plan& p) {
  return a.how == b.how && a.type == b.type && a.moves == b.moves && a.data == b.data &&
         a.first == b.first && a.fill == b.fill && std::equal(a.step, a.step + p.ndim, b.step);
}

// A leaf that stands in the tree twice is packed once.
void find_repeats(const plan& p) {
  for (std::size_t i = std::size_t(p.outputs); i < p.slots.size(); ++i) {
    slot& s = p.slots[i];
    s.same_as = -1;
    if (!s.has_buffer()) continue;
    for (std::size_t k = std::size_t(p.outputs); k < i && s.same_as < 0; ++k)
      if (same_elements(s, p.slots[k], p)) s.same_as = int(k);
  }
}

// A packed slot that is nearer in memory along an outer axis than along the inner loop.
struct transposed {
  int axis = -1;
  index_t element_bytes = 1;
};
transposed find_transposed(const plan& p) {
  for (const slot& s : p.slots) {
    if (s.how != path::packed || s.must_pack) continue;
    if (const int axis = nearest_axis(s, p); axis >= 0) return {axis, element_bytes(s)};
  }
  return {};
}

}  // namespace

std::size_t tile_bytes(const plan& p, dtype type, bool repeats) {
  const index_t elements = p.rows * (repeats ? 1 : p.columns);
  return rounded(std::size_t(elements) * size_of(type));
}

namespace {

// Whether the slot has a tile of its own in L1.
bool has_tile(const slot& s) { return s.has_buffer() && s.same_as < 0; }

void tile_loops(plan& p) {
  index_t packed_bytes = 0;
  bool overlaps = false;
  for (const slot& s : p.slots) {
    if (has_tile(s)) packed_bytes += element_bytes(s);
    overlaps |= s.must_pack;
  }
  for (const stage& st : p.stages)
    if (st.identity) packed_bytes += index_t(size_of(st.type));
  const transposed across = overlaps ? transposed() : find_transposed(p);
  // Packed tiles share half of the L1 cache; those that are transposed half of the L2 cache, for
  // lines that are long enough both in the operand and in the output.
  const index_t cache = across.axis < 0
                            ? cpu_machine().l1_bytes / 2
                            : std::max(cpu_machine().l2_bytes / 2, cpu_machine().l1_bytes / 2);
  const index_t most = across.axis < 0 ? 8192 : 65536;
  index_t elements = packed_bytes == 0
                         ? direct_tile
                         : std::clamp<index_t>(cache / packed_bytes, smallest_tile, most);
  // Enough tiles to share out evenly.
  if (p.threads > 1)
    elements = std::clamp(p.size / (p.threads * tiles_a_thread), smallest_tile, elements);
  index_t inner_unit = 1;
  for (int d = p.inner + 1; d < p.ndim; ++d) inner_unit *= p.extent[d];

  index_t columns = elements;
  if (across.axis >= 0) {
    p.row_axis = across.axis;
    p.rows = std::min(std::max(transposed_bytes / across.element_bytes, transposed_rows),
                      p.extent[across.axis]);
    columns = std::max<index_t>(elements / p.rows, 64);
    // Rows that lie a power of two apart would share a few places in the caches.
    if (columns > 64 && columns * across.element_bytes % 1024 == 0) columns -= whole_lanes;
    p.order_reason = "blocked: an operand is contiguous along an outer axis";
  }
  p.inner_step = std::max<index_t>(1, columns / inner_unit);
  if (p.inner_step > whole_lanes) p.inner_step -= p.inner_step % whole_lanes;
  p.inner_step = std::min(p.extent[p.inner], p.inner_step);
  p.columns = p.inner_step * inner_unit;
  if (across.axis < 0 && p.inner > 0 && !overlaps) {
    p.row_axis = p.inner - 1;
    p.rows = std::clamp<index_t>(elements / p.columns, 1, p.extent[p.row_axis]);
  }
  p.tiles = 1;
  for (int d = 0; d < p.inner; ++d)
    p.tiles *= d == p.row_axis ? (p.extent[d] + p.rows - 1) / p.rows : p.extent[d];
  p.tiles *= (p.extent[p.inner] + p.inner_step - 1) / p.inner_step;

  for (const slot& s : p.slots)
    if (has_tile(s)) p.scratch += tile_bytes(p, s.type, false);
  for (const stage& st : p.stages)
    if (st.identity) p.scratch += tile_bytes(p, st.type, false);
  p.threads = int(std::min<index_t>(p.threads, p.tiles));
}

// Every distinct element of an operand once, every element of an output once.
void count_bytes(plan& p) {
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    const slot& s = p.slots[i];
    if (!has_elements(s) || s.how == path::generated || s.same_as >= 0) continue;
    std::size_t bytes = std::size_t(element_bytes(s));
    for (int d = 0; d < p.ndim; ++d) bytes *= s.step[d] == 0 ? 1 : std::size_t(p.extent[d]);
    (int(i) < p.outputs ? p.bytes_written : p.bytes_read) += bytes;
  }
}

void find_in_place(plan& p) {
  for (std::size_t i = std::size_t(p.outputs); i < p.slots.size(); ++i)
    for (int o = 0; o < p.outputs; ++o) {
      slot& s = p.slots[i];
      const slot& out = p.slots[std::size_t(o)];
      if (!has_elements(s) || s.how == path::generated || s.data != out.data ||
          !std::equal(s.step, s.step + p.ndim, out.step))
        continue;
      s.in_place = true;
      if (s.how == path::direct) p.in_place = true;
    }
}

// How many threads the work is worth.
void choose_threads(plan& p) {
  p.threads =
      threads_for(double(p.bytes_read + p.bytes_written), double(p.size) * operations_of(p.stages));
  // Tiles that overlap the output run in order.
  if (std::ranges::any_of(p.slots, &slot::must_pack)) p.threads = 1;
}

// Outputs that do not fit in the cache go around it.
void choose_stores(plan& p) {
  const slot& out = p.slots[0];
  // Rows of a tile that follow one another in all slots are one.
  const auto follow = [&](const slot& s) {
    return s.how == path::value || s.how == path::shared || s.has_buffer() ||
           s.step[p.row_axis] == p.columns * s.pace.step;
  };
  const bool one_row = p.row_axis >= 0 && std::ranges::all_of(p.slots, follow);
  const index_t columns = p.columns * (one_row ? p.rows : 1), bytes = columns * element_bytes(out);
  const bool whole_lines =
      one_row || p.row_axis < 0 || (out.step[p.row_axis] % 64 == 0 && bytes % 128 == 0);
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(out.data) % 64 == 0;
  const bool pays = whole_lines ? bytes >= 256 && (is_aligned || columns >= 256)
                                : bytes >= shortest_row_around && columns >= 256;
  p.stream = pays && !p.in_place && out.how == path::direct &&
             p.bytes_written > cpu_machine().last_cache_bytes / 2;
  const auto is_whole = [&] {
    const slot& s = p.slots[1];
    return s.how == path::packed && !s.must_pack && s.type == out.type && p.inner == p.ndim - 1;
  };
  p.copies = p.stream && p.slots.size() == 2 && p.stages[0].program.size() == 2 && is_whole();
}

// Rows that several slots read one after another, as those of a stencil, come from memory once and
// then from a cache, and processors that see both do not fetch ahead as they do for the former: the
// slot that reads each row first has those that follow fetched.
void look_ahead(plan& p) {
  if (!p.stream || p.row_axis < 0 || p.stages.size() != 1) return;
  const auto place = [](const slot& s) { return reinterpret_cast<std::intptr_t>(s.data); };
  const auto reads = [](const slot& s) { return has_elements(s) && s.how == path::direct; };
  index_t most = 0;  // rows by which a slot is before another one
  for (auto i = std::size_t(p.outputs); i < p.slots.size(); ++i) {
    const slot& s = p.slots[i];
    const index_t row = s.step[p.row_axis];
    if (!reads(s) || row == 0) continue;
    for (const slot& other : p.slots.subspan(std::size_t(p.outputs))) {
      if (!reads(other) || !std::equal(s.step, s.step + p.ndim, other.step)) continue;
      const index_t rows = (place(s) - place(other) + row / 2) / row;
      if (rows <= most || rows > most_shared_rows) continue;
      most = rows;
      p.ahead_slot = int(i);
      p.ahead = std::max<index_t>(early_bytes / std::abs(row), 1) * row;
    }
  }
}

}  // namespace

slot_storage::slot_storage(std::span<const binding> bindings)
    : data_(inline_.data()), count_(bindings.size()) {
  if (count_ > few) {
    more_.resize(count_);
    data_ = more_.data();
  }
  for (std::size_t i = 0; i < count_; ++i) static_cast<binding&>(data_[i]) = bindings[i];
}

void make_plan(plan& p) {
  const shape& out = *p.slots[0].shape;
  p.size = out.product();
  p.order_reason = "in the order of the output's memory";
  if (p.size == 0) return;
  align(p, out);
  flip(p, out);
  order(p, out);
  merge(p);
  group(p);
  find_repeats(p);
  count_bytes(p);
  find_in_place(p);
  choose_threads(p);
  tile_loops(p);
  choose_stores(p);
  look_ahead(p);
}

}  // namespace weft
