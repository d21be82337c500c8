// weft/cuda/kernel.hpp: what a CUDA kernel depends on besides the tree: how each slot is reached,
// how many axes there are, how wide indices and loads are. Shapes, strides and values are not part
// of it: they are its parameters.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weft/plan.hpp"

namespace weft::gpu {

/// How a thread gets its `width` elements of a slot.
enum class reach : std::uint8_t {
  pack,       ///< contiguous and aligned: at once
  each,       ///< one by one, with a step between them
  across,     ///< through shared memory: it is contiguous along another axis than the output
  one,        ///< one element for all
  value,      ///< a parameter: a constant, or the element of a rank-0 host tensor
  generated,  ///< computed from its number
  function,   ///< no operand: a callable's text
  shared      ///< what an earlier stage computed
};

struct slot_reach {
  reach how;
  dtype type;
  std::int16_t same_as;  // -1, or an earlier slot with the same elements; an output: it is in place
  const generator_text* text;  // of a generated leaf, or a callable

  friend bool operator==(const slot_reach&, const slot_reach&) = default;
};

/// A block of tile_side x tile_rows threads takes a tile in several passes.
inline constexpr int tile_side = 32, tile_rows = 8;

/// Slots that a kernel may have at most.
inline constexpr int most_slots = 256;

struct kernel_layout {
  int outputs = 1, ndim = 1, width = 1, count = 0;
  bool wide = false;    // 64-bit indices
  bool fast = false;    // compiled for fast math
  bool peeled = false;  // rows begin or end between groups of `width` elements
  int tile_axis = -1;   // of tiles of tile_side x tile_side elements, over it and the last axis
  slot_reach slots[most_slots];

  bool in_place(int slot) const {
    return slot >= outputs && slots[slot].same_as >= 0 && slots[slot].same_as < outputs;
  }
  /// Whether slot k stands for nothing that a kernel is called with.
  bool is_inside(int slot) const {
    return slots[slot].how == reach::shared || slots[slot].how == reach::function;
  }
  /// Whether slot k is only another name of an earlier operand.
  bool repeats(int slot) const { return slots[slot].same_as >= outputs; }
  bool operator==(const kernel_layout& other) const;
};

/// The layout of a plan for CUDA. Throws device_error for a leaf that only C++ can compute, for
/// memory that is not aligned to its elements, and for too many slots.
void find_layout(const plan& p, kernel_layout& l);

/// Groups of `width` elements that a row touches at most; those of a peeled kernel begin where the
/// output's memory is aligned.
index_t groups_of_row(const plan& p, const kernel_layout& l);

/// What a kernel is called with, in order.
struct parameter {
  enum class what : std::uint8_t {
    pointer,  // to a slot's first element
    number,   // a value
    state,    // of a generated leaf
    first,    // its first number
    steps,  // of a slot, for each axis; from one group of `width` elements to the next on the last
    inner,  // of a slot: from one element to the next
    extents,  // of all axes
    rows,     // the extent of the tiles' axis, in elements
    columns,  // and that of the last one
    size      // tiles; groups of elements; elements when there is one axis and nothing is peeled
  } kind;
  int slot;
};
recycled_vector<parameter> parameters_of(const kernel_layout& l);

/// The names of the slots in the kernel's text: y, a, b, ..., value1, ..., s1, ...; one name for
/// one leaf however often it stands in the tree.
std::vector<std::string> slot_names(const plan& p, const kernel_layout& l);

/// The kernel's text. Its entry is called `weft_kernel`.
std::string source_of(const plan& p, const kernel_layout& l);

}  // namespace weft::gpu
