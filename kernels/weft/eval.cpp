// weft/eval.cpp: the checks of an assignment, and those of a tensor's construction.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/eval.hpp"

#include "weft/cpu/direct.hpp"
#include "weft/error.hpp"

namespace weft {

void evaluation::check_fits(const shape& target, const shape& e, bool same_as_first, device to,
                            device from) {
  if (from != any_device && from != to) devices::mixed("assign", to, from);
  if (!same_as_first)
    throw shape_error("eval: targets have different shapes, one is " + to_string(target) +
                      "; evaluate them one after the other");
  bool fits = e.ndim() <= target.ndim();
  for (int k = 1; fits && k <= e.ndim(); ++k) {
    const index_t n = e[std::size_t(e.ndim() - k)];
    fits = n == 1 || n == target[std::size_t(target.ndim() - k)];
  }
  if (!fits)
    throw shape_error("assign: an expression of shape " + to_string(e) +
                      " does not broadcast to the target's shape " + to_string(target));
}

void evaluation::check_together(device first, device other) {
  if (first != other)
    throw device_error("eval: targets are on " + to_string(first) + " and " + to_string(other) +
                       "; evaluate them one after the other");
}

void tensors::ragged(index_t axis, index_t expected, index_t found) {
  throw shape_error("tensor: values in braces are ragged: axis " + std::to_string(axis) + " has " +
                    std::to_string(expected) + " and " + std::to_string(found) +
                    " values; give every row as many");
}

buffer tensors::allocate(const shape& s, std::size_t element_size, layout order, device where) {
  shapes::check("tensor", s, element_size);
  return buffer::allocate(std::size_t(s.product()) * element_size, where,
                          {s, contiguous_strides(s, order), 0});
}

namespace evaluation {

written_job::written_job(const bound_job& b) : kind_(b.kind()), pool_({}) {
  const std::size_t count = kind_.leaves.size() + std::size_t(kind_.outputs);
  if (count > few)
    pool_.extend(int(count));
  else
    pool_.bindings = {first_, count};
  binder operands(pool_, std::size_t(kind_.outputs));
  operands.leaves(kind_.leaves, b.leaves());
}

layout written_job::natural_layout(const shape& s) const {
  int column_major = 0;
  for (const binding& o : pool_.bindings.subspan(std::size_t(kind_.outputs))) {
    if (!o.shape || o.how == path::generated || !(*o.shape == s)) continue;
    if (is_contiguous(s, *o.strides)) return layout::row_major;
    if (!is_contiguous(s, *o.strides, layout::column_major)) return layout::row_major;
    ++column_major;
  }
  return column_major > 0 ? layout::column_major : layout::row_major;
}

void bound_job::evaluate(const buffer& target, dtype type, bool plain) const {
  if (plain && target.row_major() && run_plain(kind_.main, kind_.leaves, leaves_, target, type))
    return;
  written_job w(*this);
  w.bind_target(target, type);
  execute(w.get());
}

buffer bound_job::to_new(dtype type, const shape& s, device from, bool plain) const {
  const auto allocate = [&](layout order) {
    return tensors::allocate(s, size_of(type), order, result_device(from));
  };
  if (plain) {
    buffer made = allocate(layout::row_major);
    evaluate(made, type, true);
    return made;
  }
  written_job w(*this);
  buffer made = allocate(w.natural_layout(s));
  w.bind_target(made, type);
  execute(w.get());
  return made;
}

void bound_job::into_or_new(buffer& target, dtype type, const shape& s, device from,
                            bool plain) const {
  if (!(target.place().shape == s)) {
    target = to_new(type, s, from, plain);
    return;
  }
  if (from != any_device && from != target.where()) devices::mixed("assign", target.where(), from);
  evaluate(target, type, plain);
}

}  // namespace evaluation

}  // namespace weft
