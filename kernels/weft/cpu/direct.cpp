// weft/cpu/direct.cpp: small trees without a plan. Contiguous operands of one shape, the most
// common case, are one call of the kernel; operands whose rows are contiguous or repeat one element
// are a call for many rows; a few elements of any strides are gathered first.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/direct.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "weft/cpu/cost.hpp"
#include "weft/cpu/pack.hpp"
#include "weft/plan.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

constexpr std::size_t most_bindings = std::size(no_repeats);
// Bytes of packed elements, on the stack.
constexpr index_t scratch_bytes = 8192;
// Beyond these, packing by blocks pays for its plan.
constexpr index_t few = 256;

index_t element_bytes(const binding& b) { return index_t(size_of(b.type)); }
index_t rounded(index_t bytes) { return (bytes + 63) / 64 * 64; }

// Whether n elements of such bindings, of so many bytes together, are too little to share out.
bool is_small(const job& j, index_t n, index_t bytes) {
  return estimated_time(double(n * bytes), double(n) * operations_of(j.stages)) < thread_grain();
}

// The output's axes, merged to at most two, the inner one first. Steps are in bytes, those of a
// generator in its linear index; 0 where a binding repeats.
struct loops {
  int axes = 0;
  index_t extent[2] = {1, 1};
  index_t step[2][most_bindings];

  index_t size() const { return extent[0] * extent[1]; }
};

// Takes in one more axis, outside of those before it.
bool add_axis(loops& l, const job& j, int d) {
  const shape& s = *j.bindings[0].shape;
  index_t step[most_bindings];
  const int last = l.axes - 1;
  bool merges = last >= 0;
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    step[i] = 0;
    if (!b.shape) continue;
    const int k = d - (s.ndim() - b.shape->ndim());
    if (k >= 0 && (*b.shape)[std::size_t(k)] != 1)
      step[i] = (*b.strides)[std::size_t(k)] * (b.how == path::generated ? 1 : element_bytes(b));
    merges = merges && step[i] == l.step[last][i] * l.extent[last];
  }
  const index_t extent = s[std::size_t(d)];
  if (merges) {
    l.extent[last] *= extent;
    return true;
  }
  if (l.axes == 2) return false;
  std::copy_n(step, j.bindings.size(), l.step[l.axes]);
  l.extent[l.axes++] = extent;
  return true;
}

bool find_loops(loops& l, const job& j) {
  const shape& s = *j.bindings[0].shape;
  for (int d = s.ndim() - 1; d >= 0; --d)
    if (s[std::size_t(d)] != 1 && !add_axis(l, j, d)) return false;
  for (; l.axes < 2; ++l.axes) std::fill_n(l.step[l.axes], j.bindings.size(), 0);
  if (l.extent[1] > 1 && std::abs(l.step[1][0]) < std::abs(l.step[0][0])) {
    std::swap(l.extent[0], l.extent[1]);
    std::swap(l.step[0], l.step[1]);
  }
  return true;
}

struct byte_range {
  const std::byte *begin, *end;

  byte_range(const binding& b, const loops& l, std::size_t i) {
    begin = end = static_cast<const std::byte*>(b.data);
    for (int k = 0; k < 2; ++k) {
      const index_t by = l.step[k][i] * (l.extent[k] - 1);
      (by < 0 ? begin : end) += by;
    }
    end += element_bytes(b);
  }
  bool meets(const byte_range& other) const { return begin < other.end && other.begin < end; }
};

bool is_memory(const binding& b) { return b.how == path::direct; }

// Whether outputs overlap nothing but operands that are the same elements in the same order, and
// do not repeat; says whether there are such operands.
bool overlaps_only_itself(const job& j, const loops& l, bool& in_place) {
  for (std::size_t o = 0; o < std::size_t(j.outputs); ++o) {
    const binding& out = j.bindings[o];
    for (int k = 0; k < 2; ++k)
      if (l.step[k][o] == 0 && l.extent[k] > 1) return false;
    const byte_range written(out, l, o);
    for (std::size_t i = o + 1; i < j.bindings.size(); ++i) {
      const binding& b = j.bindings[i];
      if (!is_memory(b) || !byte_range(b, l, i).meets(written)) continue;
      if (i < std::size_t(j.outputs) || b.data != out.data || b.type != out.type) return false;
      for (int k = 0; k < 2; ++k)
        if (l.extent[k] > 1 && l.step[k][i] != l.step[k][o]) return false;
      in_place = true;
    }
  }
  return true;
}

// The kernel can read this operand, or write this output, row by row where it is.
bool is_row(const loops& l, const binding& b, std::size_t i) {
  return l.extent[0] == 1 || l.step[0][i] == element_bytes(b);
}

// How many times an element is packed that repeats along a row.
index_t times(const stage& st, const loops& l) { return st.repeats ? st.repeats : l.extent[0]; }

// Bytes of the packed elements that serve a row each; -1 if rows will not do.
index_t bytes_to_repeat(const job& j, const loops& l) {
  const stage& st = j.stages[0];
  if (l.extent[0] < st.lanes && l.extent[1] > 1) return -1;
  index_t bytes = 0;
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    if (b.how == path::value || (is_memory(b) && is_row(l, b, i))) continue;
    if (!is_memory(b) || l.step[0][i] != 0 || i < std::size_t(j.outputs)) return -1;
    bytes += rounded(times(st, l) * element_bytes(b));
  }
  return bytes <= scratch_bytes ? bytes : -1;
}

void run_rows(const job& j, const loops& l, index_t bytes, bool in_place) {
  const stage& st = j.stages[0];
  alignas(64) std::byte scratch[scratch_bytes];
  void* data[most_bindings];
  index_t row_step[most_bindings], mask[most_bindings];
  const index_t together = bytes ? std::min(scratch_bytes / bytes, l.extent[1]) : l.extent[1];
  for (index_t first = 0; first < l.extent[1]; first += together) {
    const index_t rows = std::min(together, l.extent[1] - first);
    std::byte* next = scratch;
    for (std::size_t i = 0; i < j.bindings.size(); ++i) {
      const binding& b = j.bindings[i];
      mask[i] = -1;
      data[i] = b.data;
      row_step[i] = 0;
      if (b.how == path::value) continue;
      row_step[i] = l.step[1][i];
      std::byte* row = static_cast<std::byte*>(b.data) + first * row_step[i];
      data[i] = row;
      if (is_row(l, b, i)) continue;
      mask[i] = st.repeats ? 0 : -1;
      data[i] = next;
      const index_t size = element_bytes(b), packed = rounded(times(st, l) * size);
      const index_t packed_rows = row_step[i] ? rows : 1;
      copy_block(size_of(b.type), next, {packed, size}, row, {row_step[i], 0}, packed_rows,
                 times(st, l));
      if (row_step[i]) row_step[i] = packed;
      next += packed * packed_rows;
    }
    st.kernel({data, row_step, mask, rows, l.extent[0], false, in_place});
  }
}

// Elements of a gathered operand: whole steps of the kernel, so that it needs no padded copies.
index_t padded(const job& j, index_t n) {
  const index_t lanes = j.stages[0].lanes;
  return (n + lanes - 1) / lanes * lanes;
}

bool can_gather(const job& j, index_t n) {
  if (n > few) return false;
  index_t bytes = 0;
  for (const binding& b : j.bindings)
    if (b.shape) bytes += rounded(padded(j, n) * element_bytes(b));
  return bytes <= scratch_bytes;
}

void gather(std::byte* to, const binding& b, const loops& l, std::size_t i, index_t n) {
  const index_t size = element_bytes(b);
  if (b.how == path::generated) {
    for (index_t r = 0; r < l.extent[1]; ++r)
      b.fill(b.data, to + r * l.extent[0] * size, b.first + r * l.step[1][i], l.step[0][i],
             l.extent[0]);
  } else {
    copy_block(size_of(b.type), to, {l.extent[0] * size, size},
               static_cast<const std::byte*>(b.data), {l.step[1][i], l.step[0][i]}, l.extent[1],
               l.extent[0]);
  }
  // The other lanes repeat the first one: a callable never sees a value that is not there.
  const index_t rest = n - l.size();
  if (rest > 0) copy_block(size_of(b.type), to + l.size() * size, {0, size}, to, {0, 0}, 1, rest);
}

void run_few(const job& j, const loops& l) {
  alignas(64) std::byte scratch[scratch_bytes];
  void* data[most_bindings];
  const index_t n = padded(j, l.size());
  std::byte* next = scratch;
  for (std::size_t i = 0; i < j.bindings.size(); ++i) {
    const binding& b = j.bindings[i];
    data[i] = b.shape ? std::exchange(next, next + rounded(n * element_bytes(b))) : b.data;
    if (b.shape && i >= std::size_t(j.outputs))
      gather(static_cast<std::byte*>(data[i]), b, l, i, n);
  }
  static constexpr index_t no_step[most_bindings] = {};
  j.stages[0].kernel({data, no_step, no_repeats, 1, n, false, false});
  for (std::size_t o = 0; o < std::size_t(j.outputs); ++o) {
    const binding& b = j.bindings[o];
    const index_t size = element_bytes(b);
    copy_block(size_of(b.type), static_cast<std::byte*>(b.data), {l.step[1][o], l.step[0][o]},
               static_cast<const std::byte*>(data[o]), {l.extent[0] * size, size}, l.extent[1],
               l.extent[0]);
  }
}

// The bytes of an element of all bindings together; and whether all stand one after another in the
// order of the output's shape.
struct survey {
  index_t bytes;
  bool plain;
};

survey look_at(const job& j) {
  const shape* const s = j.bindings[0].shape;
  index_t bytes = 0;  // not in the result itself: it would be stored and loaded for each binding
  bool plain = true;
  for (const binding& b : j.bindings) {
    if (b.how == path::value) continue;
    bytes += element_bytes(b);
    plain = plain && b.how == path::direct && (b.shape == s || *b.shape == *s) &&
            (b.contiguous || is_contiguous(*s, *b.strides));
  }
  return {bytes, plain};
}

// One call of the kernel, unless an output overlaps anything but an operand that is its elements.
bool run_plain(const job& j, index_t n) {
  void* data[most_bindings];
  for (std::size_t i = 0; i < j.bindings.size(); ++i) data[i] = j.bindings[i].data;
  const auto outputs = std::size_t(j.outputs);
  bool in_place = false;
  for (std::size_t o = 0; o < outputs; ++o) {
    const binding& out = j.bindings[o];
    const auto first = reinterpret_cast<std::uintptr_t>(out.data);
    const auto bytes = std::uintptr_t(n * element_bytes(out));
    for (std::size_t i = o + 1; i < j.bindings.size(); ++i) {
      const binding& b = j.bindings[i];
      const auto begin = reinterpret_cast<std::uintptr_t>(b.data);
      if (b.how == path::value || begin - first + std::uintptr_t(n * element_bytes(b)) - 1 >=
                                      bytes + std::uintptr_t(n * element_bytes(b)) - 1)
        continue;  // it ends before the output begins, or begins after its end
      if (b.data != out.data || b.type != out.type || i < outputs) return false;
      in_place = true;
    }
  }
  static constexpr index_t no_step[most_bindings] = {};
  const tile all{data, no_step, no_repeats, 1, n, false, in_place};
  run_timed(j.stages, n, [&] { j.stages[0].kernel(all); });
  return true;
}

// Rows, or a few elements that are gathered.
bool run_by_loops(const job& j, index_t n) {
  loops l;
  bool in_place = false;
  if (!find_loops(l, j) || !overlaps_only_itself(j, l, in_place)) return false;
  if (const index_t bytes = bytes_to_repeat(j, l); bytes >= 0) {
    run_timed(j.stages, n, [&] { run_rows(j, l, bytes, in_place); });
    return true;
  }
  if (!can_gather(j, n)) return false;
  run_few(j, l);
  return true;
}

}  // namespace

bool run_directly(const job& j) {
  if (j.stages.size() != 1 || j.bindings.size() > most_bindings) return false;
  const index_t n = j.bindings[0].shape->product();
  const survey all = look_at(j);
  if (n == 0 || !is_small(j, n, all.bytes)) return false;
  return all.plain ? run_plain(j, n) : run_by_loops(j, n);
}

}  // namespace weft
