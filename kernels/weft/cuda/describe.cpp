// weft/cuda/describe.cpp: a plan for CUDA in words.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/kernel.hpp"
#include "weft/cuda/run.hpp"
#include "weft/cuda/split.hpp"
#include "weft/explain.hpp"

namespace weft::gpu {
namespace {

std::string loops(const plan& p, const kernel_layout& l) {
  std::string text = "kernel: over ";
  for (int d = 0; d < p.ndim; ++d) text += (d ? " x " : "") + std::to_string(p.extent[d]);
  if (l.tile_axis >= 0)
    text += ", in tiles of " + std::to_string(tile_side) + " x " + std::to_string(tile_side);
  else
    text +=
        ", " + std::to_string(l.width) + (l.width == 1 ? " element" : " elements") + " a thread";
  if (l.peeled) text += ", fewer at the ends of rows";
  return text + (l.wide ? ", 64-bit indices" : ", 32-bit indices") + " on " +
         to_string(p.slots[0].where) + "\n";
}

std::string_view words(reach how, int width) {
  switch (how) {
    case reach::pack:
      return width > 1 ? "contiguous and aligned, loaded at once"
                       : "contiguous along the last axis";
    case reach::each:
      return "one by one, with a step between them";
    case reach::across:
      return "through shared memory, as it is contiguous along another axis";
    case reach::one:
      return "one element for the last axis";
    case reach::value:
      return "a parameter";
    case reach::generated:
      return "computed, never stored";
    case reach::shared:
    case reach::function:
      return "";
  }
  return "";
}

}  // namespace

std::string describe(const plan& p) {
  if (p.size == 0)
    return "nothing to do: the output has shape " + to_string(*p.slots[0].shape) + "\n";
  kernel_layout l;
  find_layout(p, l);
  const std::vector<std::string> name = slot_names(p, l);
  std::string text = expressions(p, name) + loops(p, l);
  for (int k = 0; k < l.count; ++k) {
    const slot& s = p.slots[std::size_t(k)];
    if (l.is_inside(k) || l.slots[k].how == reach::value || l.repeats(k)) continue;
    text += name[std::size_t(k)] + " " + std::string(name_of(s.type)) + " " + to_string(*s.shape) +
            ": " + std::string(words(l.slots[k].how, l.width));
    if (l.in_place(k)) text += ", the output's own elements";
    if (s.aside) text += ", through a temporary since it overlaps";
    text += "\n";
  }
  return text + "memory: " + std::to_string(p.bytes_read) + " bytes read, " +
         std::to_string(p.bytes_written) + " written, " + std::to_string(p.bytes_temporary) +
         " in temporaries\n";
}

std::string describe_parts(const job& j) {
  std::string parts;
  int count = 0;
  const std::size_t bytes = for_each_part(j, false, [&](const job& part) {
    parts += "\nkernel " + std::to_string(++count) + ":\n" + weft::describe(part);
  });
  return "split: " + std::to_string(j.bindings.size() - std::size_t(j.outputs)) +
         " operands are more than a kernel takes, " + std::to_string(most_slots) + " of them and " +
         std::to_string(most_parameter_bytes) + " bytes of parameters; " + std::to_string(count) +
         " kernels, with " + std::to_string(bytes) + " bytes in temporaries between them\n" + parts;
}

}  // namespace weft::gpu
