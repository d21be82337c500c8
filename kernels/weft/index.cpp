// weft/index.cpp: slicing, and the messages of indices that do not fit.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/index.hpp"

#include <algorithm>
#include <string>

#include "weft/error.hpp"

namespace weft::index {
namespace {

// The bounds of a range on an axis of n elements, as Python computes them.
void slice_axis(const range& r, index_t n, index_t stride, placement& to) {
  if (r.step == 0) throw index_error("range: step 0; use a positive or a negative step");
  const bool up = r.step > 0;
  const auto bound = [&](std::optional<index_t> given, index_t fallback) {
    if (!given) return fallback;
    const index_t i = *given < 0 ? *given + n : *given;
    return up ? std::clamp<index_t>(i, 0, n) : std::clamp<index_t>(i, -1, n - 1);
  };
  const index_t start = bound(r.start, up ? 0 : n - 1);
  const index_t stop = bound(r.stop, up ? n : -1);
  const index_t span = up ? stop - start : start - stop;
  // |step| as unsigned, so that the smallest integer has one.
  const auto by = up ? std::uint64_t(r.step) : 0 - std::uint64_t(r.step);
  const index_t count = span <= 0 ? 0
                        : by == 1 ? span  // most often, and a division takes longer than the rest
                                  : index_t((std::uint64_t(span) - 1) / by) + 1;
  to.shape.push_back(count);
  to.strides.push_back(count > 1 ? stride * r.step : stride);
  if (count > 0) to.offset += start * stride;
}

}  // namespace

placement slice(const placement& from, std::span<const item> items) {
  using what = item::what;
  int named = 0, ellipses = 0;
  for (const item& i : items) {
    named += i.kind != what::newaxis && i.kind != what::ellipsis;
    ellipses += i.kind == what::ellipsis;
  }
  const int ndim = from.shape.ndim();
  if (ellipses > 1) throw index_error("operator(): more than one ellipsis; only one can stretch");
  if (named > ndim)
    throw index_error("operator(): " + std::to_string(named) + " indices for shape " +
                      to_string(from.shape) + "; give at most " + std::to_string(ndim));
  placement to;
  to.offset = from.offset;
  std::size_t axis = 0;
  const auto keep = [&](int count) {
    for (; count > 0; --count, ++axis) {
      to.shape.push_back(from.shape[axis]);
      to.strides.push_back(from.strides[axis]);
    }
  };
  for (const item& i : items) {
    switch (i.kind) {
      case what::integer: {
        const index_t n = from.shape[axis];
        const index_t at = i.integer < 0 ? i.integer + n : i.integer;
        if (at < 0 || at >= n)
          throw index_error("operator(): index " + std::to_string(i.integer) + " on axis " +
                            std::to_string(axis) + " of shape " + to_string(from.shape) + "; use " +
                            std::to_string(-n) + " to " + std::to_string(n - 1));
        to.offset += at * from.strides[axis++];
        break;
      }
      case what::range:
        slice_axis(i.range, from.shape[axis], from.strides[axis], to);
        ++axis;
        break;
      case what::all:
        keep(1);
        break;
      case what::newaxis:
        to.shape.push_back(1);
        to.strides.push_back(0);
        break;
      case what::ellipsis:
        keep(ndim - named);
        break;
    }
  }
  keep(ndim - int(axis));
  return to;
}

void bad_indices(const shape& s, std::span<const index_t> indices) {
  std::string given;
  for (index_t i : indices) given += (given.empty() ? "" : ", ") + std::to_string(i);
  if (indices.size() != s.size())
    throw index_error("operator(): " + std::to_string(indices.size()) + " indices (" + given +
                      ") for shape " + to_string(s) + "; give one for each axis, or add " +
                      "weft::ellipsis for a view");
  throw index_error("operator(): indices (" + given + ") are outside shape " + to_string(s));
}

void not_one_element(const shape& s) {
  throw shape_error("item: shape " + to_string(s) + " has " + std::to_string(s.product()) +
                    " elements, not one; index the one that you want");
}

void not_contiguous(const char* function, const shape& s, const strides& st) {
  throw shape_error(std::string(function) + ": shape " + to_string(s) + " with strides " +
                    to_string(st) + " is not contiguous in row-major order; take copy(x) first");
}

void not_on_host(const char* function, device where) {
  throw device_error(std::string(function) + ": the elements are on " + to_string(where) +
                     "; bring them to the host with .to(weft::cpu)");
}

}  // namespace weft::index
