// weft/rearrange.cpp: shapes and strides of rearranged views; compiled once for all types.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/rearrange.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "weft/error.hpp"

namespace weft::placed {

placement permute(const char* function, const placement& p, const dims& axes) {
  const int ndim = p.shape.ndim();
  bool seen[max_ndim] = {};
  const auto fail = [&] {
    throw index_error(std::string(function) + ": axes " + to_string(axes) +
                      " do not name each axis of shape " + to_string(p.shape) + " once");
  };
  if (axes.ndim() != ndim) fail();
  placement to;
  to.offset = p.offset;
  for (index_t a : axes) {
    const auto from = std::size_t(shapes::normalize_axis(function, a, ndim));
    if (std::exchange(seen[from], true)) fail();
    to.shape.push_back(p.shape[from]);
    to.strides.push_back(p.strides[from]);
  }
  return to;
}

placement transpose(const placement& p) {
  dims axes;
  for (int d = p.shape.ndim() - 1; d >= 0; --d) axes.push_back(d);
  return permute("transpose", p, axes);
}

placement reshape(const placement& p, const shape& wanted) {
  const index_t count = p.shape.product();
  shape s = wanted;
  int open = -1;
  index_t known = 1;
  for (int d = 0; d < s.ndim(); ++d) {
    if (s[std::size_t(d)] == -1 && open < 0)
      open = d;
    else
      known *= s[std::size_t(d)];
  }
  if (open >= 0 && known > 0 && count % known == 0) s[std::size_t(open)] = count / known;
  if (std::ranges::any_of(s, [](index_t n) { return n < 0; }) || s.product() != count)
    throw shape_error("reshape: " + std::to_string(count) + " elements of shape " +
                      to_string(p.shape) + " do not fill shape " + to_string(wanted));
  placement to{s, contiguous_strides(s), p.offset};
  if (count == 0) return to;
  // Old axes from the last one, merged while they are one run; each run must hold whole new axes.
  int d = p.shape.ndim() - 1, k = s.ndim() - 1;
  while (k >= 0) {
    while (d >= 0 && p.shape[std::size_t(d)] == 1) --d;
    const index_t step = d >= 0 ? p.strides[std::size_t(d)] : 1;
    index_t run = d >= 0 ? p.shape[std::size_t(d)] : 1;
    for (--d; d >= 0 && (p.shape[std::size_t(d)] == 1 || p.strides[std::size_t(d)] == step * run);
         --d)
      run *= p.shape[std::size_t(d)];
    index_t filled = 1;
    while (k >= 0 && (filled < run || s[std::size_t(k)] == 1)) {
      to.strides[std::size_t(k)] = step * filled;
      filled *= s[std::size_t(k--)];
    }
    if (filled != run)
      throw shape_error("reshape: shape " + to_string(p.shape) + " with strides " +
                        to_string(p.strides) + " has no view of shape " + to_string(s) +
                        "; reshape copy(x) instead");
  }
  return to;
}

placement squeeze(const placement& p) {
  placement to;
  to.offset = p.offset;
  for (std::size_t d = 0; d < p.shape.size(); ++d)
    if (p.shape[d] != 1) {
      to.shape.push_back(p.shape[d]);
      to.strides.push_back(p.strides[d]);
    }
  return to;
}

placement squeeze(const placement& p, index_t axis) {
  placement to = p;
  const int d = shapes::normalize_axis("squeeze", axis, p.shape.ndim());
  if (p.shape[std::size_t(d)] != 1)
    throw shape_error("squeeze: axis " + std::to_string(d) + " of shape " + to_string(p.shape) +
                      " has extent " + std::to_string(p.shape[std::size_t(d)]) + ", not 1");
  to.shape.erase(d);
  to.strides.erase(d);
  return to;
}

placement expand_dims(const placement& p, index_t axis) {
  placement to = p;
  const int d = shapes::normalize_axis("expand_dims", axis, p.shape.ndim() + 1);
  to.shape.insert(d, 1);
  to.strides.insert(d, 0);
  return to;
}

placement flip(const placement& p, index_t axis) {
  placement to = p;
  const auto d = std::size_t(shapes::normalize_axis("flip", axis, p.shape.ndim()));
  if (p.shape[d] > 1) to.offset += (p.shape[d] - 1) * p.strides[d];
  to.strides[d] = -p.strides[d];
  return to;
}

placement flip(const placement& p) {
  placement to = p;
  for (int d = 0; d < p.shape.ndim(); ++d) to = flip(to, d);
  return to;
}

placement broadcast_to(const placement& p, const shape& s) {
  shape common = s;
  if (p.shape.ndim() <= s.ndim()) shapes::broadcast("broadcast_to", common, p.shape);
  if (!(common == s) || p.shape.ndim() > s.ndim())
    throw shape_error("broadcast_to: shape " + to_string(p.shape) + " does not broadcast to " +
                      to_string(s));
  placement to{s, strides::filled(s.ndim(), 0), p.offset};
  const int missing = s.ndim() - p.shape.ndim();
  for (int d = 0; d < p.shape.ndim(); ++d)
    if (p.shape[std::size_t(d)] != 1)
      to.strides[std::size_t(d + missing)] = p.strides[std::size_t(d)];
  return to;
}

placement diagonal(const placement& p, index_t k) {
  const int ndim = p.shape.ndim();
  if (ndim < 2)
    throw shape_error("diagonal: shape " + to_string(p.shape) + " has fewer than 2 axes");
  const auto r = std::size_t(ndim - 2), c = std::size_t(ndim - 1);
  const index_t rows = p.shape[r] - std::max<index_t>(-k, 0);
  const index_t columns = p.shape[c] - std::max<index_t>(k, 0);
  placement to = p;
  const index_t count = std::max<index_t>(0, std::min(rows, columns));
  if (count > 0) to.offset += k > 0 ? k * p.strides[c] : -k * p.strides[r];
  to.shape.erase(ndim - 1);
  to.strides.erase(ndim - 1);
  to.shape[r] = count;
  to.strides[r] = p.strides[r] + p.strides[c];
  return to;
}

}  // namespace weft::placed

weft::placement weft::rearrangement::operator()(const placement& p) const {
  return call(state, placed::broadcast_to(p, whole));
}
