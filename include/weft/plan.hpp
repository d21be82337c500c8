// weft/plan.hpp: what will run, as data. A typed tree is bound into slots, the planner decides how
// each slot is reached and how the loops go, `explain` prints it and the executor obeys it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <list>
#include <span>
#include <string>
#include <string_view>

#include "weft/buffer.hpp"
#include "weft/dtype.hpp"
#include "weft/layout.hpp"

namespace weft {

/// Writes elements of a generated leaf: out[k] is the element of linear index first + k * step.
using fill_function = void (*)(const void* state, std::byte* out, index_t first, index_t step,
                               index_t count);

/// How the inner loop reaches a slot.
enum class path : unsigned char {
  value,      ///< a scalar or a user's callable: handed to the kernel as it is
  direct,     ///< contiguous along the inner loop: read or written in place
  packed,     ///< copied tile by tile to or from a contiguous buffer that stays in L1
  generated,  ///< computed tile by tile into such a buffer
  shared      ///< the tile of a shared sub-expression, computed once
};

/// One operand or output of a kernel: what the tree says, then what the planner decides.
struct slot {
  // From the tree. `data` is the first element, the value, or a generator's state.
  path how = path::value;
  dtype type = dtype::float32;
  void* data = nullptr;
  const weft::shape* shape = nullptr;      // null for values and shared tiles
  const weft::strides* strides = nullptr;  // in elements
  index_t first = 0;                       // a generator's first linear index
  fill_function fill = nullptr;
  const char* name = "";  // a generator's or a callable's
  int stage = -1;         // for path::shared: which stage computes it

  // From the planner: steps in bytes (in linear indices for a generator) along the plan's loops,
  // and for a packed slot which earlier slot has the same elements, so packs them for both.
  index_t step[max_ndim] = {};
  int same_as = -1;
  bool must_pack = false;  // it overlaps an output: read the whole tile before writing one
  bool in_place = false;   // an operand that is an output's own elements in the same order
  bool aside = false;      // overlaps an output: an operand is copied to a temporary first, an
                           // output is evaluated into one and copied back
  const char* why = "";
};

/// What a kernel is called with: pointers to `rows` rows of `columns` contiguous elements.
struct tile {
  void* const* data;        // one pointer per slot, outputs first
  const index_t* row_step;  // bytes from one row to the next, per slot
  index_t rows;
  index_t columns;
  bool stream;    // write around the cache
  bool in_place;  // an operand is the output: no element may be computed twice
};
using kernel_function = void (*)(const tile&);

/// One step of a stage in postfix order: the next of its operands' slots, an operation on the
/// values before it, or, with the spelling `=`, the end of its next output.
struct instruction {
  std::string_view spelling;  // `operator+`, `sin`, `cast`, `=`; empty for a slot
  int arity;
  dtype type;  // of the value
  int cost;    // rough, of one element, in simple operations
};

/// One kernel with its slots: slots[begin, begin + count) of the job, the outputs first.
struct stage {
  kernel_function kernel = nullptr;
  std::span<const instruction> program;
  int begin = 0;
  int count = 0;
  const void* identity = nullptr;  // of the shared sub-expression; null for the main stage
  dtype type = dtype::float32;     // of the tile that it leaves behind
};

/// A bound tree: everything that planning and running need, with no types left.
struct job {
  std::span<slot> slots;    // of all stages; those of the main stage first
  std::span<stage> stages;  // shared sub-expressions in order of need; the main stage last
  int outputs = 1;          // slots[0, outputs) are written
};

/// Memory that stands in for an operand or an output that overlaps.
struct temporary {
  slot* stands_for;
  slot original;
  weft::strides strides;
  buffer memory;
};

/// The loops over the output. Axes are ordered and merged; the last ones form the inner loop.
struct plan {
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
  bool descending = false;  // tiles run backwards: an operand overlaps the output from below
  bool in_place = false;
  std::size_t scratch = 0;  // bytes of packed tiles, per thread
  std::size_t bytes_read = 0, bytes_written = 0, bytes_temporary = 0;
  const char* order_reason = "";
};

/// Decides how `j` runs; fills the planner's half of its slots. The shapes have been checked and
/// nothing overlaps in a way that the slots do not say.
plan make_plan(job& j);

/// Looks for overlap first: slots that cannot be used where they are get an entry in `aside`, with
/// strides but no memory yet, and take its strides. Throws shape_error for an output that repeats
/// its elements, error for two outputs that share memory.
plan make_plan(job& j, std::list<temporary>& aside);

/// Plans and runs `j`. What it needs of memory is had before the first element is written.
void execute(job& j);

/// Runs `j` as planned. Throws memory_error before anything is written.
void run(const job& j, const plan& p);

/// Copies elements between two placements of one element type and one shape; plans and runs.
void copy_elements(dtype type, void* to, const shape& s, const strides& to_strides,
                   const void* from, const strides& from_strides);

/// Threads for large evaluations: at most `n`, which is at least 1; 0 means all cores. More than
/// there are cores are taken only where the program raises oneTBB's own limit
/// (tbb::global_control). Throws error for a negative number.
void set_num_threads(int n);
int num_threads();

/// How much work, in nanoseconds on one core, is worth one more thread: 20,000 unless it is set.
/// Throws error for a negative number.
void set_thread_grain(double nanoseconds);
double thread_grain();

/// Prints `describe` to standard error when the environment has WEFT_SHOW=plan.
void show(const job& j, const plan& p);

/// The plan in words, one line for each decision; what `explain` and `WEFT_SHOW=plan` print.
std::string describe(const job& j, const plan& p);

}  // namespace weft
