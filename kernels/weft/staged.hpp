// weft/staged.hpp: jobs that have reductions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/buffer.hpp"
#include "weft/job.hpp"
#include "weft/plan.hpp"

namespace weft {

/// Memory aligned to 64: a part of the stack where that is enough, which it is for small tensors.
class room {
 public:
  std::byte* get(std::size_t bytes) {
    if (bytes <= sizeof own_) return own_;
    more_ = buffer::allocate(bytes);
    return static_cast<std::byte*>(more_.data());
  }

 private:
  alignas(64) std::byte own_[16 << 10];
  buffer more_;
};

/// Evaluates the reductions of `j`, then `j`. Throws as execute() does; the targets are written
/// last.
void execute_staged(const job& j);

/// Evaluates `j` at once and returns true if its reductions are small: one after another, without
/// plans. Returns false with nothing written for what has to be planned.
bool reduce_directly(const job& j);
/// Whether nothing of `j` needs a plan, neither its reductions nor what is around them.
bool reduces_directly(const job& j);

/// Whether the main stage of `j` does nothing but put the results of a reduction into the output,
/// where they have the same order.
bool is_result_itself(const job& j);

/// Whether these results may be written to the output while the operands are read, which are then
/// elsewhere, and nothing can throw meanwhile.
bool writes_results(const job& j);

/// What execute_staged() would do, in words, and the bytes that it would move; see describe() and
/// traffic_of().
std::string describe_staged(const job& j);
forecast predicted_staged(const job& j);
traffic traffic_of_staged(const job& j);

/// Whether two operands have the same elements. Callables and generators are the same only where
/// they stand once: nothing is known of what they do.
bool same_elements(const binding& a, const binding& b);

}  // namespace weft
