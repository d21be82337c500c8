// weft/sweeps.hpp: reductions as sweeps over memory, as data. Reductions over one iteration space
// that wait for the same others share a sweep: each tile is read once for all of them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "weft/plan.hpp"

namespace weft {

/// A reduction in a sweep: where its slots and stages begin among the sweep's.
struct sweep_member {
  int reduction;  // its number in the job
  const reduction_stage* what;
  std::size_t first_slot, first_stage;
};

/// Rows of fewer elements are reduced many at a time, packed if they do not follow one another:
/// those that fill a register only where they do.
inline index_t shortest_row(const stage& what, bool follow) {
  return what.folds_rows && follow ? shortest_run : std::min<index_t>(what.lanes, shortest_run);
}

/// Elements of a block's rows, across which columns add up: of longer ones each would be read
/// further from where the one before it ended.
inline constexpr index_t longest_across = 1024;
/// Rows of so many elements, fewer than these, that follow one another and are taken as one, since
/// processors fetch ahead of longer rows only.
inline index_t rows_as_one(index_t columns) {
  return index_t(std::bit_floor(std::uint64_t(longest_across / columns)));
}

/// Elements of a block's row, over which the lanes of a chain add up one after another.
inline constexpr index_t longest_row = 4096;

/// Blocks of each of so many pieces but the last, which may have fewer.
inline index_t blocks_of_piece(index_t blocks, index_t pieces) {
  return (blocks + pieces - 1) / pieces;
}

/// Into how many pieces blocks are divided that become so many units of results: enough of them to
/// be shared out, but not too small ones.
inline index_t pieces_of(index_t blocks, index_t block_elements, index_t units) {
  constexpr index_t enough_units = 64, smallest_piece = 32768;
  const index_t wanted = (enough_units + units - 1) / units;
  const index_t most = std::max<index_t>(blocks * block_elements / smallest_piece, 1);
  const index_t pieces = std::clamp<index_t>(wanted, 1, std::min(most, blocks));
  const index_t per_piece = blocks_of_piece(blocks, pieces);
  return (blocks + per_piece - 1) / per_piece;
}

/// Blocks are joined as a binary counter counts, so that rounding errors grow with the logarithm of
/// their number: take(b, k) is to be the states number k of block b, join(k) joins those to number
/// k - 1. In the end all are number 0.
template <class Take, class Join>
void join_in_order(index_t blocks, Take take, Join join) {
  std::size_t waiting = 0;  // states of numbers of blocks that fall by powers of two
  for (index_t b = 0; b < blocks; ++b) {
    take(b, waiting++);
    for (index_t done = b; done & 1; done >>= 1) join(--waiting);
  }
  while (waiting > 1) join(--waiting);
}

/// Neighbouring pieces are joined, then neighbouring pairs, and so on: join(i, k), piece k to i.
template <class Join>
void join_in_pairs(index_t pieces, Join join) {
  for (index_t step = 1; step < pieces; step *= 2)
    for (index_t i = 0; i + step < pieces; i += 2 * step) join(i, i + step);
}

/// Members of a sweep at most; more of them make another one.
inline constexpr std::size_t most_members = 16;

/// One sweep. Its loops are a plan's, with a role for each axis: it is reduced or kept. What runs
/// together is a unit, the states of some neighbouring results over one piece of the reduced axes;
/// a piece is a number of blocks, each one tile. All of these depend on shapes and layouts alone,
/// and so does the order in which states are combined: threads only share out units.
struct sweep {
  enum class loop { along, across, segments };

  recycled_vector<sweep_member> members;
  recycled_vector<slot> slots;    // of all members
  recycled_vector<stage> stages;  // of all members; those without a kernel are the reductions
  plan loops;

  loop how = loop::along;
  bool reduces[max_ndim] = {};   // by axis of `loops`
  index_t chunk[max_ndim] = {};  // steps of an axis in a tile, up to axis `inner`
  index_t chunks[max_ndim] = {};
  index_t inner_unit = 1;  // elements in a step of axis `inner`
  index_t length = 1;      // of a segment
  index_t reduced = 1;     // elements that become one
  index_t outputs = 1;     // results of each member
  index_t width = 1;       // most states of a tile
  index_t wide = 1;        // rows of a tile that are taken as one row, which is then folded
  index_t together = 1;    // blocks that the kernel takes as rows, where they follow one another
  index_t blocks = 1, pieces = 1, units = 1;
  dims results_order;  // axes of the result by the order of states, outermost first
  int threads = 1;
  bool alone = false;  // one of many that run at a time, each on one thread

  bool in_results_order() const {
    return std::is_sorted(results_order.begin(), results_order.end());
  }
  bool keeps_rows() const {
    return how == loop::across && loops.row_axis >= 0 && !reduces[loops.row_axis];
  }
  /// Whether places count: axes that are reduced stay in their own order.
  bool keeps_places() const {
    return std::ranges::any_of(members,
                               [](const sweep_member& m) { return m.what->kernels->in_order; });
  }
  bool rows_are_reduced() const {
    return how == loop::along && loops.row_axis >= 0 && reduces[loops.row_axis];
  }
};

/// The sweeps of a job's reductions, in order, with slots that know nothing of each other's
/// results yet.
recycled_vector<sweep> sweeps_of(std::span<const reduction_stage> reductions);

/// Where the results of reduction `number` are for a plan that has no memory yet: far from anything
/// that they could seem to overlap.
inline std::byte* nowhere(int number) {
  return reinterpret_cast<std::byte*>(std::uintptr_t(number % 100 + 1) << 56);
}

/// Decides the loops of a sweep whose slots have been given their memory.
void make_plan(sweep& s);

/// Of that, the axes: their order, which are reduced, and the slots' steps along them.
void order_axes(sweep& s);

/// Bytes that run() needs, aligned to 64.
std::size_t bytes_to_run(const sweep& s);

/// Runs a sweep: the results of member k go to results[k].
void run(const sweep& s, void* const* results, std::byte* memory);

}  // namespace weft
