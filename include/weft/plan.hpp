// weft/plan.hpp: what will run, as data. The planner decides how each slot of a job is reached and
// how the loops go; `explain` prints it and the executor obeys it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <vector>

#include "weft/buffer.hpp"
#include "weft/job.hpp"

namespace weft {

/// One operand or output of a kernel: what the tree says, and what the planner decides.
struct slot : binding {
  index_t step[max_ndim];  // bytes (linear indices for a generator) along the plan's loops
  int same_as = -1;        // a packed slot: which earlier slot has the same elements
  int moves = 0;           // of a slice: how it moves from one to the next; others move otherwise
  weft::pace pace{};       // along the inner loop, where it is read in place or counted
  bool repeats = false;    // of a reduction: one element serves a row
  bool must_pack = false;  // it overlaps an output: read the whole tile before writing one
  bool in_place = false;   // an operand that is an output's own elements in the same order
  bool aside = false;      // overlaps an output: an operand is copied to a temporary first, an
                           // output is evaluated into one and copied back
  const char* why = "";

  /// Whether its elements are copied, or computed, tile by tile into a buffer.
  bool has_buffer() const {
    return how == path::packed || (how == path::generated && pace.what != weft::pace::is::counted);
  }
};

/// Memory that stands in for an operand or an output that overlaps.
struct temporary {
  slot* stands_for;
  slot original;
  weft::strides strides;
  std::size_t bytes;
  buffer memory;
};
using temporaries = std::list<temporary, recycled_allocator<temporary>>;

/// The slots of all stages, and the loops over the output: axes are ordered and merged; the last
/// ones form the inner loop.
struct plan {
  std::span<slot> slots;  // as the job's bindings
  std::span<const stage> stages;
  int outputs = 1;

  int ndim = 0;
  index_t extent[max_ndim] = {};
  // Axes [inner, ndim) are one run of elements for the kernel; `columns` of them to a tile, in
  // whole steps of axis `inner`. `row_axis` is the other axis of a tile, or -1.
  int inner = 0;
  index_t inner_step = 1;  // steps of axis `inner` in a tile
  index_t columns = 0;     // elements of a tile's row
  int row_axis = -1;
  index_t rows = 1;
  index_t size = 0;   // elements of the output
  index_t tiles = 0;  // how many tiles there are
  int threads = 1;
  bool stream = false;
  int ahead_slot = 0;  // as in a tile
  index_t ahead = 0;
  bool copies = false;      // the only operand is packed and nothing else: straight to the output
  bool descending = false;  // tiles run backwards: an operand overlaps the output from below
  bool in_place = false;
  std::size_t scratch = 0;  // bytes of packed tiles, per thread
  std::size_t bytes_read = 0, bytes_written = 0, bytes_temporary = 0;
  const char* order_reason = "";
  bool in_order = true;  // elements can be visited in an order, so that overlap needs less memory
};

/// Slots for a job, in place when there are few.
class slot_storage {
 public:
  explicit slot_storage(std::span<const binding> bindings);
  std::span<slot> slots() { return {data_, count_}; }

 private:
  static constexpr std::size_t few = 8;
  std::array<slot, few> inline_;
  recycled_vector<slot> more_;
  slot* data_;
  std::size_t count_;
};

/// Whether a generated leaf's numbers over some axes, step(d) apart, have 32 bits: those can be
/// counted in registers.
template <class Step>
bool has_short_numbers(index_t first, int axes, const index_t* extent, Step step) {
  index_t low = first, high = first;
  for (int d = 0; d < axes; ++d) (step(d) < 0 ? low : high) += step(d) * (extent[d] - 1);
  return low == std::int32_t(low) && high == std::int32_t(high);
}

/// Whether kernels of these stages may count a generated leaf of such numbers: not beside
/// callables, since what is left of a row is counted beyond its end, and a callable sees elements
/// only.
template <class Step>
bool can_be_counted(const binding& b, std::span<const stage> stages, int axes,
                    const index_t* extent, Step step) {
  for (const stage& st : stages)
    if (st.cost.has_calls) return false;
  return b.text && b.text->is_line && size_of(b.type) >= 4 &&
         has_short_numbers(b.first, axes, extent, step);
}

/// Bytes of a slot's packed tile, in whole cache lines; where one element serves a row, of those.
std::size_t tile_bytes(const plan& p, dtype type, bool repeats);

/// Decides how `p.slots` are reached and how the loops go. The shapes have been checked and nothing
/// overlaps in a way that the slots do not say.
void make_plan(plan& p);

/// Looks for overlap first: slots that cannot be used where they are get an entry in `aside`, with
/// strides but no memory yet, and take its strides. Throws shape_error for an output that repeats
/// its elements, error for two outputs that share memory.
void make_plan(plan& p, temporaries& aside);

/// Whether some element of one and some of the other share a byte.
bool overlap(const slot& a, const slot& b);
/// Whether both step alike over one shape of elements of one type.
bool same_strides(const slot& a, const slot& b);

/// What the machine's measured rates (cpu/machine.hpp) make of a plan.
struct forecast {
  double time;        // nanoseconds
  double rate;        // bytes in a nanosecond
  const char* limit;  // what takes the most of it
};
forecast predicted(const plan& p);

/// What an evaluation has to do.
struct amount {
  double bytes;       // read and written, each once
  double operations;  // simple ones
  int threads;
  double again = 0;  // bytes that are read or written again, while they are in a cache
  int stages = 1;    // that are planned and started
};
forecast predicted(const amount& a);
/// A line that says so.
std::string in_words(const forecast& f);

/// Runs as planned. Throws memory_error before anything is written.
void run(const plan& p);

/// Bytes that a thread needs for a plan, aligned to 64; and tiles [begin, end) on this thread.
std::size_t thread_bytes(const plan& p);
void run_tiles(const plan& p, std::byte* memory, index_t begin, index_t end);

/// Copies elements between two placements of one element type and one shape; plans and runs.
void copy_elements(dtype type, void* to, const shape& s, const strides& to_strides,
                   const void* from, const strides& from_strides);

/// The plan in words, one line for each decision.
std::string describe(const plan& p);

/// Whether the environment has WEFT_SHOW=plan; then `show` prints the plan to standard error.
bool is_shown();
void show(const plan& p);
/// Then how long it took, and which part of the predicted rate that is.
void show_time(const plan& p, double nanoseconds);
void show_time(const forecast& f, double nanoseconds);

}  // namespace weft
