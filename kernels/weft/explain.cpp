// weft/explain.cpp: the plan's own data in words.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/explain.hpp"

#include <algorithm>
#include <charconv>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "weft/cpu/cost.hpp"
#include "weft/cpu/direct.hpp"
#include "weft/cpu/machine.hpp"
#include "weft/cuda.hpp"
#include "weft/cuda/run.hpp"
#include "weft/cuda/split.hpp"
#include "weft/plan.hpp"
#include "weft/staged.hpp"

namespace weft {
namespace {

template <class T>
std::string number(const void* value) {
  if constexpr (std::same_as<T, bool>) {
    return *static_cast<const bool*>(value) ? "true" : "false";
  } else if constexpr (is_complex_v<T>) {
    const auto* parts = static_cast<const typename T::value_type*>(value);
    return "(" + number<typename T::value_type>(parts) + ", " +
           number<typename T::value_type>(parts + 1) + ")";
  } else {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, *static_cast<const T*>(value)).ptr;
    return {text, end};
  }
}

std::string number(dtype type, const void* value) {
  switch (type) {
    case dtype::boolean:
      return number<bool>(value);
    case dtype::int8:
      return number<std::int8_t>(value);
    case dtype::int16:
      return number<std::int16_t>(value);
    case dtype::int32:
      return number<std::int32_t>(value);
    case dtype::int64:
      return number<std::int64_t>(value);
    case dtype::uint8:
      return number<std::uint8_t>(value);
    case dtype::uint16:
      return number<std::uint16_t>(value);
    case dtype::uint32:
      return number<std::uint32_t>(value);
    case dtype::uint64:
      return number<std::uint64_t>(value);
    case dtype::float16:
    case dtype::bfloat16:
    case dtype::float32:  // a constant of a half is held as float
      return number<float>(value);
    case dtype::float64:
      return number<double>(value);
    case dtype::complex64:
      return number<std::complex<float>>(value);
    case dtype::complex128:
      return number<std::complex<double>>(value);
  }
  return "";
}

// Text with how tightly its outermost operator binds, so that parentheses stand only where needed.
struct phrase {
  std::string text;
  int binds;
};
constexpr int atom = 12, prefix = 11;

int strength(std::string_view op) {
  constexpr std::string_view by_strength[] = {"||",    "&&",        "|",     "^",   "&",
                                              "== !=", "< <= > >=", "<< >>", "+ -", "* / %"};
  for (int k = 0; k < int(std::size(by_strength)); ++k) {
    std::string_view rest = by_strength[k];
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      if (rest.substr(0, end) == op) return k + 1;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return atom;
}

std::string in_parentheses(const phrase& p, bool needed) {
  return needed ? "(" + p.text + ")" : p.text;
}

phrase spelled(const instruction& i, std::span<const phrase> x) {
  constexpr std::string_view keyword = "operator";
  if (i.spelling.starts_with(keyword)) {
    const std::string op(i.spelling.substr(keyword.size()));
    if (x.size() == 1) return {op + in_parentheses(x[0], x[0].binds < prefix), prefix};
    const int mine = strength(op);
    return {in_parentheses(x[0], x[0].binds < mine) + " " + op + " " +
                in_parentheses(x[1], x[1].binds <= mine),
            mine};
  }
  std::string text(i.spelling);
  if (text == "cast") text += "<" + std::string(name_of(i.type)) + ">";
  text += "(";
  for (std::size_t k = 0; k < x.size(); ++k) text += (k ? ", " : "") + x[k].text;
  return {text + ")", atom};
}

}  // namespace

std::string leaf_names::of(const binding& b) {
  const auto known = std::ranges::find_if(leaves_, [&](const binding& x) {
    return x.how == b.how && x.data == b.data && x.type == b.type && x.first == b.first &&
           *x.shape == *b.shape && *x.strides == *b.strides;
  });
  const auto number = std::size_t(known - leaves_.begin());
  if (known == leaves_.end()) leaves_.push_back(b);
  std::string name(1, char('a' + number % 24));  // up to x
  if (number >= 24) name += std::to_string(number / 24);
  return name;
}

namespace {

// The names of a job's slots: y for the output, a, b, ... for leaves, one name for one leaf
// however often it stands there, s1, s2, ... for shared sub-expressions.
std::vector<std::string> names(const plan& p) {
  leaf_names leaves;
  std::vector<std::string> result(p.slots.size());
  for (const stage& st : p.stages)
    for (auto i = std::size_t(st.begin); i < std::size_t(st.begin + st.count); ++i)
      result[i] = slot_name(p.slots[i], int(i) < p.outputs ? int(i) : -1, p.outputs, leaves);
  return result;
}

}  // namespace

std::string slot_name(const binding& b, int output, int outputs, leaf_names& leaves) {
  if (output >= 0) return outputs == 1 ? "y" : "y" + std::to_string(output + 1);
  if (b.reduction >= 0) return "r" + std::to_string(b.reduction + 1);
  if (b.how == path::shared) return b.stage < 0 ? "" : "s" + std::to_string(b.stage + 1);
  // A number or a callable is spelled where it stands.
  return b.how == path::value ? "" : leaves.of(b);
}

// `y = a * b + sin(c)`, a line for each output of each stage.
std::string expressions(const plan& p, const std::vector<std::string>& name,
                        std::span<const reduction_label> reductions) {
  std::string text;
  std::size_t reduced = 0;
  for (std::size_t k = 0; k < p.stages.size(); ++k) {
    const stage& st = p.stages[k];
    const int outputs = st.identity ? 1 : p.outputs;
    std::size_t next = std::size_t(st.begin + outputs);
    int output = 0;
    std::vector<phrase> stack;
    for (const instruction& i : st.program) {
      if (i.spelling.empty()) {
        const slot& s = p.slots[next];
        stack.push_back({!name[next].empty() ? name[next]
                         : *s.name           ? s.name
                                             : number(s.type, s.data),
                         atom});
        if (s.how == path::value && stack.back().text.starts_with("-")) stack.back().binds = prefix;
        ++next;
      } else if (i.spelling == "=") {
        const auto at = std::size_t(st.begin + output++);
        text += (st.identity ? "s" + std::to_string(k + 1) : name[at]) + " = " + stack.back().text +
                "\n";
        stack.pop_back();
      } else {
        const auto arity = std::size_t(i.arity);
        phrase whole = spelled(i, std::span(stack).last(arity));
        stack.resize(stack.size() - arity);
        stack.push_back(std::move(whole));
      }
    }
    if (stack.empty()) continue;
    const reduction_label& label = reductions[reduced++];  // its stage has no output of its own
    text += label.name + " = " + stack.back().text + label.over + "\n";
  }
  return text;
}

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

}  // namespace

std::string loops(const plan& p) {
  std::string text = "loops: ";
  for (int d = 0; d < p.ndim; ++d)
    text += (d ? " x " : "") + std::string(d == p.inner ? "[" : "") + std::to_string(p.extent[d]);
  text += "], " + std::string(p.order_reason) + "\n";
  text += "tiles: " + std::to_string(p.tiles) + " of " + std::to_string(p.rows) + " x " +
          std::to_string(p.columns) + " elements, " + std::to_string(p.threads) +
          (p.threads == 1 ? " thread" : " threads");
  if (p.stream) text += ", stored around the cache";
  if (p.copies) text += ", without packing where they are whole lines";
  if (p.descending) text += ", last tile first";
  return text + "\n";
}

std::string operand(const slot& s, const std::string& name) {
  std::string text = name + " " + std::string(name_of(s.type));
  if (s.shape) text += " " + to_string(*s.shape);
  text += ": " + std::string(name_of(s.how));
  if (*s.name) text += " by " + std::string(s.name);
  if (*s.why) text += ", " + std::string(s.why);
  if (s.in_place) text += ", the output's own elements";
  if (s.aside) text += ", through a temporary since it overlaps";
  return text + "\n";
}

std::string operands(const plan& p, const std::vector<std::string>& name) {
  std::string text;
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    const bool first = std::find(name.begin(), name.end(), name[i]) - name.begin() == int(i);
    if (!name[i].empty() && first) text += operand(p.slots[i], name[i]);
  }
  return text;
}

namespace {

std::string microseconds(double nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g us", nanoseconds / 1000);
  return text;
}

}  // namespace

std::string in_words(const forecast& f) {
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.3g GB/s", f.rate);
  return "predicted: " + microseconds(f.time) + " at " + rate + ", limited by " + f.limit + "\n";
}

forecast predicted(const amount& a) {
  const machine_rates& m = cpu_rates();
  const bool cached = a.bytes < double(cpu_machine().last_cache_bytes);
  const double by_bytes = a.bytes / (cached ? m.cache * a.threads : m.memory);
  const double by_work =
      estimated_time(0, a.operations) / a.threads + a.again / (m.cache * a.threads);
  const double start = m.start * a.stages, work = std::max(by_bytes, by_work), time = start + work;
  const char* limit = work < start         ? "planning"
                      : by_work > by_bytes ? "the operations"
                      : cached             ? "the caches"
                                           : "memory";
  return {time, a.bytes / time, limit};
}

forecast predicted(const plan& p) {
  return predicted(amount{.bytes = double(p.bytes_read + p.bytes_written + 2 * p.bytes_temporary),
                          .operations = double(p.size) * operations_of(p.stages),
                          .threads = p.threads});
}

std::string describe(const plan& p) {
  if (p.slots[0].where.where == device::type::cuda) return gpu::describe(p);
  const std::vector<std::string> name = names(p);
  std::string text = expressions(p, name);
  if (p.size == 0)
    return text + "nothing to do: the output has shape " + to_string(*p.slots[0].shape) + "\n";
  text += loops(p) + operands(p, name);
  text += "memory: " + std::to_string(p.bytes_read) + " bytes read, " +
          std::to_string(p.bytes_written) + " written, " + std::to_string(p.bytes_temporary) +
          " in temporaries, " + std::to_string(p.scratch) + " of tiles a thread\n";
  return text + in_words(predicted(p));
}

// use(plan) for a job that is not to run.
template <class Use>
static auto with_plan(const job& j, Use use) {
  slot_storage storage(j.bindings);
  const bool on_cuda = j.bindings[0].where.where == device::type::cuda;
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs, .in_order = !on_cuda};
  temporaries aside;
  make_plan(p, aside);
  return use(p);
}

// That nothing of this is planned, where so.
static std::string without_plan(bool is_direct) {
  return is_direct && !is_shown() ? "small: evaluated at once, without this plan\n" : "";
}

std::string describe(const job& j) {
  if (!j.reductions.empty()) return describe_staged(j) + without_plan(reduces_directly(j));
  const bool on_cuda = j.bindings[0].where.where == device::type::cuda;
  if (on_cuda && gpu::needs_split(j)) return gpu::describe_parts(j);
  return with_plan(j, [&](const plan& p) {
    if (!on_cuda) return describe(p) + without_plan(runs_directly(j));
    return describe(p) + (p.size > 0 ? "\n" + cuda_source(j) : "");
  });
}

traffic traffic_of(const job& j) {
  if (!j.reductions.empty()) return traffic_of_staged(j);
  return with_plan(
      j, [](const plan& p) { return traffic{p.bytes_read, p.bytes_written, p.bytes_temporary}; });
}

bool is_shown() {
  static const bool wanted = [] {
    const char* words = std::getenv("WEFT_SHOW");
    return words && std::string_view(words).find("plan") != std::string_view::npos;
  }();
  return wanted;
}

void show(const plan& p) {
  if (is_shown()) std::fputs(describe(p).c_str(), stderr);
}

void show_time(const plan& p, double nanoseconds) {
  const bool on_cuda = p.slots[0].where.where == device::type::cuda;
  if (is_shown() && p.size > 0 && !on_cuda) show_time(predicted(p), nanoseconds);
}

void show_time(const forecast& f, double nanoseconds) {
  std::fprintf(stderr, "took: %s, %.0f%% of the predicted rate\n",
               microseconds(nanoseconds).c_str(), 100 * f.time / nanoseconds);
}

}  // namespace weft
