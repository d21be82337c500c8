// weft/cpu/direct_memory.hpp: what a thread has lately decided about small trees, so that a loop
// around an evaluation looks at the layouts of its operands once, and then compares them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "weft/cpu/direct_loops.hpp"
#include "weft/threads.hpp"

namespace weft::direct {

/// How a job is evaluated without a plan.
struct decision {
  enum class by : unsigned char {
    rows,
    packed_rows,
    joined_rows,
    rows_beyond,
    short_rows,
    planes,
    gathering
  } how;
  index_t at_once;  // planes, or rows that are joined
  loops l;
  tiling t;
  beyond_rows beyond;
};

/// The last decision for one kernel, with the layouts that it was made for. Where operands are and
/// what they overlap is looked at each time.
class memory_of_decisions {
 public:
  /// This thread's for a job's kernel; null for jobs that are not remembered: those with many
  /// operands, and those with callables, since what these cost is still being learnt. Null also
  /// where there is no memory, and once the thread is ending.
  static memory_of_decisions* of(const job& j);

  bool is_for(const job& j) const {
    const stage& st = j.stages[0];
    if (program_ != st.program.data() || kernel_ != st.kernel || count_ != j.bindings.size() ||
        grain_ != thread_grain())
      return false;
    const layout_of* like = like_;
    for (const binding& b : j.bindings)
      if (!(like++)->is_of(b)) return false;
    return true;
  }
  decision& kept() { return decision_; }
  index_t elements() const { return elements_; }

  /// Room for a new decision in the place of the old one, and its end.
  decision& begin() {
    program_ = nullptr;
    return *new (&decision_) decision;
  }
  void keep(const job& j, index_t elements) {
    layout_of* like = like_;
    for (const binding& b : j.bindings) new (like++) layout_of(b);
    program_ = j.stages[0].program.data();
    kernel_ = j.stages[0].kernel;
    count_ = j.bindings.size();
    grain_ = thread_grain();
    elements_ = elements;
  }

  memory_of_decisions() {}

 private:
  static constexpr std::size_t most = 8;

  struct layout_of {
    path how;
    dtype type;
    bool has_shape;
    index_t first;  // of a generated leaf, as the next
    const generator_text* text;
    weft::shape shape;
    weft::strides strides;

    explicit layout_of(const binding& b)
        : how(b.how),
          type(b.type),
          has_shape(b.shape != nullptr),
          first(b.first),
          text(b.text),
          shape(b.shape ? *b.shape : weft::shape()),
          strides(b.shape ? *b.strides : weft::strides()) {}
    bool is_of(const binding& b) const {
      return how == b.how && type == b.type && first == b.first && text == b.text &&
             has_shape == (b.shape != nullptr) &&
             (!has_shape || (shape == *b.shape && strides == *b.strides));
    }
  };

  const instruction* program_ = nullptr;  // null: nothing is remembered
  kernel_function kernel_ = nullptr;
  std::size_t count_ = 0;
  double grain_ = 0;
  index_t elements_ = 0;
  union {
    decision decision_;
  };
  union {
    layout_of like_[most];
  };
};

}  // namespace weft::direct
