// weft/cuda/layout.cpp: from a plan's steps to the classes of layouts that kernels are printed for.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "weft/cuda.hpp"
#include "weft/cuda/kernel.hpp"
#include "weft/error.hpp"

namespace weft::gpu {
namespace {

// A tensor of rank 0 on the host mixes with every device.
bool is_host_scalar(const slot& s) { return s.shape->empty() && s.where == cpu; }

index_t size_in(const slot& s) { return s.how == path::generated ? 1 : index_t(size_of(s.type)); }

[[noreturn]] void refuse(const slot& s, const plan& p, const std::string& why) {
  throw device_error(std::string(s.name) + ": " + why + ", and the tree is evaluated on " +
                     to_string(p.slots[0].where) +
                     "; compose weft's own functions, or evaluate that part on the host first");
}

reach simple_reach(const slot& s, const plan& p, bool is_output) {
  switch (s.how) {
    case path::value:
      if (s.text) return reach::function;
      if (*s.name) refuse(s, p, "a C++ callable runs on the host only");
      return reach::value;
    case path::shared:
      return reach::shared;
    case path::generated:
      if (!s.text) refuse(s, p, "its elements are computed by a C++ callable");
      return reach::generated;
    default:
      if (!is_output && is_host_scalar(s)) return reach::value;
      if (reinterpret_cast<std::uintptr_t>(s.data) % std::min<std::size_t>(size_of(s.type), 16) !=
          0)
        throw device_error("eval: an operand of " + std::string(name_of(s.type)) +
                           " stands at an address that is no multiple of its size, which a CUDA "
                           "device cannot read; copy its bytes to aligned memory first");
      return reach::each;
  }
}

bool same_elements(const slot& a, const slot& b, const plan& p) {
  if (!a.text && a.data != b.data) return false;  // most of them, so first
  if (a.type != b.type || a.text != b.text || a.first != b.first ||
      !std::equal(a.step, a.step + p.ndim, b.step))
    return false;
  return !a.text || std::memcmp(a.data, b.data, a.text->bytes) == 0;
}

// Whether groups of `width` elements of s can be loaded at once.
bool is_pack(const slot& s, const plan& p, int width) {
  const index_t size = size_in(s), align = std::min<index_t>(16, width * size);
  if (s.step[p.ndim - 1] != size) return false;
  if (reinterpret_cast<std::uintptr_t>(s.data) % std::uintptr_t(align) != 0) return false;
  for (int d = 0; d < p.ndim - 1; ++d)
    if (s.step[d] % align != 0) return false;
  return true;
}

index_t modulo(index_t x, index_t by) { return (x % by + by) % by; }

// How many elements the first one of s is past a boundary of `count` elements.
index_t past_boundary(const slot& s, index_t count) {
  return index_t(reinterpret_cast<std::uintptr_t>(s.data) / size_of(s.type) % std::size_t(count));
}

// Whether s is aligned wherever the output `out` is at a boundary of `width` elements.
bool is_aligned_with(const slot& s, const slot& out, const plan& p, int width) {
  const index_t size = size_in(s),
                count = std::max<index_t>(1, std::min<index_t>(16 / size, width));
  if (s.step[p.ndim - 1] != size || past_boundary(s, count) != past_boundary(out, count))
    return false;
  for (int d = 0; d < p.ndim - 1; ++d)
    if (modulo(s.step[d] / size - out.step[d] / size_in(out), count) != 0) return false;
  return true;
}

// Whether the rows are long enough for groups of `width` elements between their ends, and most of
// what is read has them where the outputs have.
bool can_peel(const plan& p, const kernel_layout& l, int width) {
  if (p.extent[p.ndim - 1] < 8 * width) return false;
  int aligned = 0, others = 0;
  for (int k = 0; k < l.count; ++k) {
    const slot& s = p.slots[std::size_t(k)];
    if (l.slots[k].how != reach::each || (k >= l.outputs && s.step[p.ndim - 1] == 0)) continue;
    const bool fits = is_aligned_with(s, p.slots[0], p, width);
    if (k < l.outputs && !fits) return false;
    if (k >= l.outputs && l.slots[k].same_as < 0) ++(fits ? aligned : others);
  }
  return aligned >= others;
}

// 16 bytes of the smallest elements, with rows peeled if need be, or as many as all outputs allow.
int choose_width(const plan& p, kernel_layout& l) {
  index_t smallest = 16;
  for (int k = 0; k < l.count; ++k)
    if (l.slots[k].how == reach::each)
      smallest = std::min(smallest, size_in(p.slots[std::size_t(k)]));
  const index_t inner = p.extent[p.ndim - 1];
  const int most = int(16 / smallest);
  for (int width = most; width > 1; width /= 2) {
    const bool fits = inner >= width && (p.ndim == 1 || inner % width == 0);
    if (fits && std::all_of(p.slots.begin(), p.slots.begin() + p.outputs,
                            [&](const slot& s) { return is_pack(s, p, width); }))
      return width;
    l.peeled = width == most && can_peel(p, l, width);
    if (l.peeled) return width;
  }
  return 1;
}

// Whether s is read from memory in the order of axis d and not of the last one.
bool is_across(const slot& s, const plan& p, int d) {
  const index_t size = size_in(s);
  return std::abs(s.step[d]) == size && std::abs(s.step[p.ndim - 1]) > size;
}

// Operands that are contiguous along another axis than the outputs go through tiles in shared
// memory, as many as it holds. Both axes have to be long enough to fill most of a tile.
void find_tiles(const plan& p, kernel_layout& l) {
  constexpr index_t shortest = tile_side / 2, most_bytes = 48 << 10;
  const int last = p.ndim - 1;
  if (p.extent[last] < shortest) return;
  index_t bytes = 0;
  for (int k = l.outputs; k < l.count; ++k) {
    const slot& s = p.slots[std::size_t(k)];
    if (l.slots[k].how != reach::each || l.slots[k].same_as >= 0) continue;
    for (int d = 0; d < last && l.tile_axis < 0; ++d)
      if (p.extent[d] >= shortest && is_across(s, p, d)) l.tile_axis = d;
    const index_t mine = size_in(s) * tile_side * (tile_side + 1);
    if (l.tile_axis < 0 || !is_across(s, p, l.tile_axis) || bytes + mine > most_bytes) continue;
    l.slots[k].how = reach::across;
    bytes += mine;
  }
}

// Whether an offset, or the number of elements, does not fit 31 bits. What a thread adds to its
// number at each turn has to fit, too.
bool needs_wide(const plan& p, const kernel_layout& l) {
  constexpr index_t most = index_t(1) << 30;
  if (p.size > most) return true;
  for (int k = 0; k < l.count; ++k) {
    const slot& s = p.slots[std::size_t(k)];
    if (l.slots[k].how == reach::value || l.is_inside(k)) continue;
    index_t reached = 0;
    for (int d = 0; d < p.ndim; ++d)
      reached += std::abs(s.step[d]) / size_in(s) * (p.extent[d] - 1);
    if (reached > most) return true;
  }
  return false;
}

}  // namespace

bool kernel_layout::operator==(const kernel_layout& o) const {
  return outputs == o.outputs && ndim == o.ndim && width == o.width && count == o.count &&
         wide == o.wide && fast == o.fast && peeled == o.peeled && tile_axis == o.tile_axis &&
         std::equal(slots, slots + count, o.slots);
}

void find_layout(const plan& p, kernel_layout& l) {
  if (p.slots.size() > std::size_t(most_slots))
    throw device_error("eval: the tree has " + std::to_string(p.slots.size()) +
                       " operands, and a CUDA kernel takes " + std::to_string(most_slots) +
                       "; evaluate parts of it into tensors first");
  l.outputs = p.outputs;
  l.ndim = p.ndim;
  l.count = int(p.slots.size());
  for (int k = 0; k < l.count; ++k) {
    const slot& s = p.slots[std::size_t(k)];
    l.slots[k] = {simple_reach(s, p, k < l.outputs), s.type, -1, s.text};
    if (l.slots[k].how == reach::value || l.is_inside(k) || k < l.outputs) continue;
    const auto find_same = [&](int first, int last) {
      for (int e = first; e < last && l.slots[k].same_as < 0; ++e)
        if (l.slots[e].how == l.slots[k].how && same_elements(p.slots[std::size_t(e)], s, p))
          l.slots[k].same_as = std::int16_t(e);
    };
    find_same(l.outputs, k);  // another name of an operand, also of one that is in place
    find_same(0, l.outputs);
  }
  find_tiles(p, l);
  l.width = l.tile_axis < 0 ? choose_width(p, l) : 1;
  l.wide = needs_wide(p, l);
  l.fast = cuda_fast_math();
  for (int k = 0; k < l.count; ++k) {
    const slot& s = p.slots[std::size_t(k)];
    if (l.slots[k].how != reach::each) continue;
    if (l.peeled ? is_aligned_with(s, p.slots[0], p, l.width) : is_pack(s, p, l.width))
      l.slots[k].how = reach::pack;
    else if (s.step[p.ndim - 1] == 0)
      l.slots[k].how = reach::one;
  }
}

index_t groups_of_row(const plan& p, const kernel_layout& l) {
  const index_t n = p.extent[p.ndim - 1];
  if (!l.peeled) return n / l.width;
  const slot& out = p.slots[0];
  index_t before = past_boundary(out, l.width);  // elements of a row's first group that are none
  for (int d = 0; d < p.ndim - 1; ++d)
    if (out.step[d] / size_in(out) % l.width != 0) before = l.width - 1;
  return (before + n + l.width - 1) / l.width;
}

recycled_vector<parameter> parameters_of(const kernel_layout& l) {
  using enum parameter::what;
  recycled_vector<parameter> list;
  for (int k = 0; k < l.count; ++k) {
    const slot_reach& s = l.slots[k];
    if (l.is_inside(k) || l.repeats(k) || l.in_place(k)) continue;
    if (s.how == reach::value) {
      list.push_back({number, k});
      continue;
    }
    list.push_back({s.how == reach::generated ? state : pointer, k});
    if (s.how == reach::generated) list.push_back({first, k});
    const bool stepped = s.how == reach::each || s.how == reach::generated;
    if (l.ndim > 1 || stepped) list.push_back({steps, k});
    if (l.width > 1 && stepped && !l.peeled) list.push_back({inner, k});
  }
  if (l.ndim > 1) list.push_back({extents, -1});
  if (l.tile_axis >= 0) list.push_back({rows, -1});
  if (l.tile_axis >= 0 || l.peeled) list.push_back({columns, -1});
  list.push_back({size, -1});
  return list;
}

}  // namespace weft::gpu
