// weft/cuda/describe.cpp: a plan for CUDA in words.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/kernel.hpp"
#include "weft/cuda/run.hpp"

namespace weft::gpu {

std::string describe(const plan& p) {
  kernel_layout l;
  if (p.size == 0)
    return "nothing to do: the output has shape " + to_string(*p.slots[0].shape) + "\n";
  find_layout(p, l);
  return source_of(p, l);
}

}  // namespace weft::gpu
