// weft/cuda/split.cpp: follows recipes: temporaries for the parts of a job, which are evaluated in
// turn. It neither compares nor prints trees, and needs no memory of the host that it has not had
// before.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/split.hpp"

#include <cstdint>
#include <vector>

#include "weft/buffer.hpp"
#include "weft/cuda/kernel.hpp"
#include "weft/cuda/recipe.hpp"
#include "weft/cuda/run.hpp"
#include "weft/shape.hpp"

namespace weft::gpu {

bool has_too_many_slots(const job& j) {
  return j.bindings.size() > std::size_t(most_slots) && j.bindings[0].shape->product() > 0;
}

bool fits(const plan& p) {
  constexpr std::size_t few = 30;  // fit, whatever they are: below 130 bytes for each
  return p.slots.size() <= few || p.size == 0 || parameter_bytes(p) <= most_parameter_bytes;
}

bool needs_split(const job& j) {
  if (has_too_many_slots(j)) return true;
  slot_storage storage(j.bindings);
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs, .in_order = false};
  temporaries aside;
  make_plan(p, aside);
  return !fits(p);
}

std::size_t for_each_part(const job& j, bool allocate, const std::function<void(const job&)>& use) {
  struct place {
    shape s;
    strides st;
    buffer memory;
    void* data = nullptr;
  };
  const recipe& how = recipe_of(j);
  const device where = j.bindings[0].where;
  recycled_vector<place> places(how.parts.size());
  recycled_vector<binding> bindings;
  bindings.reserve(std::size_t(most_slots));
  std::size_t bytes = 0;
  // Without memory: addresses of nothing, apart from each other and aligned.
  std::uintptr_t nowhere = std::uintptr_t(1) << 44;

  const auto binding_of = [&](int number, const part& p) {
    if (number < 0) {
      const auto k = std::size_t(-1 - number);
      place& t = places[k];
      return binding{path::direct, true, how.parts[k].type, -1, t.data, &t.s,
                     &t.st,        0,    nullptr,           "", where};
    }
    binding b = j.bindings[std::size_t(number)];
    if (b.how == path::shared && b.stage >= 0) b.stage -= p.evaluated;
    return b;
  };
  for (std::size_t k = 0; k < how.parts.size(); ++k) {
    const part& p = how.parts[k];
    bindings.clear();
    if (p.is_temporary) {
      place& t = places[k];
      for (const int number : p.operands)
        if (const binding b = binding_of(number, p); b.shape)
          shapes::broadcast("eval", t.s, *b.shape);
      t.st = contiguous_strides(t.s);
      const std::size_t size = std::size_t(t.s.product()) * size_of(p.type);
      bytes += size;
      if (allocate) t.memory = buffer::allocate(size, where);
      t.data = allocate ? t.memory.data() : reinterpret_cast<void*>(nowhere);
      nowhere += (size + 511) / 256 * 256;
      bindings.push_back(binding_of(-1 - int(k), p));
    }
    for (const int number : p.operands) bindings.push_back(binding_of(number, p));
    use({bindings, p.stages, p.outputs});
    // What only this part read is no longer needed.
    for (const int number : p.operands)
      if (number < 0 && !how.parts[std::size_t(-1 - number)].is_shared)
        places[std::size_t(-1 - number)].memory = {};
  }
  return bytes;
}

}  // namespace weft::gpu
