// weft/cpu/direct.hpp: the way around the planner, for work that costs less than a plan.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "weft/binder.hpp"
#include "weft/job.hpp"

namespace weft {

/// Evaluates `j` at once and returns true if it has one stage, little work, and no overlap other
/// than the same elements. Returns false with nothing done for what has to be planned, or is an
/// error.
bool run_directly(const job& j);
/// Whether it would.
bool runs_directly(const job& j);

/// The same of a tree that points to its leaves, tensors and values, which are all row-major and of
/// the target's shape; not even bindings are written.
bool run_plain(const stage& main, std::span<const leaf_kind> kinds, const void* const* leaves,
               const buffer& target, dtype type);

/// The same of a tree of tensors, views and values of up to two axes, into elements of up to two,
/// whose rows its kernel can read and write where they are.
bool run_rows(const stage& main, std::span<const leaf_kind> kinds, const void* const* leaves,
              void* target, const placement& place, device where, dtype type);
/// And of a job of such.
bool run_rows(const job& j);

}  // namespace weft
