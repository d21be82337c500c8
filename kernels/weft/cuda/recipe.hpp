// weft/cuda/recipe.hpp: how a tree with too many operands is cut, as data: which of its operands
// and of the temporaries each part reads. Found once for a type of tree and its operands' kinds,
// then followed with other memory, shapes and values.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "weft/job.hpp"

namespace weft::gpu {

/// One kernel of a tree that is split. Operand k is the job's binding k; operand -1 - k temporary
/// k, which part k writes.
struct part {
  std::vector<stage> stages;
  std::vector<int> operands;  // outputs first, but for the temporary that this part writes
  int outputs = 1;
  int evaluated = 0;  // the job's stages that parts before this one have made temporaries of
  bool is_temporary = false;
  bool is_shared = false;  // more than one part reads it
  dtype type = dtype::float32;
};

struct recipe {
  std::vector<part> parts;  // those that write the targets last
};

/// How a job that needs_split() is cut; the same object for the same tree over operands of the same
/// kinds. Throws device_error for an operation that alone has too many operands.
const recipe& recipe_of(const job& j);

}  // namespace weft::gpu
