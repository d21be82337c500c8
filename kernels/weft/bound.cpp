// weft/bound.cpp: bound trees, of which only pointers to the leaves are left: to the kernel at once
// when they are plain, else written down as bindings and executed.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/direct.hpp"
#include "weft/eval.hpp"

namespace weft::evaluation {
namespace {
constexpr index_t few = 1024;  // results, more of which are not reduced at once

bool run_rows(const job_kind& kind, const void* const* leaves, void* target, const placement& place,
              device where, dtype type) {
  return !kind.needs_bindings &&
         weft::run_rows(kind.main, kind.leaves, leaves, target, place, where, type);
}
}  // namespace

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

bool bound_job::reduce(const buffer& target, dtype type) const {
  const bool is_reduction =
      kind_.leaves.size() == 1 && kind_.leaves[0].reduce && kind_.main.program.size() == 2;
  return is_reduction && target.where() == cpu && target.row_major() &&
         kind_.leaves[0].reduce(leaves_[0], target.data(), type, target.place().shape);
}

void bound_job::evaluate(const buffer& target, dtype type, bool plain) const {
  if (reduce(target, type)) return;
  if (plain && target.row_major() && run_plain(kind_.main, kind_.leaves, leaves_, target, type))
    return;
  if (!plain && run_rows(kind_, leaves_, target.data(), target.place(), target.where(), type))
    return;
  written_job w(*this);
  w.bind_target(target, type);
  execute(w.get());
}

void bound_job::into(const window& target, dtype type) const {
  if (run_rows(kind_, leaves_, target.data, target.place, target.where, type)) return;
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
  if (kind_.leaves[0].reduce && s.product() <= few) {
    buffer made = allocate(layout::row_major);
    if (reduce(made, type)) return made;
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

}  // namespace weft::evaluation
