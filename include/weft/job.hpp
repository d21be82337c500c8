// weft/job.hpp: a tree as data, with no types left: what its operands are, which kernels compute
// its stages. What the typed part of the library hands to the compiled part.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "weft/device.hpp"
#include "weft/dtype.hpp"
#include "weft/layout.hpp"
#include "weft/recycled.hpp"

namespace weft {

/// Writes elements of a generated leaf: out[k] is the element of linear index first + k * step.
using fill_function = void (*)(const void* state, std::byte* out, index_t first, index_t step,
                               index_t count);

/// A generated leaf as CUDA text: a struct template over T with these members, whose element number
/// i is `body`. The state that the leaf binds is that struct. Or a callable's body as CUDA text,
/// without members.
struct generator_text {
  std::string_view name, members, body;
  std::size_t bytes;      // of the struct
  std::size_t alignment;  // of the struct
  bool is_line = false;   // element i is start + i * step, which are all its members
};

/// How the inner loop reaches a slot.
enum class path : unsigned char {
  value,      ///< a scalar or a user's callable: handed to the kernel as it is
  direct,     ///< contiguous along the inner loop: read or written in place
  packed,     ///< copied tile by tile to or from a contiguous buffer that stays in L1
  generated,  ///< computed tile by tile into such a buffer
  shared      ///< the tile of a shared sub-expression, computed once
};

/// What a tree says of one operand or output.
struct binding {
  path how;         // value, direct for memory, generated, or shared
  bool contiguous;  // known to be, in row-major order
  dtype type;
  int stage;                 // for path::shared: which stage computes it; -1: this is its output
  void* data;                // the first element, the value, or a generator's state
  const weft::shape* shape;  // null for values and shared tiles
  const weft::strides* strides;          // in elements
  index_t first;                         // a generator's first linear index
  fill_function fill;                    // a generator's
  const char* name;                      // a generator's or a callable's
  device where = cpu;                    // of memory
  const generator_text* text = nullptr;  // a generator's or a callable's; null for one that only
                                         // C++ can compute
  int reduction = -1;  // the reduction whose results these are; then `data` is null and `first` is
                       // the first one's place among them
};

/// Bytes in whole lines of the cache.
template <std::integral I>
constexpr I rounded(I bytes) {
  return (bytes + 63) / 64 * 64;
}

/// How the elements of a row of a slot follow one another.
struct pace {
  enum class is : unsigned char {
    next,      ///< side by side
    same,      ///< one for the whole row
    previous,  ///< side by side, the other way round
    second,    ///< every second one
    apart,     ///< further from one another
    counted    ///< not in memory: those of arange, of numbers `step` apart
  } what;
  index_t step;   // bytes, or numbers, from each to the next
  index_t first;  // the number of a row's first counted element

  /// Of elements in memory, so many bytes large and so many apart.
  static constexpr pace of(index_t size, index_t step) {
    return {step == size       ? is::next
            : step == 0        ? is::same
            : step == -size    ? is::previous
            : step == 2 * size ? is::second
                               : is::apart,
            step, 0};
  }
};

struct tile;
using kernel_function = void (*)(const tile&);

/// What a kernel is called with: pointers to `rows` rows of `columns` elements.
struct tile {
  void* const* data;        // one pointer per slot, outputs first
  const index_t* row_step;  // bytes from one row to the next, per slot; 0 for values; numbers for
                            // counted elements
  index_t rows;
  index_t columns;
  bool stream;                  // write around the cache
  bool in_place;                // an operand is the output: all is read before it is written over
  const pace* paces = nullptr;  // per slot; null where all elements stand side by side, as those of
                                // outputs always do
  kernel_function paced = nullptr;  // the stage's, if it has one
  // Bytes from this slot's elements to what is needed next: kernels that have the time fetch it.
  int ahead_slot = 0;
  index_t ahead = 0;  // 0: nothing
};

/// Shorter runs of elements than this cost more in starting and ending a kernel's loop than in its
/// middle.
inline constexpr index_t shortest_run = 32;

/// Of more bindings, in a main stage or the operand of a reduction, there is a plan.
inline constexpr std::size_t most_unplanned = 32;

/// What calling a user's callable once takes, in simple operations. Nobody knows before it ran:
/// kernels are unrolled as if it were cheap, threads are got ready as if it were not.
struct call_cost {
  static constexpr int in_kernels = 12;
  std::atomic<int> operations{80}, times{0};
};

/// What one element of a stage takes, callables as in kernels.
struct stage_cost {
  int operations = 0;
  bool has_calls = false;
};

/// One step of a stage in postfix order: the next of its operands' slots, an operation on the
/// values before it, or, with the spelling `=`, the end of its next output.
struct instruction {
  std::string_view spelling;  // `operator+`, `sin`, `cast`, `=`; empty for a slot
  int arity;
  dtype type;  // of the value
  int cost;    // of one element, in simple operations
  // What a backend that prints its kernels needs: the op table's body, the type in which it gets
  // its operands, and whether its integers are computed unsigned. Casts and outputs have no body.
  std::string_view body = {};
  dtype operand = dtype::boolean;
  bool wraps = false;
  call_cost* call = nullptr;  // of a callable
  bool is_call = false;       // so that nobody asks whether an address is null, which is no
                              // constant to g++'s -fsanitize=undefined
};

/// One kernel with its slots: slots[begin, begin + count) of the job, the outputs first.
struct stage {
  kernel_function kernel = nullptr;
  kernel_function paced = nullptr;  // takes whole rounds of operands at any pace; null where
                                    // operands stand side by side, repeat, or are packed
  std::span<const instruction> program;
  int begin = 0;
  int count = 0;
  const void* identity = nullptr;  // of the shared sub-expression; null for the main stage
  dtype type = dtype::float32;     // of the tile that it leaves behind
  stage_cost cost;
  int lanes = 1;            // elements that the kernel takes at a time
  int line = 1;             // that it takes at a time where operands repeat along a row
  int round = 1;            // and where they stand at other paces
  bool holds = false;       // of a reduction: an operand may be one element for a whole row
  bool folds_rows = false;  // of a reduction: short rows are best where they follow one another
};

/// The places of a tile's elements among those that are reduced together, in row-major order.
struct places {
  index_t first = 0;
  index_t row = 0;  // from one row to the next; columns follow one another
};

/// The kernels of a reduction. A state stands for some elements that have been reduced: their sum,
/// or for argmax the largest with its place. `self` is the reduction itself.
struct reducer {
  // states[r] of the columns of row r.
  void (*along)(const tile&, const void* self, void* states, const places&);
  // states[c] of the rows of column c.
  void (*across)(const tile&, const void* self, void* states, const places&);
  // Of one row: states[k] of the columns [k * length, (k + 1) * length).
  void (*segments)(const tile&, const void* self, void* states, index_t length);
  // states[k] with the later states[k], for `count` of them.
  void (*combine)(const void* self, void* states, const void* later, index_t count);
  // Results from states, also in place; null when they are the same. Not of no elements.
  void (*finish)(const void* self, void* results, const void* states, index_t count);
  // States of no elements; null when there is no such thing.
  void (*empty)(const void* self, void* states, index_t count);
  std::size_t state_bytes;
  bool in_order;           // places count: axes that are reduced are walked in their own order, and
                           // states end with a place, an index_t
  bool keeps_all = false;  // nothing is ever reduced: states of all elements of a tile
  // Bytes of `self` that say all about it, so that two of equal bytes are the same reduction; 0
  // where only its address does.
  std::size_t self_bytes = 0;
};

/// A reduction in a tree: its operand as a job of its own, and where its results go.
struct reduction_stage {
  const reducer* kernels;
  const void* self;
  recycled_vector<binding> bindings;  // of the operand; it has no output
  recycled_vector<stage> stages;  // shared sub-expressions; the last one is the operand, no kernel
  weft::shape operand;            // its shape
  weft::shape result;             // the same with 1 for each axis that is reduced
  bool reduces[max_ndim];
  dtype type;  // of the results, which are row-major
  std::string_view name;
};

/// A bound tree.
struct job {
  std::span<const binding> bindings;  // of all stages; those of the main stage, outputs first
  std::span<const stage> stages;      // shared sub-expressions in order of need; the main one last
  int outputs = 1;
  std::span<const reduction_stage> reductions = {};  // each after those that it needs
};

/// Plans and runs `j`, whose shapes have been checked. What it needs of memory is had before the
/// first element is written. Throws memory_error, shape_error for an output that repeats its
/// elements, error for two outputs that share memory.
void execute(const job& j);

/// What execute(j) would do and why, in words; for `explain`.
std::string describe(const job& j);

/// Bytes of the operands, of the results, and of temporaries, as a plan counts them.
struct traffic {
  std::size_t read = 0, written = 0, temporary = 0;
};
traffic traffic_of(const job& j);

}  // namespace weft
