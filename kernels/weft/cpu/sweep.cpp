// weft/cpu/sweep.cpp: runs a sweep: for each block of a unit, pack, run the kernels of all members,
// and join the block's states to those before it; pieces are joined at the end.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "weft/buffer.hpp"
#include "weft/cpu/pack.hpp"
#include "weft/cpu/share_out.hpp"
#include "weft/sweeps.hpp"

namespace weft {
namespace {

// Where a tile begins, along each axis of the loops up to `inner`.
struct position {
  index_t at[max_ndim];
  tile_extent extent;
};

// Block number `block` of the results number `unit`, pieces apart.
position locate(const sweep& s, index_t unit, index_t block) {
  const plan& p = s.loops;
  position where{};
  where.extent = {1, 1, 1};
  for (int d = p.inner; d >= 0; --d) {
    index_t& number = s.reduces[d] ? block : unit;
    where.at[d] = number % s.chunks[d] * s.chunk[d];
    number /= s.chunks[d];
    const index_t count = std::min(s.chunk[d], p.extent[d] - where.at[d]);
    if (d == p.inner) where.extent.inner_count = count;
    if (d == p.row_axis) where.extent.rows = count;
  }
  where.extent.columns = where.extent.inner_count * s.inner_unit;
  return where;
}

// The number of the first result of a tile, as states lie: kept axes in the order of the loops.
index_t first_result(const sweep& s, const position& where) {
  const plan& p = s.loops;
  index_t number = 0;
  for (int d = 0; d <= p.inner; ++d)
    if (!s.reduces[d]) number = number * p.extent[d] + where.at[d];
  return s.reduces[p.inner] ? number : number * (s.inner_unit / s.length);
}

// The place of a tile's first element among those that are reduced with it.
places places_of(const sweep& s, const position& where) {
  const plan& p = s.loops;
  places result;
  index_t step = 1;
  for (int d = p.ndim - 1; d >= 0; --d) {
    if (!s.reduces[d]) continue;
    if (d <= p.inner) result.first += where.at[d] * step;
    if (d == p.row_axis) result.row = step;
    step *= p.extent[d];
  }
  return result;
}

// What one thread needs: pointers of the current tile, packed tiles, and the states of blocks that
// wait to be joined.
class sweeper {
  // Of a slot in the arrays that have an entry for each.
  static constexpr std::size_t slot_bytes = 3 * sizeof(void*) + sizeof(pace);

 public:
  static std::size_t bytes(const sweep& s) {
    std::size_t sum = rounded(s.slots.size() * slot_bytes) +
                      rounded(s.stages.size() * sizeof(void*)) + s.loops.scratch;
    for (const sweep_member& m : s.members) sum += depth(s) * level_bytes(s, m);
    return sum;
  }

  sweeper(const sweep& s, std::byte* memory) : s_(s), p_(s.loops) {
    const auto slots = s.slots.size();
    data_ = reinterpret_cast<void**>(memory);
    row_step_ = reinterpret_cast<index_t*>(data_ + slots);
    buffer_ = reinterpret_cast<std::byte**>(row_step_ + slots);
    pace_ = reinterpret_cast<pace*>(buffer_ + slots);
    std::byte* next = memory + rounded(slots * slot_bytes);
    shared_ = reinterpret_cast<std::byte**>(next);
    next += rounded(s.stages.size() * sizeof(void*));
    for (std::size_t i = 0; i < slots; ++i) {
      const slot& x = s.slots[i];
      const bool tiled = x.how == path::packed || x.how == path::generated;
      pace_[i] = {x.repeats ? pace::is::same : pace::is::next, 0, 0};
      buffer_[i] = nullptr;
      if (tiled && x.same_as >= 0) buffer_[i] = buffer_[std::size_t(x.same_as)];
      if (tiled && x.same_as < 0)
        buffer_[i] = std::exchange(next, next + tile_bytes(p_, x.type, x.repeats));
    }
    for (std::size_t k = 0; k < s.stages.size(); ++k)
      shared_[k] = s.stages[k].identity
                       ? std::exchange(next, next + tile_bytes(p_, s.stages[k].type, false))
                       : nullptr;
    states_ = next;
  }

  // The states of piece `piece` of the results number `unit` go to states[k] for member k.
  void run(index_t unit, index_t piece, void* const* states) {
    const index_t per_piece = blocks_of_piece(s_.blocks, s_.pieces);
    const index_t begin = piece * per_piece, end = std::min(begin + per_piece, s_.blocks);
    const position start = locate(s_, unit, begin);
    const index_t first = first_result(s_, start), count = states_of(start.extent);
    // Whole blocks that follow one another are rows of one tile, but joined one by one.
    const index_t whole = std::min(end, p_.extent[p_.inner] / p_.columns);
    index_t of_tile = begin, next = begin;  // the first block of the last such tile, and beyond it
    join_in_order(
        end - begin,
        [&](index_t k, std::size_t number) {
          const index_t b = begin + k, rows = std::min(s_.together, whole - b);
          if (b >= next && rows <= 1) return reduce(locate(s_, unit, b), states, first, number);
          if (b >= next) {
            reduce_rows(locate(s_, unit, b), rows, states, first);
            of_tile = b;
            next = b + rows;
          }
          take_row(b - of_tile, states, first, number);
        },
        [&](std::size_t number) { join(states, first, count, number); });
  }

 private:
  static std::size_t depth(const sweep& s) {
    const index_t per_piece = blocks_of_piece(s.blocks, s.pieces);
    return std::size_t(std::bit_width(std::uint64_t(per_piece))) + 2;
  }
  static std::size_t level_bytes(const sweep& s, const sweep_member& m) {
    return rounded(std::size_t(s.width) * m.what->kernels->state_bytes);
  }

  index_t states_of(const tile_extent& t) const {
    switch (s_.how) {
      case sweep::loop::along:
        return s_.rows_are_reduced() ? 1 : t.rows;
      case sweep::loop::segments:
        return t.columns / s_.length;
      case sweep::loop::across:
        return s_.keeps_rows() ? t.rows * t.columns : t.columns;
    }
    return 0;
  }

  // Level 0 is where the results belong; the others are the thread's own. The last but one is for
  // tiles with more states than results, the last for rows that are left over from wide ones.
  std::byte* level(std::size_t k, void* const* states, index_t first, std::size_t number) const {
    const auto size = s_.members[k].what->kernels->state_bytes;
    if (number == 0) return static_cast<std::byte*>(states[k]) + std::size_t(first) * size;
    std::byte* at = states_;
    for (std::size_t m = 0; m < k; ++m) at += depth(s_) * level_bytes(s_, s_.members[m]);
    return at + (number - 1) * level_bytes(s_, s_.members[k]);
  }

  void join(void* const* states, index_t first, index_t count, std::size_t number) const {
    for (std::size_t k = 0; k < s_.members.size(); ++k) {
      const reduction_stage& r = *s_.members[k].what;
      r.kernels->combine(r.self, level(k, states, first, number - 1),
                         level(k, states, first, number), count);
    }
  }

  // `count` groups of `size` states become one, halves joined.
  static void fold(const reduction_stage& r, std::byte* states, index_t count, index_t size) {
    const auto bytes = r.kernels->state_bytes;
    while (count > 1) {
      const index_t kept = (count + 1) / 2;
      r.kernels->combine(r.self, states, states + std::size_t(kept * size) * bytes,
                         (count - kept) * size);
      count = kept;
    }
  }

  void reduce(const position& where, void* const* states, index_t first, std::size_t number) {
    for (std::size_t i = 0; i < s_.slots.size(); ++i) reach(i, where);
    for (std::size_t k = 0; k < s_.members.size(); ++k) {
      const sweep_member& m = s_.members[k];
      const std::size_t count = m.what->stages.size();
      for (std::size_t n = m.first_stage; n + 1 < m.first_stage + count; ++n)
        share(n, where.extent);
      run_kernel(k, tile_of(m.first_slot, m.what->stages.back(), where.extent), where, states,
                 first, number);
    }
  }

  // Blocks from the one at `where` on, one state each.
  void reduce_rows(const position& where, index_t rows, void* const* states, index_t first) {
    for (std::size_t i = 0; i < s_.slots.size(); ++i) {
      reach(i, where);
      if (s_.slots[i].how == path::direct) row_step_[i] = p_.columns * s_.slots[i].step[p_.inner];
    }
    for (std::size_t k = 0; k < s_.members.size(); ++k) {
      const reduction_stage& r = *s_.members[k].what;
      tile t = tile_of(s_.members[k].first_slot, r.stages.back(), where.extent);
      t.rows = rows;
      places in_order = places_of(s_, where);
      in_order.row = p_.columns;
      r.kernels->along(t, r.self, level(k, states, first, depth(s_) - 1), in_order);
    }
  }
  void take_row(index_t row, void* const* states, index_t first, std::size_t number) const {
    for (std::size_t k = 0; k < s_.members.size(); ++k) {
      const auto bytes = s_.members[k].what->kernels->state_bytes;
      std::memcpy(level(k, states, first, number),
                  level(k, states, first, depth(s_) - 1) + std::size_t(row) * bytes, bytes);
    }
  }

  void run_kernel(std::size_t k, const tile& t, const position& where, void* const* states,
                  index_t first, std::size_t number) {
    const reduction_stage& r = *s_.members[k].what;
    std::byte* to = level(k, states, first, number);
    std::byte* const scratch = level(k, states, first, depth(s_) - 1);
    const auto bytes = r.kernels->state_bytes;
    switch (s_.how) {
      case sweep::loop::segments:
        r.kernels->segments(t, r.self, to, s_.length);
        break;
      case sweep::loop::along:
        if (!s_.rows_are_reduced()) {
          r.kernels->along(t, r.self, to, places_of(s_, where));
        } else {
          r.kernels->along(t, r.self, scratch, places_of(s_, where));
          fold(r, scratch, t.rows, 1);
          std::memcpy(to, scratch, bytes);
        }
        break;
      case sweep::loop::across:
        // Of more rows than one wide one has, there are too many to be numbered in lanes of bytes.
        if (s_.wide == 1 || t.rows < (r.kernels->in_order ? 1 : 2) * s_.wide)
          r.kernels->across(t, r.self, to, places_of(s_, where));
        else
          run_wide(r, t, to, scratch, scratch + level_bytes(s_, s_.members[k]),
                   places_of(s_, where));
        break;
    }
  }

  // Rows that follow one another in memory, `wide` of them taken as one. Places are first those of
  // such rows, by number.
  void run_wide(const reduction_stage& r, const tile& t, std::byte* to, std::byte* scratch,
                std::byte* rest, const places& p) const {
    const index_t rows = t.rows / s_.wide, left = t.rows % s_.wide;
    const auto count = std::size_t(r.stages.back().count);
    index_t* const step = row_step_ + (t.row_step - row_step_);
    for (std::size_t i = 0; i < count; ++i) step[i] *= s_.wide;
    r.kernels->across({t.data, step, rows, t.columns * s_.wide, false, false, t.paces}, r.self,
                      scratch, {0, 1});
    if (r.kernels->in_order) number_rows(r, scratch, t.columns, p);
    fold(r, scratch, s_.wide, t.columns);
    if (left > 0) {
      void** const data = data_ + (t.data - data_);
      for (std::size_t i = 0; i < count; ++i)
        data[i] = static_cast<std::byte*>(data[i]) + rows * step[i];
      for (std::size_t i = 0; i < count; ++i) step[i] /= s_.wide;
      r.kernels->across({t.data, step, left, t.columns, false, false, t.paces}, r.self, rest,
                        {p.first + rows * s_.wide * p.row, p.row});
      r.kernels->combine(r.self, scratch, rest, t.columns);
    }
    std::memcpy(to, scratch, std::size_t(t.columns) * r.kernels->state_bytes);
  }

  // From the number of a wide row, with which states that have a place end, to that of the row.
  void number_rows(const reduction_stage& r, std::byte* states, index_t columns,
                   const places& p) const {
    const auto bytes = r.kernels->state_bytes;
    index_t place = 0;
    std::byte* end = states;
    for (index_t row = 0; row < s_.wide; ++row)
      for (index_t c = 0; c < columns; ++c) {
        end += bytes;
        std::memcpy(&place, end - sizeof place, sizeof place);
        place = p.first + (place * s_.wide + row) * p.row;
        std::memcpy(end - sizeof place, &place, sizeof place);
      }
  }

  // The tile of a shared sub-expression.
  void share(std::size_t n, const tile_extent& t) {
    const stage& st = s_.stages[n];
    const auto begin = std::size_t(st.begin);
    data_[begin] = shared_[n];
    row_step_[begin] = t.columns * index_t(size_of(st.type));
    st.kernel(tile_of(begin, st, t));
  }

  tile tile_of(std::size_t begin, const stage& st, const tile_extent& t) const {
    tile result{data_ + begin, row_step_ + begin, t.rows, t.columns, false, false};
    const pace* const first = pace_ + begin;
    if (std::any_of(first, first + st.count,
                    [](const pace& p) { return p.what == pace::is::same; }))
      result.paces = first;
    if (begin == s_.members[0].first_slot) {
      result.ahead_slot = p_.ahead_slot - int(begin);
      result.ahead = p_.ahead;
    }
    return result;
  }

  index_t offset(const slot& x, const position& where) const {
    index_t sum = 0;
    for (int d = 0; d <= p_.inner; ++d) sum += where.at[d] * x.step[d];
    return sum;
  }

  void reach(std::size_t i, const position& where) {
    const slot& x = s_.slots[i];
    const index_t packed_row = where.extent.columns * index_t(size_of(x.type));
    const index_t row = p_.row_axis < 0 ? 0 : x.step[p_.row_axis];
    switch (x.how) {
      case path::value:
        data_[i] = x.data;
        row_step_[i] = 0;
        break;
      case path::direct:
        data_[i] = static_cast<std::byte*>(x.data) + offset(x, where);
        row_step_[i] = row;
        break;
      case path::packed:
      case path::generated:
        data_[i] = buffer_[i];
        row_step_[i] = !x.repeats ? packed_row : row == 0 ? 0 : index_t(size_of(x.type));
        if (x.same_as < 0) pack(buffer_[i], x, offset(x, where), p_, where.extent);
        break;
      case path::shared:
        if (x.stage < 0) break;  // a stage's own output; set when it runs
        data_[i] = shared_[std::size_t(x.stage)];
        row_step_[i] = packed_row;
        break;
    }
  }

  const sweep& s_;
  const plan& p_;
  void** data_;  // one for each slot, like the next three
  index_t* row_step_;
  std::byte** buffer_;
  pace* pace_;
  std::byte** shared_;  // one for each stage
  std::byte* states_;
};

// States of all pieces of one member: the results themselves where those are the same and no pieces
// are to be joined.
struct states_of_member {
  std::byte* first;
  std::size_t piece_bytes;
};

bool are_results(const sweep& s, const sweep_member& m) {
  return s.pieces == 1 && s.in_results_order() &&
         m.what->kernels->state_bytes == size_of(m.what->type);
}
std::size_t piece_bytes(const sweep& s, const sweep_member& m) {
  return rounded(std::size_t(s.outputs) * m.what->kernels->state_bytes);
}
// One thread's memory: that of its sweeper, and where the states of each member begin.
std::size_t thread_bytes(const sweep& s) {
  return rounded(sweeper::bytes(s)) + rounded(s.members.size() * sizeof(void*));
}

[[gnu::noinline]] void run_units(const sweep& s, const states_of_member* states, std::byte* memory,
                                 index_t begin, index_t end) {
  sweeper w(s, memory);
  auto** const to = reinterpret_cast<void**>(memory + rounded(sweeper::bytes(s)));
  const index_t units = s.units / s.pieces;
  for (index_t u = begin; u < end; ++u) {
    const index_t piece = u / units;
    for (std::size_t k = 0; k < s.members.size(); ++k)
      to[k] = states[k].first + std::size_t(piece) * states[k].piece_bytes;
    w.run(u % units, piece, to);
  }
}

void join_pieces(const sweep& s, const states_of_member* states) {
  for (std::size_t k = 0; k < s.members.size(); ++k) {
    const reduction_stage& r = *s.members[k].what;
    const auto piece = [&](index_t i) {
      return states[k].first + std::size_t(i) * states[k].piece_bytes;
    };
    join_in_pairs(s.pieces, [&](index_t i, index_t later) {
      r.kernels->combine(r.self, piece(i), piece(later), s.outputs);
    });
  }
}

// From states as the loops order them to results in row-major order.
void deliver(const sweep& s, const sweep_member& m, std::byte* states, void* result) {
  const reduction_stage& r = *m.what;
  if (r.kernels->finish && s.reduced > 0) r.kernels->finish(r.self, states, states, s.outputs);
  if (s.in_results_order()) {
    if (states != result) std::memcpy(result, states, std::size_t(s.outputs) * size_of(r.type));
    return;
  }
  strides from = strides::filled(r.result.ndim(), 0);
  index_t step = 1;
  for (std::size_t k = s.results_order.size(); k-- > 0;) {
    const auto d = std::size_t(s.results_order[k]);
    from[d] = step;
    step *= r.result[d];
  }
  copy_elements(r.type, result, r.result, contiguous_strides(r.result), states, from);
}

}  // namespace

std::size_t bytes_to_run(const sweep& s) {
  std::size_t bytes = rounded(s.members.size() * sizeof(states_of_member));
  for (const sweep_member& m : s.members)
    if (s.reduced == 0 || !are_results(s, m)) bytes += piece_bytes(s, m) * std::size_t(s.pieces);
  return bytes + (s.reduced == 0 ? 0 : thread_bytes(s) * std::size_t(s.threads));
}

void run(const sweep& s, void* const* results, std::byte* memory) {
  if (s.outputs == 0) return;
  auto* const states = reinterpret_cast<states_of_member*>(memory);
  std::byte* next = memory + rounded(s.members.size() * sizeof(states_of_member));
  for (std::size_t k = 0; k < s.members.size(); ++k) {
    const sweep_member& m = s.members[k];
    const std::size_t bytes = piece_bytes(s, m);
    const bool own = s.reduced == 0 || !are_results(s, m);
    states[k] = {own ? next : static_cast<std::byte*>(results[k]), bytes};
    if (own) next += bytes * std::size_t(s.pieces);
  }
  if (s.reduced == 0) {
    for (std::size_t k = 0; k < s.members.size(); ++k) {
      const reduction_stage& r = *s.members[k].what;
      r.kernels->empty(r.self, states[k].first, s.outputs);
    }
  } else {
    const std::size_t bytes = thread_bytes(s);
    const work all{s.stages, s.loops.size, s.loops.bytes_read, s.units, s.threads};
    share_out(all, [&](int k, index_t begin, index_t end) {
      run_units(s, states, next + bytes * std::size_t(k), begin, end);
    });
    join_pieces(s, states);
  }
  for (std::size_t k = 0; k < s.members.size(); ++k)
    deliver(s, s.members[k], states[k].first, results[k]);
}

}  // namespace weft
