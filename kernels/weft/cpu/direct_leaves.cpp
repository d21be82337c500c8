// weft/cpu/direct_leaves.cpp: small trees straight from the leaves that they point to, without
// bindings: where all elements stand side by side one call of the kernel; rows and columns, and
// views of up to two axes, a call for rows that it reads where they are, or for a few elements that
// are gathered.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/direct.hpp"
#include "weft/cpu/direct_loops.hpp"
#include "weft/cpu/lane_pace.hpp"
#include "weft/plan.hpp"

namespace weft {

using namespace direct;

bool run_plain(const stage& main, std::span<const leaf_kind> kinds, const void* const* leaves,
               const buffer& target, dtype type) {
  if (kinds.size() >= most_bindings || target.where() != cpu || is_shown()) return false;
  const index_t n = target.place().shape.product();
  void* data[most_bindings];
  void* const to = data[0] = target.data();
  index_t bytes = index_t(size_of(type));
  const index_t all_bytes = n * bytes;
  bool in_place = false;
  void** next = data;
  for (const leaf_kind& k : kinds) {
    const void* const leaf = *leaves++;
    *++next = const_cast<void*>(leaf);
    if (k.what != leaf_kind::is::tensor) continue;
    const auto size = index_t(size_of(k.type));
    void* const from = *next = static_cast<const buffer*>(leaf)->data();
    bytes += size;
    if (!meet(from, n * size, to, all_bytes)) continue;
    if (from != to || k.type != type) return false;
    in_place = true;
  }
  if (n == 0 || !is_small({&main, 1}, n, bytes)) return false;
  run_whole({&main, 1}, data, n, in_place);
  return true;
}

namespace {

// Rows of elements as a kernel takes them, one slot after another. Inlined, as it is most of what a
// small tree of views takes.
class rows_of_slots {
 public:
  rows_of_slots(const stage& main, index_t rows, index_t columns)
      : main_(main), rows_(rows), columns_(columns), gathers_(columns < main.lanes) {}

  // False if the kernel cannot write, or read, these rows where they are, or if they overlap the
  // output otherwise than as its own elements in their own order.
  [[gnu::always_inline]] bool add_output(void* data, const shape& s, const strides& steps,
                                         dtype type) {
    const lines out = lines_of(data, s, steps, type);
    const bool apart = rows_ == 1 || std::abs(out.row) >= columns_ * out.size;
    if (out.how.what != pace::is::next || !apart) return false;
    output_ = out;
    type_ = type;
    put(out);
    return true;
  }
  [[gnu::always_inline]] bool add_operand(void* data, const shape& s, const strides& steps,
                                          dtype type) {
    const lines x = lines_of(data, s, steps, type);
    if (!can_read(x)) return false;
    if (x.begin < output_.end && output_.begin < x.end) {
      const bool same = x.data == output_.data && type == type_ && x.row == output_.row &&
                        x.how.step == output_.how.step;
      if (!same) return false;
      in_place_ = true;
    }
    put(x);
    return true;
  }
  void add_value(const void* value) {
    data_[count_] = const_cast<void*>(value);
    row_step_[count_] = size_[count_] = 0;
    paces_[count_++] = {pace::is::next, 0, 0};
  }

  // False, with nothing done, if there is enough to share out.
  bool run() {
    const index_t n = rows_ * columns_;
    if (!is_small({&main_, 1}, n, bytes_)) return false;
    if (gathers_) return run_gathered(n);
    if (follow_) columns_ = n, rows_ = 1;
    const tile all{
        data_,      row_step_, rows_, columns_, false, in_place_, plain_ ? nullptr : paces_,
        main_.paced};
    run_timed({&main_, 1}, n, [&] { main_.kernel(all); });
    return true;
  }

 private:
  // Where the rows of a slot are.
  struct lines {
    std::byte *data, *begin, *end;
    index_t size, row;  // bytes of an element, and from one row to the next
    pace how;
  };

  lines lines_of(void* data, const shape& s, const strides& steps, dtype type) const {
    const auto size = index_t(size_of(type));
    const int ndim = s.ndim();
    const auto step_along = [&](int d) {
      return s[std::size_t(d)] == 1 ? 0 : steps[std::size_t(d)] * size;
    };
    const index_t step = ndim > 0 ? step_along(ndim - 1) : 0, row = ndim > 1 ? step_along(0) : 0;
    auto* const first = static_cast<std::byte*>(data);
    std::byte *begin = first, *end = first + size;
    const index_t to_last_row = row * (rows_ - 1), to_last = step * (columns_ - 1);
    (to_last_row < 0 ? begin : end) += to_last_row;
    (to_last < 0 ? begin : end) += to_last;
    return {first, begin, end, size, row, pace::of(size, step)};
  }
  bool can_read(const lines& x) const {
    using is = pace::is;
    if (gathers_ || x.how.what == is::next) return true;
    if (x.how.what == is::same) return columns_ >= main_.line;
    return main_.paced && columns_ >= main_.round &&
           (x.how.what != is::apart || x.row == 0 || std::abs(x.row) > std::abs(x.how.step));
  }
  void put(const lines& x) {
    data_[count_] = x.data;
    row_step_[count_] = x.row;
    size_[count_] = x.size;
    paces_[count_++] = x.how;
    bytes_ += x.size;
    plain_ = plain_ && x.how.what == pace::is::next;
    follow_ = follow_ && x.row == columns_ * x.how.step;
  }

  // n elements as one row, of a step at least. Out of line, for the room on the stack.
  [[gnu::noinline]] bool run_gathered(index_t n) {
    const index_t whole = std::max<index_t>(n, main_.lanes);
    alignas(64) std::byte scratch[scratch_bytes];
    if (bytes_ * whole + index_t(count_) * 64 > scratch_bytes) return false;
    const auto own = static_cast<std::byte*>(data_[0]);
    std::byte* next = scratch;
    for (std::size_t i = 0; i < count_; ++i) {
      const index_t size = size_[i], step = paces_[i].step;
      if (size == 0 || (n == whole && step == size && row_step_[i] == columns_ * size)) continue;
      auto* const from = static_cast<std::byte*>(data_[i]);
      data_[i] = next;
      if (i > 0 && step == size && row_step_[i] == columns_ * size) {
        lane::copy_first(next, from, std::size_t(size), int(n), int(whole));
      } else if (i > 0) {
        copy_block(std::size_t(size), next, {columns_ * size, size}, from, {row_step_[i], step},
                   rows_, columns_);
        fill_up(std::size_t(size), next, n, whole);
      }
      next += rounded(whole * size);
    }
    run_whole({&main_, 1}, data_, whole, in_place_);
    if (data_[0] != own)
      copy_block(std::size_t(size_[0]), own, {row_step_[0], size_[0]},
                 static_cast<std::byte*>(data_[0]), {columns_ * size_[0], size_[0]}, rows_,
                 columns_);
    return true;
  }

  const stage& main_;
  index_t rows_, columns_, bytes_ = 0;
  bool gathers_;  // rows are shorter than a step of the kernel
  bool plain_ = true, follow_ = true, in_place_ = false;  // follow_: rows are one row
  std::size_t count_ = 0;
  lines output_{};
  dtype type_{};
  void* data_[most_bindings];
  index_t row_step_[most_bindings], size_[most_bindings];
  pace paces_[most_bindings];
};

// Rows and columns of an output of up to two axes; false if there are none, or more axes, or it
// takes too many short rows.
bool find_rows(const shape& s, const stage& main, index_t& rows, index_t& columns) {
  if (s.ndim() == 0 || s.ndim() > 2) return false;
  rows = s.ndim() == 2 ? s[0] : 1;
  columns = s.back();
  return rows > 0 && columns > 0 && (columns >= main.lanes || rows * columns <= few);
}

}  // namespace

bool run_rows(const stage& main, std::span<const leaf_kind> kinds, const void* const* leaves,
              void* target, const placement& place, device where, dtype type) {
  index_t rows, columns;
  if (kinds.size() >= most_bindings || where != cpu || is_shown() ||
      !find_rows(place.shape, main, rows, columns))
    return false;
  rows_of_slots slots(main, rows, columns);
  if (!slots.add_output(target, place.shape, place.strides, type)) return false;
  for (const leaf_kind& k : kinds) {
    const void* const leaf = *leaves++;
    if (k.what == leaf_kind::is::value) {
      slots.add_value(leaf);
    } else if (k.what == leaf_kind::is::tensor) {
      const auto& tensor = *static_cast<const buffer*>(leaf);
      const placement& own = tensor.place();
      if (!slots.add_operand(tensor.data(), own.shape, own.strides, k.type)) return false;
    } else {
      const auto& view = *static_cast<const window*>(leaf);
      if (!slots.add_operand(view.data, view.place.shape, view.place.strides, k.type)) return false;
    }
  }
  return slots.run();
}

bool run_rows(const job& j) {
  index_t rows, columns;
  const binding& out = j.bindings[0];
  if (j.bindings.size() > most_bindings || j.stages.size() > 1 || j.outputs > 1 ||
      !find_rows(*out.shape, j.stages[0], rows, columns))
    return false;
  rows_of_slots slots(j.stages[0], rows, columns);
  if (!slots.add_output(out.data, *out.shape, *out.strides, out.type)) return false;
  for (const binding& b : j.bindings.subspan(1)) {
    if (b.how == path::value)
      slots.add_value(b.data);
    else if (b.how != path::direct || !slots.add_operand(b.data, *b.shape, *b.strides, b.type))
      return false;
  }
  return slots.run();
}

}  // namespace weft
