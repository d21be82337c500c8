// weft/cpu/direct_short.cpp: rows that are shorter than a step of the kernel, with hardly any
// packing: where rows follow one another, some of them are one longer row, and what repeats is
// packed once for it; elsewhere a step takes a row and what lies beyond its end, since later rows
// put right what it writes there.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/direct_loops.hpp"

namespace weft::direct {
namespace {

std::byte* place(const binding& b, index_t offset) {
  return static_cast<std::byte*>(b.data) + offset;
}

// How many elements joined rows should have.
constexpr index_t long_enough = 256;

}  // namespace

index_t rows_to_join(const job& j, const loops& l) {
  const index_t columns = l.extent[0], lanes = j.stages[0].lanes;
  if (columns >= lanes || l.axes != 2) return 0;
  index_t repeated = 0;  // bytes of an element
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    if (b.how == path::value) continue;
    if (rows_follow(l, b, i)) continue;
    const index_t size = element_bytes(b);
    const bool repeats = is_memory(b) && l.step[0][i] == size && l.step[1][i] == 0;
    if (!repeats || i < std::size_t(j.outputs)) return 0;
    repeated += size;
  }
  const index_t steps = lanes / std::gcd(columns, lanes);  // rows that are whole steps together
  const index_t fit = std::min(long_enough, scratch_bytes / std::max(repeated, index_t(1)));
  return fit / (steps * columns) * steps;
}

void run_joined(const job& j, const loops& l, index_t at_once, bool in_place) {
  alignas(64) std::byte scratch[scratch_bytes + 64 * most_bindings];
  void* data[most_bindings];
  index_t row_step[most_bindings];
  std::byte* next = scratch;
  const index_t columns = l.extent[0], joined = std::min(at_once, l.extent[1]);
  const index_t whole = l.extent[1] / joined, left = l.extent[1] % joined;
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    data[i] = b.data;
    row_step[i] = joined * l.step[1][i];
    if (b.how == path::value || row_step[i] != 0) continue;
    const index_t size = element_bytes(b);
    data[i] = next;
    copy_block(size_of(b.type), next, {columns * size, size}, place(b, 0), {0, size}, joined,
               columns);
    next += rounded(joined * columns * size);
  }
  const kernel_function kernel = j.stages[0].kernel;
  kernel({data, row_step, whole, joined * columns, false, in_place});
  if (left == 0) return;
  for (std::size_t i = 0; i < j.bindings.size(); ++i)
    data[i] = static_cast<std::byte*>(data[i]) + whole * row_step[i];
  kernel({data, no_step, 1, left * columns, false, in_place});
}

bool beyond_rows::choose(const job& j, const loops& l, bool in_place) {
  const stage& st = j.stages[0];
  const index_t columns = l.extent[0];
  if (j.outputs != 1 || columns >= st.lanes || st.cost.has_calls) return false;
  step_ = st.lanes;
  index_t packed = 0;  // bytes for each row
  int read = 0;
  last_ = 1;
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    packs_[i] = false;
    if (b.how == path::value) continue;
    if (!is_memory(b)) return false;
    const index_t size = element_bytes(b), row_step = l.step[1][i];
    const index_t beyond = (step_ - columns) * size;
    packs_[i] = i == 0 ? in_place || !is_run(l, b, 0) : l.step[0][i] == 0 || row_step == 0;
    if (packs_[i]) {
      packed += step_ * size;
      continue;
    }
    if (l.step[0][i] != size || row_step <= 0) return false;
    for (int d = 2; d < l.axes; ++d)
      if (i > 0 && l.step[d][i] < beyond) return false;
    last_ = std::max(last_, (beyond + row_step - 1) / row_step);
    if (i > 0) ++read;
  }
  index_t gathered = 0;  // bytes of the last rows
  for (const binding& b : j.bindings)
    if (is_memory(b)) gathered += rounded((last_ * columns + step_) * element_bytes(b));
  // What lanes beyond the ends compute in vain is less than what packing takes; registers of a
  // whole line, most of which are in two lines, pay for many operands only.
  const bool pays = st.cost.operations * (step_ - columns) <= 4 * (read + 1) * step_ &&
                    (step_ * element_bytes(j.bindings[0]) < 64 || read >= 4);
  if (!pays || last_ >= l.extent[1] || gathered > scratch_bytes || packed * 8 > scratch_bytes)
    return false;
  at_once_ = packed > 0 ? scratch_bytes / packed : l.extent[1];
  return true;
}

void beyond_rows::run(const job& j, const loops& l, index_t n) const {
  alignas(64) std::byte scratch[scratch_bytes + 64 * most_bindings];
  index_t planes = n / l.plane();
  for_each_plane(l, j.bindings.size(), [&](const index_t* offset) {
    const index_t rows = l.extent[1] - (--planes == 0 ? last_ : 0);
    for (index_t row = 0; row < rows; row += at_once_)
      run_rows(j, l, offset, row, std::min(at_once_, rows - row), scratch);
    if (planes == 0) run_last(j, l, offset, scratch);
  });
}

void beyond_rows::run_rows(const job& j, const loops& l, const index_t* offset, index_t row,
                           index_t rows, std::byte* next) const {
  const index_t columns = l.extent[0];
  void* data[most_bindings];
  index_t row_steps[most_bindings];
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    const index_t row_step = row_steps[i] = l.step[1][i];
    data[i] = b.data;
    if (b.how == path::value) continue;
    std::byte* const own = place(b, offset[i] + row * row_step);
    data[i] = own;
    if (!packs_[i]) continue;
    const index_t size = element_bytes(b), step = l.step[0][i];
    const bool repeats = i > 0 && row_step == 0;
    const index_t packed = repeats ? 1 : rows, count = step == 0 ? step_ : columns;
    data[i] = next;
    row_steps[i] = repeats ? 0 : step_ * size;
    if (i > 0) {
      copy_block(size_of(b.type), next, {step_ * size, size}, own, {row_step, step}, packed, count);
      if (count < step_) fill_up(size_of(b.type), next, count, step_);  // there is one row of it
    }
    next += rounded(packed * step_ * size);
  }
  j.stages[0].kernel({data, row_steps, rows, step_, false, false});
  if (packs_[0]) scatter(data[0], step_, j.bindings[0], l, 0, offset[0] + row * l.step[1][0], rows);
}

void beyond_rows::run_last(const job& j, const loops& l, const index_t* offset,
                           std::byte* next) const {
  const index_t columns = l.extent[0], first = l.extent[1] - last_, n = last_ * columns;
  const index_t whole = (n + step_ - 1) / step_ * step_;
  void* data[most_bindings];
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    data[i] = b.data;
    if (b.how == path::value) continue;
    data[i] = next;
    if (i > 0) {
      gather(next, b, l, i, offset[i] + first * l.step[1][i], last_);
      fill_up(size_of(b.type), next, n, whole);
    }
    next += rounded(whole * element_bytes(b));
  }
  j.stages[0].kernel({data, no_step, 1, whole, false, false});
  scatter(data[0], columns, j.bindings[0], l, 0, offset[0] + first * l.step[1][0], last_);
}

}  // namespace weft::direct
