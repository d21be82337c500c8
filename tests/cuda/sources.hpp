// tests/cuda/sources.hpp: kernels whose text is pinned, and which the real compiler checks.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace cuda_tests {

struct named_source {
  std::string name, text;
};

/// The kernels of tests/cuda/golden, one of each layout class and of each thing that a tree has.
std::vector<named_source> golden_sources();

/// Kernels that apply all rows of the op table, and casts, to all element types that they take,
/// many rows to a kernel.
std::vector<named_source> op_table_sources();

}  // namespace cuda_tests
