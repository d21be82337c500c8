// weft/explain.cpp: the plan's own data in words.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "weft/plan.hpp"

namespace weft {
namespace {

std::string_view name_of(path how) {
  switch (how) {
    case path::value:
      return "value";
    case path::direct:
      return "in place";
    case path::packed:
      return "packed";
    case path::generated:
      return "generated";
    case path::shared:
      return "shared tile";
  }
  return "";
}

std::string loops(const plan& p) {
  std::string text = "loops: ";
  for (int d = 0; d < p.ndim; ++d)
    text += (d == p.inner ? " [" : d ? " x " : "") + std::to_string(p.extent[d]);
  text += "], " + std::string(p.order_reason) + "\n";
  text += "tiles: " + std::to_string(p.tiles) + " of " + std::to_string(p.rows) + " x " +
          std::to_string(p.columns) + " elements, " + std::to_string(p.threads) +
          (p.threads == 1 ? " thread" : " threads");
  if (p.stream) text += ", stored around the cache";
  if (p.descending) text += ", last tile first";
  return text + "\n";
}

}  // namespace

std::string describe(const job& j, const plan& p) {
  if (p.size == 0) return "nothing to do: the output has no elements\n";
  std::string text = loops(p);
  int number = 0;
  for (std::size_t i = 0; i < j.slots.size(); ++i) {
    const slot& s = j.slots[i];
    if (s.how == path::value || (s.how == path::shared && s.stage < 0)) continue;
    const bool output = int(i) < j.outputs;
    text += output ? "output " : "operand " + std::to_string(number++) + " ";
    text += std::string(weft::name_of(s.type));
    if (s.shape) text += " " + to_string(*s.shape);
    text += ": " + std::string(name_of(s.how));
    if (*s.why) text += ", " + std::string(s.why);
    if (s.same_as >= 0) text += ", once for both uses";
    if (s.in_place) text += ", the output's own elements";
    text += "\n";
  }
  text += "memory: " + std::to_string(p.bytes_read) + " bytes read, " +
          std::to_string(p.bytes_written) + " written, " + std::to_string(p.bytes_temporary) +
          " in temporaries, " + std::to_string(p.scratch) + " of tiles a thread\n";
  return text;
}

void show(const job& j, const plan& p) {
  static const bool wanted = [] {
    const char* words = std::getenv("WEFT_SHOW");
    return words && std::string_view(words).find("plan") != std::string_view::npos;
  }();
  if (wanted) std::fputs(describe(j, p).c_str(), stderr);
}

}  // namespace weft
