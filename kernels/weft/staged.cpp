// weft/staged.cpp: a job with reductions: its sweeps in order, then the job itself, in which their
// results are ordinary operands.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/staged.hpp"

#include <utility>
#include <vector>

#include "weft/buffer.hpp"
#include "weft/sweeps.hpp"

namespace weft {
namespace {

std::size_t rounded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// Where the results of each reduction begin.
std::vector<void*> places_in(std::span<const reduction_stage> reductions, buffer& memory) {
  std::size_t bytes = 0;
  std::vector<std::size_t> begin;
  for (const reduction_stage& r : reductions)
    begin.push_back(
        std::exchange(bytes, bytes + rounded(std::size_t(r.result.product()) * size_of(r.type))));
  memory = buffer::allocate(bytes);
  std::vector<void*> places;
  for (const std::size_t b : begin) places.push_back(static_cast<std::byte*>(memory.data()) + b);
  return places;
}

// A binding of a reduction's results becomes one of memory.
void give_memory(binding& b, const std::vector<void*>& results) {
  if (b.reduction < 0) return;
  b.data = static_cast<std::byte*>(results[std::size_t(b.reduction)]) +
           b.first * index_t(size_of(b.type));
  b.first = 0;
  b.reduction = -1;
}

}  // namespace

void execute_staged(const job& j) {
  buffer memory;
  const std::vector<void*> results = places_in(j.reductions, memory);
  for (sweep& s : sweeps_of(j.reductions)) {
    for (slot& x : s.slots) give_memory(x, results);
    make_plan(s);
    std::vector<void*> to;
    for (const sweep_member& m : s.members) to.push_back(results[std::size_t(m.reduction)]);
    run(s, to);
  }
  std::vector<binding> bindings(j.bindings.begin(), j.bindings.end());
  for (binding& b : bindings) give_memory(b, results);
  execute({bindings, j.stages, j.outputs});
}

}  // namespace weft
