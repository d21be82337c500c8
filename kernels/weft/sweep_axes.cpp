// weft/sweep_axes.cpp: the axes of a sweep's loops: align, order, flip, arrange, merge. There is no
// output to follow, so the operands decide the order, the largest first: a reduction walks memory
// as it lies.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>

#include "weft/sweeps.hpp"

namespace weft {
namespace {

index_t unit(const slot& s) { return s.how == path::generated ? 1 : index_t(size_of(s.type)); }

// An axis while its place among the loops is still open. Steps along it are those of the slots
// along axis `original`.
struct axis {
  index_t extent;
  bool reduced;
  int original;  // its number in the operand
};

// A few axes, as std::vector would have them, without its allocation.
class axis_list {
 public:
  axis* begin() { return axes_; }
  axis* end() { return axes_ + count_; }
  const axis* begin() const { return axes_; }
  const axis* end() const { return axes_ + count_; }
  int size() const { return count_; }
  axis& operator[](int k) { return axes_[k]; }
  const axis& operator[](int k) const { return axes_[k]; }
  void push_back(const axis& a) { axes_[count_++] = a; }
  void push_front(const axis& a) {
    std::copy_backward(begin(), end(), end() + 1);
    axes_[0] = a;
    ++count_;
  }
  void erase(int k) { count_ = int(std::copy(begin() + k + 1, end(), begin() + k) - begin()); }

 private:
  axis axes_[max_ndim];
  int count_ = 0;
};

axis_list aligned(const sweep& s, std::span<slot> slots) {
  const reduction_stage& first = *s.members[0].what;
  axis_list axes;
  for (int d = 0; d < first.operand.ndim(); ++d) {
    const index_t extent = first.operand[std::size_t(d)];
    if (extent == 1) continue;
    for (slot& x : slots) {
      const int own = x.shape ? d - (first.operand.ndim() - x.shape->ndim()) : -1;
      const bool moves = own >= 0 && (*x.shape)[std::size_t(own)] != 1;
      x.step[d] = moves ? (*x.strides)[std::size_t(own)] * unit(x) : 0;
    }
    axes.push_back({extent, first.reduces[d], d});
  }
  return axes;
}

// Bytes that a slot brings from memory: how much its order of elements counts.
double weight(const slot& x, const axis_list& axes) {
  double bytes = x.how == path::direct ? double(index_t(size_of(x.type))) : 0;
  for (const axis& a : axes) bytes *= x.step[a.original] == 0 ? 1 : double(a.extent);
  return bytes;
}

// Axes by the operands' strides, largest outermost; where they do not say, as they are.
void order(axis_list& axes, std::span<const slot> slots) {
  const auto inside = [&](const axis& a, const axis& b) {  // a belongs inside b
    double votes = 0;
    for (const slot& x : slots) {
      const index_t p = std::abs(x.step[a.original]), q = std::abs(x.step[b.original]);
      if (p != 0 && q != 0 && p != q) votes += p < q ? weight(x, axes) : -weight(x, axes);
    }
    return votes > 0;
  };
  for (int k = 1; k < axes.size(); ++k)
    for (int i = k; i > 0 && inside(axes[i - 1], axes[i]); --i) std::swap(axes[i], axes[i - 1]);
}

// Reduced axes are walked forwards in memory. Kept ones stay, since results have an order.
void flip(std::span<slot> slots, const axis_list& axes) {
  for (const axis& a : axes) {
    double forwards = 0;
    for (const slot& x : slots)
      if (const index_t step = x.step[a.original]; step != 0)
        forwards += step > 0 ? weight(x, axes) : -weight(x, axes);
    if (!a.reduced || forwards >= 0) continue;
    for (slot& x : slots) {
      index_t& step = x.step[a.original];
      const index_t end = (a.extent - 1) * step;
      if (x.how == path::generated)
        x.first += end;
      else if (step != 0)
        x.data = static_cast<std::byte*>(x.data) + end;
      step = -step;
    }
  }
}

// Kept axes before reduced ones, each in their order.
void kept_first(axis_list& axes) {
  axis_list sorted;
  for (const axis& a : axes)
    if (!a.reduced) sorted.push_back(a);
  for (const axis& a : axes)
    if (a.reduced) sorted.push_back(a);
  axes = sorted;
}

// Reduced axes inside kept ones when the innermost is reduced; else the kept ones at the end are
// the inner loop, and as many more as make a run of it.
void arrange(sweep& s, axis_list& axes) {
  if (axes.size() == 0 || axes[axes.size() - 1].reduced) {
    s.how = sweep::loop::along;
    kept_first(axes);
    return;
  }
  s.how = sweep::loop::across;
  index_t run = 1;
  axis_list outer, inner;
  bool trailing = true;
  for (int k = axes.size(); k-- > 0;) {
    const axis& a = axes[k];
    trailing = trailing && !a.reduced;
    const bool joins = !a.reduced && (trailing || run < shortest_run);
    if (joins) run *= a.extent;
    (joins ? inner : outer).push_front(a);
  }
  kept_first(outer);
  axes = outer;
  for (const axis& a : inner) axes.push_back(a);
}

// Neighbouring axes of one role become one wherever every slot steps through them as through one.
void merge(std::span<slot> slots, axis_list& axes) {
  for (int d = axes.size(); d-- > 1;) {
    const axis inner = axes[d];
    axis& outer = axes[d - 1];
    const bool together =
        inner.reduced == outer.reduced && std::ranges::all_of(slots, [&](const slot& x) {
          return x.step[outer.original] == x.step[inner.original] * inner.extent;
        });
    if (!together) continue;
    outer.extent *= inner.extent;
    outer.original = inner.original;
    axes.erase(d);
  }
}

void set_loops(sweep& s, const axis_list& axes) {
  plan& p = s.loops;
  p.ndim = std::max(axes.size(), 1);
  if (axes.size() == 0) {  // one element is a loop of one
    p.extent[0] = 1;
    s.reduces[0] = true;
    for (slot& x : s.slots) x.step[0] = unit(x);
    return;
  }
  for (int d = 0; d < p.ndim; ++d) {
    p.extent[d] = axes[d].extent;
    s.reduces[d] = axes[d].reduced;
  }
  for (slot& x : s.slots) {
    index_t step[max_ndim];
    std::copy_n(x.step, max_ndim, step);
    for (int d = 0; d < p.ndim; ++d) x.step[d] = step[axes[d].original];
  }
}

}  // namespace

void order_axes(sweep& s) {
  axis_list axes = aligned(s, s.slots);
  order(axes, s.slots);
  if (!s.keeps_places()) flip(s.slots, axes);
  arrange(s, axes);
  if (s.keeps_places()) {
    axis_list reduced;
    for (const axis& a : axes)
      if (a.reduced) reduced.push_back(a);
    // By hand: g++ 12 takes std::sort of so few to reach beyond them.
    for (int k = 1; k < reduced.size(); ++k)
      for (int i = k; i > 0 && reduced[i - 1].original > reduced[i].original; --i)
        std::swap(reduced[i], reduced[i - 1]);
    auto next = reduced.begin();
    for (axis& a : axes)
      if (a.reduced) a = *next++;
  }
  for (const axis& a : axes)
    if (!a.reduced) s.results_order.push_back(a.original);
  merge(s.slots, axes);
  set_loops(s, axes);
}

}  // namespace weft
