// weft/reductions.cpp: the checks of a reduction where it is built, and finding the ones that a
// tree has twice.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>
#include <string>

#include "weft/error.hpp"
#include "weft/staged.hpp"
#include "weft/statistics.hpp"

namespace weft {
namespace {
bool same_extents(const dims* a, const dims* b) { return a == b || (a && b && *a == *b); }
}  // namespace

bool same_elements(const binding& a, const binding& b) {
  if (a.how != b.how || a.type != b.type || a.stage != b.stage || a.reduction != b.reduction ||
      a.first != b.first || a.fill != b.fill || !same_extents(a.shape, b.shape) ||
      !same_extents(a.strides, b.strides))
    return false;
  const bool number = a.how == path::value && !*a.name && !*b.name;
  return number ? std::memcmp(a.data, b.data, size_of(a.type)) == 0 : a.data == b.data;
}

namespace reductions {
namespace {

bool same(const stage& a, const stage& b) {
  return a.kernel == b.kernel && a.begin == b.begin && a.count == b.count;
}

bool same(const reduction_stage& a, const reduction_stage& b) {
  const auto equal = [](const auto& x, const auto& y) { return same(x, y); };
  return a.kernels == b.kernels && reductions::same(*a.kernels, a.self, b.self) &&
         a.operand == b.operand && std::equal(a.reduces, a.reduces + a.operand.ndim(), b.reduces) &&
         std::ranges::equal(a.bindings, b.bindings, same_elements) &&
         std::ranges::equal(a.stages, b.stages, equal);
}

std::string in_words(const shape& s, const bool* reduces) {
  std::string list;
  int count = 0;
  for (int d = 0; d < s.ndim(); ++d)
    if (reduces[d]) list += (count++ ? ", " : "") + std::to_string(d);
  return (count == 1 ? "axis " : "axes ") + list;
}

[[noreturn]] void refuse_device(const char* name, device d) {
  throw device_error(std::string(name) + ": the operand is on " + to_string(d) +
                     "; reductions run on the host only, so bring it there with .to(weft::cpu)");
}

}  // namespace

geometry geometry_of(const char* name, const shape& s, const axis_set& axes, keepdims_t keep,
                     bool has_empty, device d) {
  if (d.where == device::type::cuda) refuse_device(name, d);
  geometry g;
  const int ndim = s.ndim();
  if (axes.every()) std::fill_n(g.reduces, ndim, true);
  for (const index_t axis : axes.list()) {
    bool& taken =
        g.reduces[axis >= 0 && axis < ndim ? int(axis) : shapes::normalize_axis(name, axis, ndim)];
    if (taken)
      throw index_error(std::string(name) + ": axis " + std::to_string(axis) + " of shape " +
                        to_string(s) + " is named twice; name each axis once");
    taken = true;
  }
  index_t reduced = 1, step = 1;
  index_t steps[max_ndim];
  for (int k = ndim; k-- > 0;) {
    const index_t n = s[std::size_t(k)];
    steps[k] = step;
    (g.reduces[k] ? reduced : step) *= g.reduces[k] ? n : std::max<index_t>(n, 1);
  }
  for (int k = 0; k < ndim; ++k) {
    g.result.push_back(g.reduces[k] ? 1 : s[std::size_t(k)]);
    if (g.reduces[k] && !keep.value) continue;
    g.where.shape.push_back(g.result.back());
    g.where.strides.push_back(steps[k]);
  }
  if (reduced == 0 && !has_empty && g.result.product() > 0)
    throw shape_error(std::string(name) + ": shape " + to_string(s) + " has no elements along " +
                      in_words(s, g.reduces) + ", and " + name +
                      " of none has no value; check size() first");
  return g;
}

bool same(const geometry& a, const geometry& b) {
  return a.result == b.result && a.where.shape == b.where.shape &&
         a.where.strides == b.where.strides && a.where.offset == b.where.offset &&
         std::equal(a.reduces, a.reduces + a.result.ndim(), b.reduces);
}

bool same(const reducer& kernels, const void* self, const void* other) {
  return self == other || (self && other && kernels.self_bytes > 0 &&
                           std::memcmp(self, other, kernels.self_bytes) == 0);
}

index_t count_of(const shape& s, const axis_set& axes) {
  if (axes.every()) return s.product();
  index_t count = 1;
  for (const index_t axis : axes.list()) {
    const index_t d = axis < 0 ? axis + s.ndim() : axis;
    if (d >= 0 && d < s.ndim()) count *= s[std::size_t(d)];  // the reduction says which is wrong
  }
  return count;
}

void check_dot(const shape& x, const shape& y) {
  if (x.ndim() != 1 || !(x == y))
    throw shape_error("dot: shapes " + to_string(x) + " and " + to_string(y) +
                      " are not two lists of one length; for others take sum(x * y, axes)");
}

int find_or_add(recycled_vector<reduction_stage>& all, reduction_stage&& s, binding_pool& pool,
                const stage& what) {
  pool.move_to(s);
  s.stages.push_back(what);
  for (std::size_t k = 0; k < all.size(); ++k)
    if (same(all[k], s)) return int(k);
  all.push_back(std::move(s));
  return int(all.size()) - 1;
}

}  // namespace reductions
}  // namespace weft
