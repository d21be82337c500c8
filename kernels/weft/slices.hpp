// weft/slices.hpp: a job with reductions, evaluated slice by slice. Where an axis of the output is
// kept by every reduction, whatever a slice of it needs is in that slice: so its sweeps and its
// main stage run one after the other while the slice is in the cache, and memory is read once and
// written once. A softmax over rows goes by groups of rows.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "weft/sweeps.hpp"

namespace weft {

/// An axis that all spaces of a job have and no reduction takes: its number in the output's shape
/// and in each reduction's operand.
struct common_axis {
  int in_main;
  std::vector<int> in_operand;
  index_t extent;
};

/// How a job is cut: along `axes`, outermost first, by single steps but for the last one, of which
/// `step` are taken together.
struct slicing {
  std::vector<common_axis> axes;
  index_t step = 0;   // 0: the job is not cut
  index_t count = 0;  // slices
  int threads = 1;
  bool stream = false;
  std::size_t bytes_read = 0, bytes_written = 0;  // of the whole job
};

/// Whether and how to cut `j`. Decided from shapes and layouts alone. Throws as make_plan() does
/// for targets that cannot be written.
slicing cut(const job& j);

/// The plans of a slice with `count` steps of the last axis: those of a smaller job, whose operands
/// begin elsewhere for each slice. Copies are for other threads; they refer to the first one's
/// shapes, so it outlives them.
class slice_plan {
 public:
  slice_plan(const job& j, const slicing& how, index_t count);
  slice_plan(const slice_plan& other);
  slice_plan& operator=(const slice_plan&) = delete;

  /// Bytes that a thread needs, for the results of the reductions and for all stages.
  std::size_t bytes() const { return bytes_; }
  void set_memory(std::byte* memory);
  /// Evaluates the slice that begins at at[k] along axis k of those that are cut.
  void run(const index_t* at);

  const recycled_vector<sweep>& sweeps() const { return sweeps_; }
  const plan& main() const { return main_; }

 private:
  // A slot's beginning in the first slice, and its bytes (linear indices for a generator) for a
  // step along each axis that is cut.
  struct movement {
    index_t by[max_ndim] = {};
    std::byte* data = nullptr;
    index_t first = 0;
    bool in_results = false;  // then `data` is where it begins among the results
  };

  binding part(const binding& b, const shape& space, int reduction);
  std::vector<movement> movements(std::span<const slot> slots, std::span<const binding> whole,
                                  const shape& space, int reduction) const;
  int way_of(const binding& whole, const shape& space, int reduction);
  void look_ahead();
  void move(std::span<slot> slots, const std::vector<movement>& moves, const index_t* at) const;

  const slicing& how_;
  std::span<const reduction_stage> whole_;  // of the job
  index_t count_;
  std::deque<weft::dims> dims_;  // shapes and strides of the parts
  std::vector<reduction_stage> reductions_;
  std::vector<std::size_t> begin_;  // of each reduction's results
  recycled_vector<sweep> sweeps_;
  std::vector<std::array<index_t, max_ndim>> ways_;  // in which slots move
  std::vector<std::vector<movement>> moves_;  // of each sweep's slots, then of the main stage's
  std::vector<slot> slots_;
  plan main_;
  std::size_t results_bytes_ = 0, bytes_ = 0;
  std::byte* memory_ = nullptr;
};

}  // namespace weft
