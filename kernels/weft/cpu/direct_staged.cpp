// weft/cpu/direct_staged.cpp: small trees with reductions without a plan: one reduction after
// another, each from its operands or from the results of those before, then the tree around them.
// Operands are read where they are, row by row, or gathered first.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/direct.hpp"
#include "weft/cpu/direct_reduce.hpp"
#include "weft/plan.hpp"
#include "weft/staged.hpp"

namespace weft {
namespace {

using namespace direct;

// Elements that are stored.
constexpr index_t most_stored = 65536;
// Elements of the two inner axes of which it pays to call the kernel.
constexpr index_t least_plane = 64;

// Bindings of a job or a reduction, in which results of reductions become memory.
class given_bindings {
 public:
  given_bindings(std::span<const binding> from, std::byte* const* results) : count_(from.size()) {
    binding* to = all_;
    for (const binding& b : from) {
      *to = b;
      if (b.reduction >= 0) {
        to->data = results[b.reduction] + b.first * element_bytes(b);
        to->first = 0;
        to->reduction = -1;
      }
      ++to;
    }
  }
  std::span<const binding> get() const { return {all_, count_}; }

 private:
  union {
    binding all_[most_bindings];  // as many as there are are written before they are read
  };
  std::size_t count_;
};

// The axes of a reduction's operand as loops, from the inner one on.
struct reduced_loops {
  loops l;
  bool reduces[max_ndim];

  void add(std::span<const binding> b, const shape& s, int d, bool is_reduced) {
    const bool may_merge = l.axes > 0 && reduces[l.axes - 1] == is_reduced;
    add_axis(l, b, s, d, may_merge);
    reduces[l.axes - 1] = is_reduced;
  }
  int count(bool reduced) const { return int(std::count(reduces, reduces + l.axes, reduced)); }
  index_t extent(bool reduced) const {
    index_t n = 1;
    for (int d = 0; d < l.axes; ++d)
      if (reduces[d] == reduced) n *= l.extent[d];
    return n;
  }
};

// One reduction: how its operand is read, and then its results.
class small_sweep {
 public:
  small_sweep(const reduction_stage& r, std::span<const binding> operands, index_t elements)
      : r_(r), b_(operands), what_(r.stages.back()), n_(elements) {
    find_axes();
    for (std::size_t i = 0; i < b_.size(); ++i) look_at(i);
  }

  // Whether the kernel joins the elements of larger operands as a plan would.
  bool fits() const {
    if (n_ <= most_elements) return true;
    if (bytes_ > 0) return false;
    if (r_.kernels->keeps_all) return n_ <= most_stored;
    if (!m_.columns_are_reduced) return m_.is_block_across();
    return !m_.is_segments(shortest_row(what_, false)) && m_.columns <= longest_row;
  }
  // Bytes of what is gathered.
  index_t bytes() const { return bytes_; }
  // Writes states, and so many results in their place.
  void run(std::byte* states, index_t count, std::byte* gathered) {
    gather_all(gathered);
    if (is_gathered_) {
      index_t bytes[most_bindings];
      for (std::size_t i = 0; i < b_.size(); ++i)
        bytes[i] = b_[i].how == path::value ? 0 : element_bytes(b_[i]);
      return reduce_matrix({*r_.kernels, r_.self, what_}, m_, data_, bytes, states);
    }
    std::byte* const results = states;  // in the place of the first states
    const index_t states_of_plane = r_.kernels->keeps_all ? m_.rows * m_.columns : m_.states();
    void* data[most_bindings];
    for_each_plane(x_.l, b_.size(), [&](const index_t* offset) {
      for (std::size_t i = 0; i < b_.size(); ++i)
        data[i] = static_cast<std::byte*>(data_[i]) + (stays_[i] ? offset[i] : 0);
      reduce_rows(*r_.kernels, r_.self, shortest_row(what_, false), m_, data, row_step_,
                  has_held_ ? paces_ : nullptr, states);
      states += states_of_plane * index_t(r_.kernels->state_bytes);
      for (std::size_t i = 0; i < b_.size(); ++i)
        if (!stays_[i]) data_[i] = static_cast<std::byte*>(data_[i]) + row_step_[i] * m_.rows;
    });
    if (r_.kernels->finish) r_.kernels->finish(r_.self, results, results, count);
  }

 private:
  // Columns are the last axis and those that merge with it, rows the next one; planes of them are
  // kept. Where that will not do all is gathered, the axes that are reduced last.
  void find_axes() {
    for (int d = r_.operand.ndim() - 1; d >= 0; --d)
      if (r_.operand[std::size_t(d)] != 1) x_.add(b_, r_.operand, d, r_.reduces[d]);
    turn();
    complete(x_.l, b_.size());
    m_ = {x_.l.extent[1], x_.l.extent[0], x_.l.axes == 0 || x_.reduces[0]};
    if (is_tile() && (x_.l.axes <= 2 || x_.l.plane() >= least_plane)) return;
    x_.l.axes = 0;
    for (const bool reduced : {true, false})
      for (int d = r_.operand.ndim() - 1; d >= 0; --d)
        if (r_.operand[std::size_t(d)] != 1 && r_.reduces[d] == reduced)
          x_.add(b_, r_.operand, d, reduced);
    complete(x_.l, b_.size());
    is_gathered_ = true;
    m_ = {x_.extent(false), x_.extent(true), true};
    if (x_.count(true) == 0) m_ = {1, n_, false};
  }
  // Whether a kernel takes such loops: of one axis that is reduced, the inner one or, if rows are
  // few and not narrow, the next; and what is stored, if its rows are long.
  bool is_tile() const {
    if (x_.l.axes < 2) return m_.columns <= longest_row;
    if (r_.kernels->keeps_all) return m_.columns >= shortest_run;
    if (x_.reduces[0] ? m_.columns > longest_row : !m_.may_be_across(what_.lanes)) return false;
    return x_.reduces[x_.reduces[0] ? 0 : 1] && x_.count(true) == 1;
  }
  // The axis along which the first operand is nearer in memory becomes the inner one.
  void turn() {
    loops& l = x_.l;
    if (l.axes != 2 || x_.reduces[0] == x_.reduces[1] || r_.kernels->keeps_all) return;
    const matrix turned{l.extent[0], l.extent[1], x_.reduces[1]};
    for (std::size_t i = 0; i < b_.size(); ++i) {
      const index_t inner = std::abs(l.step[0][i]), outer = std::abs(l.step[1][i]);
      if (!is_memory(b_[i]) || inner == 0 || outer == 0) continue;
      if (inner <= outer || (!turned.columns_are_reduced && !turned.may_be_across(what_.lanes)))
        return;
      swap_axes(0, 1, b_.size());
      std::swap(x_.reduces[0], x_.reduces[1]);
      return;
    }
  }
  void look_at(std::size_t i) {
    const binding& b = b_[i];
    const index_t size = element_bytes(b), row = m_.columns * size;
    data_[i] = b.data;
    paces_[i] = pace::of(size, size);
    row_step_[i] = 0;
    stays_[i] = true;
    if (b.how == path::value) return;
    if (is_gathered_) {
      stays_[i] = is_run(x_.l, b, i);
    } else {
      const index_t step = x_.l.step[0][i];
      row_step_[i] = x_.l.step[1][i];
      const bool is_row = step == size || m_.columns == 1;
      const bool is_held = step == 0 && !is_row && what_.holds;
      stays_[i] = is_memory(b) &&
                  (m_.is_segments(shortest_row(what_, false)) ? is_row && row_step_[i] == row
                                                              : is_row || is_held);
      if (stays_[i] && is_held) {
        paces_[i] = pace::of(size, 0);
        has_held_ = true;
      }
    }
    if (stays_[i] && !is_gathered_) return;
    row_step_[i] = row;
    if (!stays_[i]) bytes_ += rounded(n_ * size);
  }
  void gather_all(std::byte* to) {
    for (std::size_t i = 0; i < b_.size(); ++i)
      if (!stays_[i]) data_[i] = std::exchange(to, to + rounded(n_ * element_bytes(b_[i])));
    if (bytes_ > 0) {
      // Where elements go, as if they were those of one more operand.
      loops& l = x_.l;
      const std::size_t own = b_.size();
      index_t step = 1;
      for (int d = 0; d < std::max(l.axes, 2); step *= l.extent[d++]) l.step[d][own] = step;
      if (is_gathered_) swap_axes(1, longest_but_first(), own + 1);
      for_each_plane(l, own + 1, [&](const index_t* offset) {
        for (std::size_t i = 0; i < own; ++i)
          if (!stays_[i]) gather_plane(i, offset[i], offset[own], l.step[1][own]);
      });
    }
  }
  // Elements of the two inner axes, at so many bytes or numbers from the first one; as rows that
  // are so many elements apart, from element `to` on.
  void gather_plane(std::size_t i, index_t at, index_t to, index_t pitch) const {
    const binding& b = b_[i];
    const loops& l = x_.l;
    const index_t size = element_bytes(b), row = l.step[1][i], step = l.step[0][i];
    std::byte* const first = static_cast<std::byte*>(data_[i]) + to * size;
    if (b.how != path::generated)
      return copy_block(std::size_t(size), first, {pitch * size, size},
                        static_cast<const std::byte*>(b.data) + at, {row, step}, l.extent[1],
                        l.extent[0]);
    for (index_t r = 0; r < l.extent[1]; ++r)
      b.fill(b.data, first + r * pitch * size, b.first + at + r * row, step, l.extent[0]);
  }
  // The axis of most elements but the inner one.
  int longest_but_first() const {
    const index_t* const first = x_.l.extent;
    return int(std::max_element(first + 1, first + std::max(x_.l.axes, 2)) - first);
  }
  void swap_axes(int a, int b, std::size_t slots) {
    loops& l = x_.l;
    if (a == b) return;
    std::swap(l.extent[a], l.extent[b]);
    for (std::size_t i = 0; i < slots; ++i) std::swap(l.step[a][i], l.step[b][i]);
  }

  const reduction_stage& r_;
  std::span<const binding> b_;
  const stage& what_;
  index_t n_, bytes_ = 0;
  reduced_loops x_;
  matrix m_;
  bool is_gathered_ = false, has_held_ = false;
  void* data_[most_bindings];
  index_t row_step_[most_bindings];
  pace paces_[most_bindings];
  bool stays_[most_bindings];
};

// A reduction's elements and results, and its place in the room for states: those of blocks too,
// with results in their place.
struct part {
  index_t elements, results, begin, bytes;
};
part part_of(const reduction_stage& r, index_t elements, index_t begin) {
  const index_t results = r.result.product();
  const auto each = index_t(std::max(r.kernels->state_bytes, size_of(r.type)));
  return {elements, results, begin, rounded(std::max(results, blocks_of(elements)) * each)};
}

// Operands that all stand one after another in the operand's shape, as kernels take them; false if
// one does not.
bool find_plain(const reduction_stage& r, std::byte* const* results, void** data, index_t* bytes) {
  for (std::size_t i = 0; i < r.bindings.size(); ++i) {
    const binding& b = r.bindings[i];
    const bool is_value = b.how == path::value;
    const bool is_plain = b.how == path::direct && *b.shape == r.operand &&
                          (b.contiguous || is_contiguous(r.operand, *b.strides));
    if (!is_value && !is_plain) return false;
    bytes[i] = is_value ? 0 : element_bytes(b);
    data[i] = b.reduction < 0 ? b.data : results[b.reduction] + b.first * bytes[i];
  }
  return true;
}

// Reduces an operand, which may be made of results of others; or, if it only looks, says whether
// that will do.
bool reduce(const reduction_stage& r, const part& p, std::byte* const* results, std::byte* to,
            room& for_gathered, bool looks) {
  void* data[most_bindings];
  index_t bytes[most_bindings];
  matrix m;
  if (as_matrix(r.operand, r.reduces, m) && find_plain(r, results, data, bytes)) {
    const small_reduction plain{*r.kernels, r.self, r.stages[0]};
    const bool does = may_reduce(plain, m, bytes, p.bytes);
    if (does && !looks) reduce_matrix(plain, m, data, bytes, to);
    if (does || p.elements > most_elements) return does;
  }
  const given_bindings operands(r.bindings, results);
  small_sweep s(r, operands.get(), p.elements);
  if (!s.fits()) return false;
  if (!looks) s.run(to, p.results, for_gathered.get(std::size_t(s.bytes())));
  return true;
}

// Whether a reduction is small as far as its size and operations tell. A slot is left for where
// gathered elements go.
bool may_be_small(const reduction_stage& r, index_t elements) {
  constexpr index_t most = 1 << 24;  // far more than is little
  return r.stages.size() == 1 && r.bindings.size() < most_bindings && elements > 0 &&
         elements <= most && may_be_direct(r.stages[0], elements);
}
// Whether those that are more than a tile are not worth threads either.
bool are_little(std::span<const reduction_stage> reductions, const part* parts) {
  double operations = 0, bytes = 0;
  for (const reduction_stage& r : reductions) {
    const index_t n = parts++->elements;
    if (n <= most_elements) continue;
    if (r.stages[0].cost.has_calls) return false;
    operations += double(n) * r.stages[0].cost.operations;
    for (const binding& b : r.bindings)
      if (b.shape) bytes += double(n) * double(size_of(b.type));
  }
  return estimated_time(bytes, operations) < thread_grain();
}

}  // namespace

bool is_result_itself(const job& j) {
  if (j.bindings.size() != 2 || j.stages.size() != 1 || j.stages[0].program.size() != 2)
    return false;
  const binding &out = j.bindings[0], &in = j.bindings[1];
  return in.reduction >= 0 && in.first == 0 && in.type == out.type && *in.shape == *out.shape &&
         out.shape->product() == j.reductions[std::size_t(in.reduction)].result.product() &&
         is_contiguous(*in.shape, *in.strides) && is_contiguous(*out.shape, *out.strides);
}

namespace {

// Whether a reduction that is all of its tree is evaluated before it is bound.
bool is_plain(const reduction_stage& r) {
  void* data[most_bindings];
  index_t bytes[most_bindings];
  matrix m;
  return r.stages.size() == 1 && r.bindings.size() <= most_bindings &&
         std::ranges::none_of(r.bindings, [](const binding& b) { return b.reduction >= 0; }) &&
         as_matrix(r.operand, r.reduces, m) && find_plain(r, nullptr, data, bytes) &&
         may_reduce({*r.kernels, r.self, r.stages[0]}, m, bytes, plain_room);
}

// The reductions of a job, all of them small, and memory for their results.
class small_reductions {
 public:
  explicit small_reductions(const job& j) : j_(j) {}

  // False if one is not small as far as sizes and operations tell.
  bool prepare() {
    const std::size_t count = j_.reductions.size();
    if (j_.bindings.size() > most_bindings || count > most_members) return false;
    index_t bytes = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const index_t elements = j_.reductions[k].operand.product();
      if (!may_be_small(j_.reductions[k], elements)) return false;
      parts_[k] = part_of(j_.reductions[k], elements, bytes);
      bytes += parts_[k].bytes;
      largest_ = std::max(largest_, elements);
    }
    if (largest_ > most_elements && !are_little(j_.reductions, parts_)) return false;
    std::byte* const first = for_results_.get(std::size_t(bytes));
    for (std::size_t k = 0; k < count; ++k) results_[k] = first + parts_[k].begin;
    return true;
  }
  // One after another; or, if it only looks, whether that will do.
  bool reduce_each(bool looks) {
    for (std::size_t k = 0; k < j_.reductions.size(); ++k)
      if (!reduce(j_.reductions[k], parts_[k], results_, results_[k], for_gathered_, looks))
        return false;
    return true;
  }
  // Whether to have begun in vain would cost more than to look.
  bool are_large() const { return j_.reductions.size() > 1 && largest_ > most_elements; }

  std::byte* const* results() const { return results_; }
  std::size_t bytes_of(int reduction) const {
    return std::size_t(parts_[reduction].results) *
           size_of(j_.reductions[std::size_t(reduction)].type);
  }

 private:
  const job& j_;
  part parts_[most_members];
  index_t largest_ = 0;
  std::byte* results_[most_members];
  room for_results_, for_gathered_;
};

}  // namespace

bool reduce_directly(const job& j) {
  small_reductions all(j);
  if (!all.prepare() || (all.are_large() && !all.reduce_each(true)) || !all.reduce_each(false))
    return false;
  if (is_result_itself(j)) {
    const int r = j.bindings[1].reduction;
    std::memcpy(j.bindings[0].data, all.results()[r], all.bytes_of(r));
    return true;
  }
  const given_bindings around(j.bindings, all.results());
  const job rest{around.get(), j.stages, j.outputs};
  if (!run_rows(rest)) execute(rest);
  return true;
}

bool reduces_directly(const job& j) {
  const bool is_result = is_result_itself(j);
  if (is_result && is_plain(j.reductions[0])) return true;
  small_reductions all(j);
  if (!all.prepare() || !all.reduce_each(true)) return false;
  const given_bindings around(j.bindings, all.results());
  return is_result || runs_directly({around.get(), j.stages, j.outputs});
}

}  // namespace weft
