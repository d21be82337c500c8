// weft/sweeps.cpp: from reductions to sweeps and their tiles, in passes as in plan.cpp: axes,
// group, widen, tile, divide, threads.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/sweeps.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <span>
#include <utility>

#include "weft/cpu/cost.hpp"
#include "weft/cpu/machine.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

// Rows of a block, over which a column does.
constexpr index_t most_rows = 128;
// Elements of a tile of which nothing is packed: a part of L2, for the members to share.
constexpr index_t direct_tile = 65536;
// Of one member that keeps places, whose states are joined one by one: twice as seldom.
constexpr index_t places_tile = 2 * direct_tile;
// Rows of a tile whose packed operand is contiguous down the rows: two cache lines of floats.
constexpr index_t transposed_rows = 32;
// Bytes of the states of a tile, which stay in L1.
constexpr index_t state_room = 16384;

index_t element_bytes(const slot& s) { return index_t(size_of(s.type)); }
bool has_elements(const slot& s) { return s.shape != nullptr; }

bool contiguous_over_group(const slot& s, const plan& p) {
  index_t expected = element_bytes(s);
  for (int d = p.ndim - 1; d >= p.inner; --d) {
    if (s.step[d] != expected) return false;
    expected *= p.extent[d];
  }
  return true;
}
bool repeats_over_group(const slot& s, const plan& p) {
  return std::all_of(s.step + p.inner, s.step + p.ndim, [](index_t step) { return step == 0; });
}

// The inner loop and the rows of a tile.
void group(sweep& s) {
  plan& p = s.loops;
  p.inner = p.ndim - 1;
  index_t run = p.extent[p.inner];
  const bool along = s.how == sweep::loop::along;
  while (run < shortest_run && p.inner > 0 && s.reduces[p.inner - 1] == along)
    run *= p.extent[--p.inner];
  const bool has_kept = along && !s.reduces[0];
  const bool follow = p.inner > 0 && std::ranges::all_of(s.slots, [&](const slot& x) {
                        return !has_elements(x) || (contiguous_over_group(x, p) &&
                                                    x.step[p.inner - 1] == run * element_bytes(x));
                      });
  index_t shortest = 1;
  for (const sweep_member& m : s.members)
    shortest = std::max(shortest, shortest_row(m.what->stages.back(), follow));
  if (along && has_kept && run < shortest && !s.reduces[p.inner - 1]) {
    s.how = sweep::loop::segments;
    s.length = run;
    while (run < shortest_run && p.inner > 0) run *= p.extent[--p.inner];
  }
  if (s.how == sweep::loop::segments || p.inner == 0) return;
  // Where nothing is reduced, rows stay apart, which only a stored sub-expression's kernel does.
  const bool keeps_all = std::ranges::all_of(
      s.members, [](const sweep_member& m) { return m.what->kernels->keeps_all; });
  if (!along && !s.reduces[p.inner - 1] && !keeps_all) return;
  p.row_axis = p.inner - 1;
  // Rows that are reduced too are folded in every tile: worth it when a tile has a lot of them.
  if (along && has_kept && s.reduces[p.row_axis] && p.extent[p.row_axis] * run < longest_row)
    while (s.reduces[p.row_axis]) --p.row_axis;
}

void reach(sweep& s) {
  plan& p = s.loops;
  const bool narrow = s.how == sweep::loop::across && s.wide > 1;
  for (const stage& st : s.stages)
    for (slot& x : p.slots.subspan(std::size_t(st.begin), std::size_t(st.count)))
      x.repeats = st.holds && has_elements(x) && repeats_over_group(x, p) &&
                  !(narrow && x.step[p.row_axis] != 0);
  for (slot& x : s.slots) {
    if (!has_elements(x)) continue;
    if (x.how == path::generated) x.why = "never stored";
    if (x.how != path::direct && x.how != path::packed) continue;
    bool direct = contiguous_over_group(x, p);
    // Narrow rows are taken many at a time, so they have to follow one another.
    if (narrow && x.step[p.row_axis] != p.extent[p.inner] * x.step[p.inner]) direct = false;
    x.how = direct || x.repeats ? path::direct : path::packed;
    x.why = x.repeats ? "one element serves a row"
            : direct  ? "contiguous along the inner loop"
                      : "not contiguous along the inner loop";
  }
  for (std::size_t i = 0; i < s.slots.size(); ++i) {
    slot& x = s.slots[i];
    x.same_as = -1;
    if (x.how != path::packed && x.how != path::generated) continue;
    for (std::size_t k = 0; k < i && x.same_as < 0; ++k) {
      const slot& y = s.slots[k];
      if (y.how == x.how && y.repeats == x.repeats && y.type == x.type && y.moves == x.moves &&
          y.data == x.data && y.first == x.first && y.fill == x.fill && y.same_as < 0 &&
          std::equal(x.step, x.step + p.ndim, y.step))
        x.same_as = int(k);
    }
  }
}

bool has_tile(const slot& s) {
  return (s.how == path::packed || s.how == path::generated) && s.same_as < 0;
}
// Whether a packed slot is nearer in memory down the rows than along them.
bool is_transposed(const slot& s, const plan& p) {
  if (p.row_axis < 0 || s.how != path::packed || s.repeats) return false;
  const index_t down = std::abs(s.step[p.row_axis]);
  return down != 0 && down < std::abs(s.step[p.ndim - 1]);
}

// Rows that are too short for a register are taken `wide` at a time; so are longer ones that follow
// one another, since processors fetch ahead of longer rows only.
void widen(sweep& s) {
  plan& p = s.loops;
  index_t run = 1;
  for (int d = p.inner; d < p.ndim; ++d) run *= p.extent[d];
  if (s.how != sweep::loop::across || p.row_axis < 0 || s.keeps_rows()) return;
  const auto follow = [&](const slot& x) {
    return !has_elements(x) ||
           (x.how == path::direct && x.step[p.ndim - 1] == element_bytes(x) &&
            contiguous_over_group(x, p) && x.step[p.row_axis] == run * element_bytes(x));
  };
  // Tiles of shared sub-expressions are narrower than such rows.
  const bool shares = std::ranges::any_of(s.stages, [](const stage& st) { return st.identity; });
  if (run < shortest_run)
    s.wide = index_t(std::bit_ceil(std::uint64_t((256 + run - 1) / run)));
  else if (run < longest_across && !shares && !s.keeps_places() &&
           std::ranges::all_of(s.slots, follow))
    s.wide = rows_as_one(run);
}

void tile_loops(sweep& s) {
  plan& p = s.loops;
  index_t packed = 0, state = 1;
  bool transposed = false;
  for (const slot& x : s.slots) {
    if (has_tile(x) && !x.repeats) packed += element_bytes(x);
    transposed |= is_transposed(x, p);
  }
  for (const stage& st : s.stages)
    if (st.identity) packed += index_t(size_of(st.type));
  for (const sweep_member& m : s.members)
    state = std::max(state, index_t(m.what->kernels->state_bytes));
  const index_t direct = s.keeps_places() && s.members.size() == 1 ? places_tile : direct_tile;
  const index_t elements =
      packed ? std::clamp<index_t>(cpu_machine().l1_bytes / 2 / packed, 256, 8192) : direct;
  s.inner_unit = 1;
  for (int d = p.inner + 1; d < p.ndim; ++d) s.inner_unit *= p.extent[d];

  const bool across = s.how == sweep::loop::across;
  index_t columns =
      std::min(elements, across ? std::min(state_room / state, longest_across) : longest_row);
  if (packed && p.row_axis >= 0 && (across || transposed))
    columns = std::max<index_t>(elements / transposed_rows, 64);
  p.inner_step = std::max<index_t>(1, columns / s.inner_unit);
  if (p.inner_step > 64) p.inner_step -= p.inner_step % 64;
  p.inner_step = std::min(p.extent[p.inner], p.inner_step);
  p.columns = p.inner_step * s.inner_unit;
  if (p.row_axis >= 0)
    p.rows = std::clamp<index_t>(elements / p.columns, 1, across ? most_rows * s.wide : 512);
  if (p.row_axis >= 0) p.rows = std::min(p.rows, p.extent[p.row_axis]);
  // Rows that are kept follow one another among the results only when they are whole.
  if (s.keeps_rows() && p.inner_step < p.extent[p.inner]) p.rows = 1;
  for (const slot& x : s.slots)
    if (has_tile(x)) p.scratch += tile_bytes(p, x.type, x.repeats);
  for (const stage& st : s.stages)
    if (st.identity) p.scratch += tile_bytes(p, st.type, false);
}

// Units, pieces and blocks.
void divide(sweep& s) {
  plan& p = s.loops;
  index_t kept_chunks = 1;
  for (int d = 0; d <= p.inner; ++d) {
    s.chunk[d] = d == p.inner ? p.inner_step : d == p.row_axis ? p.rows : 1;
    s.chunks[d] = (p.extent[d] + s.chunk[d] - 1) / s.chunk[d];
    const bool reduced = s.reduces[d] && !(s.how == sweep::loop::segments && d == p.inner);
    (reduced ? s.blocks : kept_chunks) *= s.chunks[d];
  }
  // Blocks of the only axis, where nothing is packed, follow one another in all slots.
  if (s.how == sweep::loop::along && p.ndim == 1 && s.reduces[0] &&
      std::ranges::all_of(
          s.slots, [](const slot& x) { return x.how == path::value || x.how == path::direct; }))
    s.together = std::max<index_t>(direct_tile / p.columns, 1);
  s.width = s.how == sweep::loop::along      ? std::max(p.rows, s.together)
            : s.how == sweep::loop::segments ? p.columns / s.length
            : s.keeps_rows()                 ? p.columns * p.rows
                                             : p.columns * s.wide;
  if (!s.alone) s.pieces = pieces_of(s.blocks, p.rows * p.columns, kept_chunks);
  s.units = kept_chunks * s.pieces;
}

void choose_threads(sweep& s) {
  plan& p = s.loops;
  const double operations = double(p.size) * operations_of(s.stages);
  s.threads = s.alone ? 1 : threads_for(double(p.bytes_read), operations);
  s.threads = int(std::min<index_t>(s.threads, s.units));
  p.threads = s.threads;
}

void count_bytes(sweep& s) {
  plan& p = s.loops;
  const auto counts = [](const slot& x) { return has_elements(x) && x.how != path::generated; };
  for (const slot& x : s.slots) {
    if (!counts(x)) continue;
    const bool before = std::any_of(std::as_const(s).slots.data(), &x, [&](const slot& y) {
      return counts(y) && y.data == x.data && std::equal(x.step, x.step + p.ndim, y.step);
    });
    if (before) continue;
    std::size_t bytes = std::size_t(element_bytes(x));
    for (int d = 0; d < p.ndim; ++d) bytes *= x.step[d] == 0 ? 1 : std::size_t(p.extent[d]);
    p.bytes_read += bytes;
  }
}

// Many rows of a short tile at a time are read in an order that no processor foresees: where they
// do not come from a cache, what follows them is fetched early enough.
void look_ahead(sweep& s) {
  constexpr index_t early = 16384, short_row = 8192,
                    rows = 8;  // bytes; rows that are read together
  plan& p = s.loops;
  if (s.how != sweep::loop::across || s.wide > 1 || p.row_axis < 0 || s.keeps_rows() ||
      index_t(p.bytes_read) <= cpu_machine().l2_bytes)
    return;
  index_t step = 0;  // elements from one row to the next, the same in all operands
  int found = 0;
  const auto count = std::size_t(s.members[0].what->stages.back().count);
  for (std::size_t i = 0; i < count; ++i) {
    const slot& x = s.slots[i];
    if (x.how == path::value) continue;
    const index_t own = x.how == path::direct ? x.step[p.row_axis] / element_bytes(x) : 0;
    if (own <= 0 || (step != 0 && step != own)) return;
    step = own;
    found = int(i);
  }
  const index_t size = element_bytes(s.slots[std::size_t(found)]), row = p.columns * size;
  if (step == 0 || row > short_row) return;
  p.ahead_slot = found;
  p.ahead = (early / rows + row - 1) / row * rows * step * size;
}

}  // namespace

void make_plan(sweep& s) {
  plan& p = s.loops;
  const reduction_stage& first = *s.members[0].what;
  p.slots = s.slots;
  p.stages = s.stages;
  p.outputs = 0;
  p.size = first.operand.product();
  s.outputs = first.result.product();
  for (int d = 0; d < first.operand.ndim(); ++d)
    if (first.reduces[d]) s.reduced *= first.operand[std::size_t(d)];
  if (p.size == 0) return;
  order_axes(s);
  count_bytes(s);
  group(s);
  widen(s);
  reach(s);
  tile_loops(s);
  divide(s);
  choose_threads(s);
  look_ahead(s);
}

recycled_vector<sweep> sweeps_of(std::span<const reduction_stage> reductions) {
  recycled_vector<sweep> sweeps;
  sweeps.reserve(reductions.size());
  recycled_vector<int> level(reductions.size(), 0), level_of_sweep;
  level_of_sweep.reserve(reductions.size());
  for (std::size_t k = 0; k < reductions.size(); ++k) {
    const reduction_stage& r = reductions[k];
    for (const binding& b : r.bindings)
      if (b.reduction >= 0) level[k] = std::max(level[k], level[std::size_t(b.reduction)] + 1);
    std::size_t at = 0;
    for (; at < sweeps.size(); ++at) {
      const reduction_stage& other = *sweeps[at].members[0].what;
      if (level_of_sweep[at] == level[k] && other.operand == r.operand &&
          sweeps[at].members.size() < most_members &&
          std::equal(r.reduces, r.reduces + r.operand.ndim(), other.reduces))
        break;
    }
    if (at == sweeps.size()) {
      sweeps.emplace_back();
      level_of_sweep.push_back(level[k]);
    }
    sweep& s = sweeps[at];
    s.members.push_back({int(k), &r, s.slots.size(), s.stages.size()});
    const sweep_member& m = s.members.back();
    for (const binding& b : r.bindings) {
      static_cast<binding&>(s.slots.emplace_back()) = b;
      if (b.how == path::shared && b.stage >= 0) s.slots.back().stage += int(m.first_stage);
    }
    for (stage st : r.stages) {
      st.begin += int(m.first_slot);
      s.stages.push_back(st);
    }
  }
  // Those that wait for others come after them; most often they do already.
  if (std::ranges::is_sorted(level_of_sweep)) return sweeps;
  recycled_vector<sweep> sorted;
  for (int l = 0; sorted.size() < sweeps.size(); ++l)
    for (std::size_t k = 0; k < sweeps.size(); ++k)
      if (level_of_sweep[k] == l) sorted.push_back(std::move(sweeps[k]));
  return sorted;
}

}  // namespace weft
