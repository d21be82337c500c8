// weft/execute.cpp: an evaluation from the bound tree to the last element: the short way for small
// contiguous trees, else plan, take temporaries, run, copy back.
// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include "weft/cpu/direct.hpp"
#include "weft/cuda/run.hpp"
#include "weft/cuda/split.hpp"
#include "weft/plan.hpp"
#include "weft/staged.hpp"

namespace weft {
namespace {

// Copies the distinct elements between a slot's own place and its temporary.
void copy_distinct(const temporary& t, bool back) {
  const slot& own = t.original;
  shape distinct = *own.shape;
  for (std::size_t d = 0; d < distinct.size(); ++d)
    if (t.strides[d] == 0) distinct[d] = 1;
  const auto copy = [&](void* to, const strides& to_strides, const void* from,
                        const strides& from_strides) {
    if (own.where.where == device::type::cuda)
      gpu::copy_elements(own.type, to, distinct, to_strides, from, from_strides, own.where);
    else
      copy_elements(own.type, to, distinct, to_strides, from, from_strides);
  };
  if (back)
    copy(own.data, *own.strides, t.memory.data(), t.strides);
  else
    copy(t.memory.data(), t.strides, own.data, *own.strides);
}

}  // namespace

void execute(const job& j) {
  using clock = std::chrono::steady_clock;
  const device where = j.bindings[0].where;
  const bool on_cuda = where.where == device::type::cuda;
  if (on_cuda) gpu::check_elementwise(j);
  if (!j.reductions.empty()) return execute_staged(j);
  if (!on_cuda && !is_shown() && run_directly(j)) return;
  const auto split = [&] { gpu::for_each_part(j, true, [](const job& part) { execute(part); }); };
  if (on_cuda && gpu::has_too_many_slots(j)) return split();
  slot_storage storage(j.bindings);
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs, .in_order = !on_cuda};
  temporaries aside;
  make_plan(p, aside);
  if (on_cuda && !gpu::fits(p)) return split();
  for (temporary& t : aside) {
    t.memory = buffer::allocate(t.bytes, where);
    // The planner may have moved the first element, to walk an axis backwards.
    const auto moved =
        static_cast<std::byte*>(t.stands_for->data) - reinterpret_cast<std::byte*>(&t);
    t.stands_for->data = static_cast<std::byte*>(t.memory.data()) + moved;
  }
  show(p);
  const auto begin = is_shown() ? clock::now() : clock::time_point();
  const slot* const operands = p.slots.data() + p.outputs;
  for (const temporary& t : aside)
    if (t.stands_for >= operands) copy_distinct(t, false);
  on_cuda ? gpu::launch(p) : run(p);
  for (const temporary& t : aside)
    if (t.stands_for < operands) copy_distinct(t, true);
  if (is_shown())
    show_time(p, std::chrono::duration<double, std::nano>(clock::now() - begin).count());
}

}  // namespace weft
