// weft/binder.hpp: a tree's leaves written down as bindings, in the order in which kernels take
// them. From here on nothing has a type any more.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include "weft/buffer.hpp"
#include "weft/job.hpp"
#include "weft/recycled.hpp"

namespace weft {

/// The bindings of all stages of a job. Those of the main stage come first and are the caller's;
/// only trees with shared sub-expressions or many slots move them to the heap.
class binding_pool {
 public:
  /// For a job; or, with that of the job around it, for the operand of one of its reductions.
  explicit binding_pool(std::span<binding> main, binding_pool* around = nullptr)
      : bindings(main), around_(around) {}
  binding_pool(const binding_pool&) = delete;
  binding_pool& operator=(const binding_pool&) = delete;
  ~binding_pool() {
    if (lists_) delete lists_;
  }

  /// Adds bindings for a stage; returns the place of the first one.
  int extend(int count);
  /// Of the shared sub-expressions, each after those that it needs.
  recycled_vector<stage>& stages() { return lists().stages; }
  /// Of the whole job, each after those that it needs.
  recycled_vector<reduction_stage>& reductions() {
    return around_ ? around_->reductions() : lists().reductions;
  }
  /// What has been bound, to the reduction whose operand it is.
  void move_to(reduction_stage& s);
  /// What has been bound as a job with this main stage.
  job get(const stage& main, int outputs);

  std::span<binding> bindings;

 private:
  struct stage_lists : recycled {
    recycled_vector<binding> grown;
    recycled_vector<stage> stages;
    recycled_vector<reduction_stage> reductions;
  };
  stage_lists& lists() {
    if (!lists_) lists_ = new stage_lists;
    return *lists_;
  }

  stage_lists* lists_ = nullptr;
  binding_pool* around_;
};

class binder;

/// A leaf of a tree as its type has it; a tree points to its leaves in the order of their slots.
struct leaf_kind {
  // It points to a tensor's buffer, a view's window, a value, or to what can bind itself.
  enum class is : unsigned char { tensor, view, value, reduction, other } what;
  dtype type;  // of the first three

  constexpr bool binds_itself() const { return what == is::reduction || what == is::other; }
  void (*bind)(const void* leaf, binder& b) = nullptr;
  // Of a reduction: writes its results, row by row, to elements of a type and shape. False, with
  // nothing done, where that is not as easy as can be.
  bool (*reduce)(const void* leaf, void* results, dtype type, const shape& s) = nullptr;
};

/// Whether one of these leaves binds itself.
constexpr bool need_bindings(std::span<const leaf_kind> leaves) {
  for (const leaf_kind& k : leaves)
    if (k.binds_itself()) return true;
  return false;
}

/// Writes bindings [next, ...) of a pool.
class binder {
 public:
  explicit binder(binding_pool& into, std::size_t first = 0) : pool(into), next(first) {}

  binding_pool& pool;

  void leaves(std::span<const leaf_kind> kinds, const void* const* leaves);
  void value(dtype type, const void* data, const char* name = "",
             const generator_text* text = nullptr);
  void memory(dtype type, const buffer& tensor);
  void memory(dtype type, const window& view);
  void generated(dtype type, const void* state, const placement& p, fill_function fill,
                 const char* name, const generator_text* text);
  void reduced(dtype type, const placement& p, int reduction);
  void shared(dtype type, int stage);

 private:
  void push(const binding& b) { pool.bindings[next++] = b; }

  std::size_t next;
};

}  // namespace weft
