// weft/cpu/direct_loops.hpp: what the ways around the planner share: the loops over a small output,
// and the gathering of elements that are few.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "weft/cpu/cost.hpp"
#include "weft/job.hpp"
#include "weft/threads.hpp"

namespace weft::direct {

inline constexpr std::size_t most_bindings = most_unplanned;
/// Bytes of packed elements, on the stack.
inline constexpr index_t scratch_bytes = 8192;
/// Elements beyond which packed tiles of the planner's shape pay for the plan, and those that are
/// gathered whole.
inline constexpr index_t most_packed = 16384, few = 256;

inline index_t element_bytes(const binding& b) { return index_t(size_of(b.type)); }
inline bool is_memory(const binding& b) { return b.how == path::direct; }

/// Whether n elements, of so many bytes together, are too little to share out.
inline bool is_small(std::span<const stage> stages, index_t n, index_t bytes) {
  return (stages.size() == 1 && is_surely_small(stages[0], n, bytes)) ||
         estimated_time(double(n * bytes), double(n) * operations_of(stages)) < thread_grain();
}

/// Whether so many bytes from a and from b on share some.
inline bool meet(const void* a, index_t a_bytes, const void* b, index_t b_bytes) {
  return reinterpret_cast<std::uintptr_t>(a) - reinterpret_cast<std::uintptr_t>(b) +
             std::uintptr_t(a_bytes) - 1 <
         std::uintptr_t(a_bytes + b_bytes) - 1;
}

/// The row steps of one row.
inline constexpr index_t no_step[most_bindings] = {};
/// One call of the kernel for n elements that stand side by side in all slots.
inline void run_whole(std::span<const stage> stages, void* const* data, index_t n, bool in_place) {
  const tile whole{data, no_step, 1, n, false, in_place};
  run_timed(stages, n, [&] { stages[0].kernel(whole); });
}

/// The output's axes, merged as far as they go, the inner one first. Steps are in bytes, those of a
/// generator in its linear index; 0 where a binding repeats.
struct loops {
  int axes = 0;
  index_t extent[max_ndim] = {1, 1};
  index_t step[max_ndim][most_bindings];

  /// Elements of the two inner axes.
  index_t plane() const { return extent[0] * extent[1]; }
};

/// Takes in axis d of a shape to which all bindings broadcast, outside of those before it; as one
/// with the last of these where it may and all bindings step through both as through one.
inline void add_axis(loops& l, std::span<const binding> bindings, const shape& s, int d,
                     bool may_merge) {
  index_t* const step = l.step[l.axes];
  const int last = l.axes - 1;
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    const binding& b = bindings[i];
    step[i] = 0;
    if (!b.shape) continue;
    const int k = d - (s.ndim() - b.shape->ndim());
    if (k >= 0 && (*b.shape)[std::size_t(k)] != 1)
      step[i] = (*b.strides)[std::size_t(k)] * (b.how == path::generated ? 1 : element_bytes(b));
    may_merge = may_merge && step[i] == l.step[last][i] * l.extent[last];
  }
  if (may_merge)
    l.extent[last] *= s[std::size_t(d)];
  else
    l.extent[l.axes++] = s[std::size_t(d)];
}
/// The two inner axes that there are in any case, of one element where nothing moves.
inline void complete(loops& l, std::size_t bindings) {
  for (int d = l.axes; d < 2; ++d) {
    for (std::size_t i = 0; i < bindings; ++i) l.step[d][i] = 0;
    l.extent[d] = 1;
  }
}

/// Rows and columns that are computed at a time, and how the kernel reads each operand's rows.
struct tiling {
  index_t rows = 0, columns = 0;
  bool plain = true;  // all elements stand side by side
  bool packs = false;
  pace paces[most_bindings];
  bool is_packed[most_bindings];
};

/// use(offsets) for each place of the two inner axes along the outer ones; offsets[i] are what
/// binding i's steps add up to there.
template <class Use>
void for_each_plane(const loops& l, std::size_t bindings, Use use) {
  index_t offset[most_bindings], at[max_ndim] = {};
  for (std::size_t i = 0; i < bindings; ++i) offset[i] = 0;
  for (int d = 1; d < std::max(l.axes, 2);) {
    use(offset);
    for (d = 2; d < l.axes; ++d) {  // the next index, as an odometer
      const index_t steps = ++at[d] < l.extent[d] ? 1 : 1 - std::exchange(at[d], 0);
      for (std::size_t i = 0; i < bindings; ++i) offset[i] += steps * l.step[d][i];
      if (steps == 1) break;
    }
  }
}

/// Whether the elements of a binding, or its rows, stand one after another in the order of the
/// loops.
bool is_run(const loops& l, const binding& b, std::size_t i);
bool rows_follow(const loops& l, const binding& b, std::size_t i);
/// Rows of the two inner axes of binding i, from offset `at` on, one element after another.
void gather(void* to, const binding& b, const loops& l, std::size_t i, index_t at, index_t rows);
/// And back, to output o, from rows that are `pitch` elements apart.
void scatter(const void* from, index_t pitch, const binding& b, const loops& l, std::size_t o,
             index_t at, index_t rows);

/// Where rows shorter than a step of the kernel follow one another, but for operands that are the
/// same row again and again: how many to take as one row; 0 if that will not do.
index_t rows_to_join(const job& j, const loops& l);
void run_joined(const job& j, const loops& l, index_t at_once, bool in_place);

/// Rows shorter than a step of the kernel, each of which is taken by a step: it reads and writes
/// what lies beyond the row's end, where other elements of the same operand are. The output's are
/// written again by the rows that follow; where none do, or the output is an operand, its rows are
/// put aside and then copied. The last rows, which nothing follows, are gathered, and so are
/// operands that repeat along or across rows.
class beyond_rows {
 public:
  /// Whether that will do.
  bool choose(const job& j, const loops& l, bool in_place);
  bool may_be_in_place() const { return packs_[0]; }
  void run(const job& j, const loops& l, index_t n) const;

 private:
  // Rows from `row` on of the plane at `offset`, and the plane's last ones.
  void run_rows(const job& j, const loops& l, const index_t* offset, index_t row, index_t rows,
                std::byte* scratch) const;
  void run_last(const job& j, const loops& l, const index_t* offset, std::byte* scratch) const;

  index_t step_, last_, at_once_;  // elements, rows that are gathered, rows between packings
  bool packs_[most_bindings];
};

/// Whether there is room to gather n elements of all operands, few as they are.
bool can_gather(const job& j, index_t n);
/// All elements as one row: where they are, or gathered and scattered.
void run_few(const job& j, const loops& l, index_t n, bool in_place);

/// Where the outputs' elements stand one after another, but planes of the two inner axes are small:
/// how many planes to take at a time, for which there is room to gather the other operands'
/// elements; 0 if that will not do.
index_t planes_at_once(const job& j, const loops& l, index_t n);
void run_planes(const job& j, const loops& l, index_t at_once, bool in_place);

/// Where rows are shorter than a step of the kernel: how many rows to take at a time, for which
/// there is room to gather the elements of those bindings whose rows do not follow one another; 0
/// if that will not do.
index_t rows_at_once(const job& j, const loops& l, index_t n);
void run_short_rows(const job& j, const loops& l, index_t at_once, bool in_place);

}  // namespace weft::direct
