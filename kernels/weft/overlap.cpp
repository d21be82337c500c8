// weft/overlap.cpp: operands that share memory with an output. The same elements in the same order
// are read in place; a shifted copy of the output's own layout is read tile by tile, in the order
// that reads before it writes; for anything else the smaller side gets a temporary.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>

#include "weft/error.hpp"
#include "weft/plan.hpp"

namespace weft {
namespace {

// The bytes that a slot touches, as its tree gives them: before any flip.
struct footprint {
  index_t step[max_ndim];
  index_t extent[max_ndim];
  int ndim = 0;
  index_t base, size;

  explicit footprint(const slot& s) {
    base = reinterpret_cast<index_t>(s.data);
    size = index_t(size_of(s.type));
    for (std::size_t d = 0; d < s.shape->size(); ++d) {
      const index_t n = (*s.shape)[d], by = (*s.strides)[d] * size;
      if (n <= 1 || by == 0) continue;
      step[ndim] = by;
      extent[ndim++] = n;
    }
  }
};

// Whether some element of `a` and some of `b` share a byte: whether difference + sum(step * i) can
// land in (-b.size, a.size). A search over the terms, largest first, cut by what the rest can
// still reach; past `budget` steps it says yes, which costs a temporary but never a result.
class overlap_search {
 public:
  overlap_search(const footprint& a, const footprint& b) : low_(1 - b.size), high_(a.size - 1) {
    for (int d = 0; d < a.ndim; ++d) add(-a.step[d], a.extent[d]);
    for (int d = 0; d < b.ndim; ++d) add(b.step[d], b.extent[d]);
    std::sort(terms_, terms_ + count_,
              [](const term& x, const term& y) { return x.step > y.step; });
    for (int k = count_ - 1; k >= 0; --k) {
      reach_[k] = reach_[k + 1] + terms_[k].step * (terms_[k].extent - 1);
      divisor_[k] = std::gcd(divisor_[k + 1], terms_[k].step);
    }
    start_ += b.base - a.base;
  }
  bool found() { return search(0, start_); }

 private:
  struct term {
    index_t step, extent;
  };
  // Every term counts upwards: a negative step starts from its far end.
  void add(index_t step, index_t extent) {
    if (step < 0) start_ += step * (extent - 1);
    terms_[count_++] = {std::abs(step), extent};
  }
  // `at` must come into [low_, high_] by adding multiples of the terms from k on.
  bool search(int k, index_t at) {
    if (at > high_ || at + reach_[k] < low_) return false;
    if (k == count_) return true;
    if (--budget_ < 0) return true;
    // A multiple of the divisor must fit between the bounds.
    const index_t g = divisor_[k];
    const index_t lowest = std::max(low_ - at, index_t(0));
    if ((lowest + g - 1) / g * g > high_ - at) return false;
    const index_t step = terms_[k].step;
    const index_t need = low_ - at - reach_[k + 1];
    const index_t from = need > 0 ? (need + step - 1) / step : 0;
    const index_t to = std::min(terms_[k].extent - 1, (high_ - at) / step);
    for (index_t i = from; i <= to; ++i)
      if (search(k + 1, at + i * step)) return true;
    return false;
  }

  index_t low_, high_, start_ = 0;
  term terms_[2 * max_ndim];
  index_t reach_[2 * max_ndim + 1] = {}, divisor_[2 * max_ndim + 1] = {};
  int count_ = 0;
  int budget_ = 10'000;
};

// From the first byte of a slot to behind its last one; enough to tell most slots apart.
struct span_of_bytes {
  index_t low, high;

  explicit span_of_bytes(const slot& s) {
    low = high = reinterpret_cast<index_t>(s.data);
    const auto size = index_t(size_of(s.type));
    for (std::size_t d = 0; d < s.shape->size(); ++d) {
      const index_t n = (*s.shape)[d], by = (*s.strides)[d] * size * (n - 1);
      if (n == 0) {
        high = low;
        return;
      }
      (by > 0 ? high : low) += by;
    }
    high += size;
  }
  bool meets(const span_of_bytes& other) const { return low < other.high && other.low < high; }
};

}  // namespace

bool overlap(const slot& a, const slot& b) {
  return span_of_bytes(a).meets(span_of_bytes(b)) &&
         overlap_search(footprint(a), footprint(b)).found();
}

bool same_strides(const slot& s, const slot& out) {
  if (s.type != out.type || !(*s.shape == *out.shape)) return false;
  for (std::size_t d = 0; d < s.shape->size(); ++d)
    if ((*s.shape)[d] > 1 && (*s.strides)[d] != (*out.strides)[d]) return false;
  return true;
}

namespace {

bool is_memory(const slot& s) {
  return s.shape && (s.how == path::direct || s.how == path::packed);
}

// Whether walking the output by its strides, largest outermost, walks its memory in order.
bool walks_in_order(const slot& out) {
  const footprint f(out);
  index_t steps[max_ndim], extents[max_ndim];
  int order[max_ndim];
  for (int k = 0; k < f.ndim; ++k) {  // by size, smallest first
    int i = k;
    for (; i > 0 && std::abs(f.step[k]) < std::abs(f.step[order[i - 1]]); --i)
      order[i] = order[i - 1];
    order[i] = k;
  }
  index_t covered = f.size;
  for (int k = 0; k < f.ndim; ++k) {
    steps[k] = std::abs(f.step[order[k]]);
    extents[k] = f.extent[order[k]];
    if (steps[k] < covered) return false;
    covered = steps[k] * (extents[k] - 1) + covered;
  }
  return true;
}

// Contiguous strides over the axes on which the slot moves.
weft::strides compact_strides(const slot& s, index_t& elements) {
  weft::strides st = *s.strides;
  elements = 1;
  for (int d = s.shape->ndim() - 1; d >= 0; --d) {
    const auto i = std::size_t(d);
    if ((*s.shape)[i] == 1 || st[i] == 0) {
      st[i] = 0;
      continue;
    }
    st[i] = elements;
    elements *= (*s.shape)[i];
  }
  return st;
}

std::size_t distinct_bytes(const slot& s) {
  index_t elements = 0;
  compact_strides(s, elements);
  return std::size_t(elements) * size_of(s.type);
}

void check_outputs(const plan& p) {
  for (int o = 0; o < p.outputs; ++o) {
    const slot& out = p.slots[std::size_t(o)];
    for (std::size_t d = 0; d < out.shape->size(); ++d)
      if ((*out.shape)[d] > 1 && (*out.strides)[d] == 0)
        throw shape_error("assign: the target of shape " + to_string(*out.shape) +
                          " repeats elements (stride 0 on axis " + std::to_string(d) +
                          "); assign to a copy of it");
    for (int q = 0; q < o; ++q)
      if (overlap(out, p.slots[std::size_t(q)]))
        throw error("eval: outputs " + std::to_string(q) + " and " + std::to_string(o) +
                    " share memory; assign them one after the other");
  }
}

// A temporary of the distinct elements of s, to stand in for it. It has no memory yet; until then
// its own address stands for that, so that the planner takes it for no other slot's.
void set_aside(slot& s, temporaries& aside) {
  temporary& t = aside.emplace_back(temporary{&s, s, {}, distinct_bytes(s), {}});
  index_t elements = 0;
  t.strides = compact_strides(s, elements);
  s.strides = &t.strides;
  s.data = &t;
  s.must_pack = false;
  s.aside = true;
}

// How the operands that overlap an output lie to it: which can be read tile by tile, if the tiles
// run the right way.
struct overlaps {
  bool ascending = false, descending = false;  // shifted copies of the output, read ahead of it
  bool other = false;                          // anything else
};

overlaps find_overlaps(plan& p) {
  overlaps found;
  const auto outputs = std::size_t(p.outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    const slot& out = p.slots[o];
    const span_of_bytes written(out);
    for (std::size_t i = outputs; i < p.slots.size(); ++i) {
      slot& s = p.slots[i];
      if (!is_memory(s) || !span_of_bytes(s).meets(written)) continue;
      if (s.data == out.data && same_strides(s, out)) continue;
      if (!overlap(s, out)) continue;
      s.must_pack = true;
      if (outputs == 1 && same_strides(s, out) && walks_in_order(out))
        (s.data > out.data ? found.ascending : found.descending) = true;
      else
        found.other = true;
    }
  }
  return found;
}

// The smaller side goes aside: the operands that overlap, or all outputs.
void set_smaller_side_aside(plan& p, temporaries& aside) {
  const auto outputs = std::size_t(p.outputs);
  std::size_t operand_bytes = 0, output_bytes = 0;
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    if (i < outputs) output_bytes += distinct_bytes(p.slots[i]);
    if (p.slots[i].must_pack) operand_bytes += distinct_bytes(p.slots[i]);
  }
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    slot& s = p.slots[i];
    if (operand_bytes <= output_bytes ? s.must_pack : i < outputs) set_aside(s, aside);
    s.must_pack = false;
  }
}

}  // namespace

void make_plan(plan& p, temporaries& aside) {
  if (p.slots[0].shape->product() == 0) return make_plan(p);
  check_outputs(p);
  const overlaps found = find_overlaps(p);
  const bool out_of_order =
      p.in_order ? found.ascending && found.descending : found.ascending || found.descending;
  if (found.other || out_of_order) set_smaller_side_aside(p, aside);
  make_plan(p);
  p.descending = found.descending && aside.empty();
  for (const temporary& t : aside) p.bytes_temporary += t.bytes;
}

}  // namespace weft
