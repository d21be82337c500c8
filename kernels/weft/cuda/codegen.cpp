// weft/cuda/codegen.cpp: prints a plan as a CUDA kernel. `element` computes one element from one
// element of each operand, whatever the layouts are; `weft_kernel` is the loop that reaches them.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "weft/cuda/kernel.hpp"
#include "weft/cuda/prelude.hpp"
#include "weft/error.hpp"
#include "weft/explain.hpp"

namespace weft::gpu {
namespace {

std::string_view type_name(dtype t) {
  constexpr std::string_view names[] = {"bool",
                                        "signed char",
                                        "short",
                                        "int",
                                        "long long",
                                        "unsigned char",
                                        "unsigned short",
                                        "unsigned",
                                        "unsigned long long",
                                        "float16",
                                        "bfloat16",
                                        "float",
                                        "double",
                                        "std::complex<float>",
                                        "std::complex<double>"};
  return names[std::size_t(t)];
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_integer(dtype t) { return t >= dtype::int8 && t <= dtype::uint64; }
bool is_signed(dtype t) { return t >= dtype::int8 && t <= dtype::int64; }
bool is_half(dtype t) { return t == dtype::float16 || t == dtype::bfloat16; }
bool is_complex(dtype t) { return t == dtype::complex64 || t == dtype::complex128; }
dtype computed(dtype t) { return is_half(t) ? dtype::float32 : t; }

// `float(x)`, or a static_cast for a name of two words.
std::string cast_text(std::string_view type, const std::string& x) {
  if (type.find(' ') == std::string_view::npos) return std::string(type) + "(" + x + ")";
  return "static_cast<" + std::string(type) + ">(" + x + ")";
}

// x of type `from` as `to`: as C++ converts where that is defined for all values.
std::string converted(const std::string& x, dtype from, dtype to) {
  if (from == to) return x;
  const bool plain = to != dtype::boolean && !is_complex(to) && !is_complex(from) &&
                     (!is_integer(to) || is_integer(from) || from == dtype::boolean);
  if (plain) return cast_text(type_name(to), x);
  return "lane::convert_one<" + std::string(type_name(to)) + ">(" + x + ")";
}

// The type in which integers of type t wrap.
std::string_view wrapping_type(dtype t) {
  return size_of(t) <= 4 ? type_name(dtype::uint32) : type_name(dtype::uint64);
}

// `body` with the words x, y and z replaced.
std::string substituted(std::string_view body, std::span<const std::string> operands) {
  std::string text;
  for (std::size_t at = 0; at < body.size();) {
    std::size_t end = at;
    while (end < body.size() && is_word(body[end])) ++end;
    const std::string_view word = body.substr(at, end - at);
    const auto which = std::size_t(word.size() == 1 ? word[0] - 'x' : -1);
    if (which < operands.size())
      text += operands[which];
    else
      text += end > at ? word : body.substr(at, 1);
    at = std::max(end, at + 1);
  }
  return text;
}

class writer {
 public:
  writer(const plan& p, const kernel_layout& l) : plan_(p), layout_(l), name_(slot_names(p, l)) {}

  std::string run() {
    const std::string code = element() + "\n" + kernel();
    std::string text;
    for (std::string lines = expressions(plan_, name_); !lines.empty();) {
      const auto end = lines.find('\n');
      text += "// " + lines.substr(0, end + 1);
      lines.erase(0, end + 1);
    }
    text += summary() + "\n" + prelude_for(code);
    return text + "namespace weft::scalar {\n\n" + code + "\n}  // namespace weft::scalar\n";
  }

 private:
  const slot_reach& at(int k) const { return layout_.slots[k]; }
  const std::string& name(int k) const { return name_[std::size_t(k)]; }
  // The slot whose memory slot k is.
  int memory_of(int k) const { return at(k).same_as >= 0 ? at(k).same_as : k; }

  std::string summary() const {
    std::string text = "// ";
    text +=
        layout_.ndim == 1 ? "One loop" : "A loop over " + std::to_string(layout_.ndim) + " axes";
    if (layout_.tile_axis >= 0)
      return text + ", in tiles that turn in shared memory" +
             (layout_.wide ? ", 64-bit indices.\n" : ".\n");
    text += layout_.width == 1 ? ", one element at a time"
                               : ", " + std::to_string(layout_.width) + " elements at a time";
    return text + (layout_.wide ? ", 64-bit indices.\n" : ".\n");
  }

  // Slots that `element` takes a value of, besides the outputs.
  template <class F>
  void for_each_operand(F f) const {
    for (int k = layout_.outputs; k < layout_.count; ++k)
      if (at(k).how != reach::shared && !layout_.repeats(k)) f(k);
  }

  std::string element() {
    std::string head;
    for (int k = 0; k < layout_.outputs; ++k)
      head += (k ? ", " : "") + std::string(type_name(at(k).type)) + "& " + name(k);
    for_each_operand([&](int k) {
      head += ", const " + std::string(type_name(computed(at(k).type))) + " " + name(k);
    });
    std::string body;
    std::map<std::string, std::string> known;  // what has a name already
    int temporaries = 0;
    for (std::size_t k = 0; k < plan_.stages.size(); ++k)
      body += stage_text(int(k), known, temporaries);
    return wrapped("__device__ __forceinline__ void element(", head, ") {\n") + body + "}\n";
  }

  struct value {
    std::string text;
    dtype type;
  };

  std::string stage_text(int number, std::map<std::string, std::string>& known, int& temporaries) {
    const stage& st = plan_.stages[std::size_t(number)];
    const int outputs = st.identity ? 1 : layout_.outputs;
    std::string body;
    std::vector<value> stack;
    int next = st.begin + outputs, output = 0;
    for (std::size_t i = 0; i < st.program.size(); ++i) {
      const instruction& step = st.program[i];
      if (step.spelling.empty()) {
        stack.push_back({name(next), computed(at(next).type)});
        ++next;
      } else if (step.spelling == "=") {
        const value v = stack.back();
        stack.pop_back();
        if (st.identity)
          body += line("const " + std::string(type_name(st.type)) + " s" +
                       std::to_string(number + 1) + " = " + converted(v.text, v.type, st.type));
        else
          body += line(name(output) + " = " + converted(v.text, v.type, at(output).type));
        ++output;
      } else {
        const auto arity = std::size_t(step.arity);
        value v = applied(step, std::span(stack).last(arity));
        stack.resize(stack.size() - arity);
        const bool last = st.program[i + 1].spelling == "=";
        const std::string key = std::string(type_name(v.type)) + " " + v.text;
        const bool named = std::ranges::all_of(v.text, [](char c) { return is_word(c); });
        if (named) {
          // x itself, or a cast to the type that it has
        } else if (const auto found = known.find(key); found != known.end()) {
          v.text = found->second;
        } else if (!last) {
          const std::string temporary = "temp" + std::to_string(++temporaries);
          body +=
              line("const " + std::string(type_name(v.type)) + " " + temporary + " = " + v.text);
          known.emplace(key, temporary);
          v.text = temporary;
        }
        stack.push_back(std::move(v));
      }
    }
    return body;
  }

  value applied(const instruction& step, std::span<const value> x) const {
    const dtype type = computed(step.type);
    if (step.spelling == "cast") {
      std::string text = converted(x[0].text, x[0].type, step.type);
      if (is_half(step.type)) text = "float(" + text + ")";  // so that it rounds
      return {text, type};
    }
    if (step.body.empty())
      throw device_error(std::string(step.spelling) + ": not available on " +
                         to_string(plan_.slots[0].where) +
                         "; bring the operands to the host with .to(weft::cpu)");
    std::vector<std::string> operands;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const bool condition = k == 0 && step.spelling == "where";
      operands.push_back(
          converted(x[k].text, x[k].type, condition ? dtype::boolean : step.operand));
      if (step.wraps && (is_signed(step.operand) || size_of(step.operand) < 4))
        operands.back() = cast_text(wrapping_type(step.operand), operands.back());
    }
    std::string text = substituted(step.body, operands);
    if (step.wraps && (is_signed(step.operand) || size_of(step.operand) < 4))
      text = cast_text(type_name(type), text);
    return {text, type};
  }

  std::string line(const std::string& text) const { return "  " + text + ";\n"; }

  // Behind the first item of a list and its comma, which is not inside of < > or ( ).
  static std::size_t end_of_item(std::string_view list) {
    int depth = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
      depth += (list[k] == '<' || list[k] == '(') - (list[k] == '>' || list[k] == ')');
      if (depth == 0 && list[k] == ',') return k + 2;
    }
    return list.size();
  }

  // An opening line with a list, broken at 100 columns.
  static std::string wrapped(const std::string& open, std::string list, const std::string& close,
                             int indent = 4) {
    std::string text = open;
    std::size_t column = text.size() + std::size_t(indent) - 4;
    while (!list.empty()) {
      const std::size_t end = end_of_item(list);
      std::string item = list.substr(0, end);
      list.erase(0, end);
      if (column + item.size() > 98) {
        if (text.back() == ' ') text.pop_back();
        text += "\n" + std::string(std::size_t(indent), ' ');
        column = std::size_t(indent);
      }
      text += item;
      column += item.size();
    }
    return text + close;
  }

  std::string_view index() const { return layout_.wide ? "long long" : "int"; }
  std::string steps_type(std::string_view what) const {
    if (layout_.ndim == 1) return std::string(index());
    return std::string(what) + "<" + std::string(index()) + ", " + std::to_string(layout_.ndim) +
           ">";
  }

  std::string parameter_text(const parameter& x) const {
    const auto constant = [](std::string_view type, const std::string& n) {
      return "const " + std::string(type) + " " + n;
    };
    switch (x.kind) {
      case parameter::what::pointer:
        return (x.slot < layout_.outputs ? "" : "const ") +
               std::string(type_name(at(x.slot).type)) + "* __restrict__ " + name(x.slot);
      case parameter::what::number:
        return constant(type_name(at(x.slot).type), name(x.slot));
      case parameter::what::state:
        return constant(std::string(at(x.slot).text->name) + "_leaf<" +
                            std::string(type_name(at(x.slot).type)) + ">",
                        name(x.slot));
      case parameter::what::first:
        return constant("long long", name(x.slot) + "_first");
      case parameter::what::steps:
        return constant(steps_type("steps"), name(x.slot) + "_step");
      case parameter::what::inner:
        return constant(index(), name(x.slot) + "_inner");
      case parameter::what::extents:
        return constant(steps_type("extents"), "extent");
      case parameter::what::rows:
        return constant(index(), "rows");
      case parameter::what::columns:
        return constant(index(), "columns");
      case parameter::what::size:
        return constant(index(), "size");
    }
    return "";
  }

  // The structs of generated leaves, each once.
  std::string generators() const {
    std::string text;
    std::vector<std::string_view> written;
    for (int k = 0; k < layout_.count; ++k) {
      const generator_text* g = at(k).text;
      if (!g || std::ranges::find(written, g->name) != written.end()) continue;
      written.push_back(g->name);
      text += "template <class T>\nstruct " + std::string(g->name) + "_leaf {\n  " +
              std::string(g->members) + "\n  T operator()(index_t i) const { return " +
              std::string(g->body) + "; }\n};\n\n";
    }
    return text;
  }

  std::string kernel() const {
    std::string list;
    for (const parameter& x : parameters_of(layout_))
      list += (list.empty() ? "" : ", ") + parameter_text(x);
    std::string text = generators();
    text += wrapped("extern \"C\" __global__ void weft_kernel(", list, ") {\n");
    if (layout_.tile_axis >= 0) return text + tiles() + "}\n";
    const std::string i(index());
    const std::string wide =
        layout_.wide ? "static_cast<long long>(blockIdx.x)" : "int(blockIdx.x)";
    text += "  const " + i + " thread = " + wide + " * int(blockDim.x) + int(threadIdx.x);\n";
    text += "  const " + i + " threads = " +
            (layout_.wide ? "static_cast<long long>(gridDim.x)" : "int(gridDim.x)") +
            " * int(blockDim.x);\n";
    const std::string width = std::to_string(layout_.width);
    const bool tail = layout_.ndim == 1 && layout_.width > 1;
    text += "  for (" + i + " at = thread; at < size" + (tail ? " / " + width : "") +
            "; at += threads) {\n";
    if (layout_.ndim > 1) text += "    const auto where = locate(at, extent);\n";
    text +=
        layout_.width > 1 ? groups() : "    " + call(8, [&](int k) { return single(k, false); });
    text += "  }\n";
    if (tail) {
      text += "  for (" + i + " at = size / " + width + " * " + width +
              " + thread; at < size; at += threads)\n";
      text += "    " + call(8, [&](int k) { return single(k, true); });
    }
    return text + "}\n";
  }

  // Blocks of 32 x 8 threads take tiles of 32 x 32 elements. A tile is read along the axis on which
  // the operand is contiguous and used along the output's.
  std::string tiles() const {
    const std::string i(index()), row = "where.axis[" + std::to_string(layout_.tile_axis) + "]",
                                  column = "where.axis[" + std::to_string(layout_.ndim - 1) + "]";
    const std::string block =
        layout_.wide ? "static_cast<long long>(blockIdx.x)" : "int(blockIdx.x)";
    std::string text, loads;
    for_each_operand([&](int k) {
      if (at(k).how != reach::across) return;
      text +=
          "  __shared__ " + std::string(type_name(at(k).type)) + " " + name(k) + "_tile[32][33];\n";
      loads += "        " + name(k) + "_tile[ty + pass][tx] = " + name(k) + "[dot(where, " +
               name(k) + "_step)];\n";
    });
    const auto pass = [&](const char* r, const char* c, const std::string& body) {
      return "#pragma unroll\n    for (int pass = 0; pass < 32; pass += 8) {\n      " + row +
             " = first_row + " + r + ";\n      " + column + " = first_column + " + c +
             ";\n      if (" + row + " < rows && " + column + " < columns) {\n" + body +
             "      }\n    }\n    __syncthreads();\n";
    };
    text += "  const int tx = int(threadIdx.x), ty = int(threadIdx.y);\n";
    text += "  for (" + i + " at = " + block + "; at < size; at += gridDim.x) {\n";
    text += "    auto where = locate(at, extent);\n";
    text +=
        "    const " + i + " first_row = " + row + " * 32, first_column = " + column + " * 32;\n";
    text += pass("tx", "ty + pass", loads);
    text += pass("ty + pass", "tx", "        " + call(12, [&](int k) { return single(k, false); }));
    return text + "  }\n";
  }

  // element(...) with what `argument` says of each slot.
  // After a break, lines begin at column `indent`.
  template <class F>
  std::string call(int indent, F argument) const {
    std::string list;
    for (int k = 0; k < layout_.outputs; ++k) list += (k ? ", " : "") + argument(k);
    for_each_operand([&](int k) { list += ", " + argument(k); });
    return wrapped("element(", list, ");\n", indent);
  }

  // Where a thread's elements of slot k begin: what is added to its pointer or number.
  std::string offset(int k) const {
    const std::string& n = name(memory_of(k));
    if (layout_.ndim > 1) return "dot(where, " + n + "_step)";
    if (at(k).how == reach::one) return "0";
    if (at(k).how == reach::pack)
      return layout_.width == 1 ? "at" : "at * " + std::to_string(layout_.width);
    return "at * " + n + "_step";
  }

  // One element of slot k. In the rest of a loop of groups, `at` counts elements.
  std::string single(int k, bool rest) const {
    const std::string& n = name(memory_of(k));
    std::string by = offset(k);
    if (rest && at(k).how == reach::pack) by = "at";
    if (rest && (at(k).how == reach::each || at(k).how == reach::generated))
      by = "at * " + n + "_inner";
    if (at(k).how == reach::value) return name(k);
    if (at(k).how == reach::across) return name(k) + "_tile[tx][ty + pass]";
    if (at(k).how == reach::generated) return n + "(" + n + "_first + " + by + ")";
    return n + "[" + by + "]";
  }

  // A group of elements: loads, the elements one by one, stores.
  std::string groups() const {
    const std::string width = std::to_string(layout_.width);
    std::string text;
    const auto pack_of = [&](int k) {
      return "pack<" + std::string(type_name(at(k).type)) + ", " + width + "> ";
    };
    for_each_operand([&](int k) {
      const std::string& n = name(memory_of(k));
      if (at(k).how == reach::pack)
        text += "    const auto " + name(k) + "_pack = load<" + width + ">(" + n + " + " +
                offset(k) + ");\n";
      if (at(k).how == reach::one)
        text += "    const auto " + name(k) + "_one = " + n + "[" + offset(k) + "];\n";
      if (at(k).how == reach::each)
        text += "    const auto* const " + name(k) + "_at = " + n + " + " + offset(k) + ";\n";
      if (at(k).how == reach::generated)
        text += "    const auto " + name(k) + "_at = " + n + "_first + " + offset(k) + ";\n";
    });
    for (int k = 0; k < layout_.outputs; ++k) text += "    " + pack_of(k) + name(k) + "_pack;\n";
    text += "#pragma unroll\n    for (int lane = 0; lane < " + width + "; ++lane)\n      ";
    text += call(10, [&](int k) {
      const std::string& n = name(k);
      if (at(k).how == reach::pack) return n + "_pack[lane]";
      if (at(k).how == reach::one) return n + "_one";
      const std::string inner = " lane * " + name(memory_of(k)) + "_inner";
      if (at(k).how == reach::each) return n + "_at[" + inner.substr(1) + "]";
      if (at(k).how == reach::generated)
        return name(memory_of(k)) + "(" + n + "_at +" + inner + ")";
      return n;
    });
    for (int k = 0; k < layout_.outputs; ++k)
      text += "    store(" + name(k) + " + " + offset(k) + ", " + name(k) + "_pack);\n";
    return text;
  }

  const plan& plan_;
  const kernel_layout& layout_;
  std::vector<std::string> name_;
};

}  // namespace

std::vector<std::string> slot_names(const plan& p, const kernel_layout& l) {
  std::vector<std::string> all(std::size_t(l.count));
  int leaves = 0, values = 0;
  for (int k = 0; k < l.count; ++k) {
    std::string& name = all[std::size_t(k)];
    const slot_reach& s = l.slots[k];
    if (k < l.outputs) {
      name = l.outputs == 1 ? "y" : "y" + std::to_string(k + 1);
    } else if (s.how == reach::shared) {
      const int stage = p.slots[std::size_t(k)].stage;
      if (stage >= 0) name = "s" + std::to_string(stage + 1);
    } else if (l.repeats(k)) {
      name = all[std::size_t(s.same_as)];
    } else if (s.how == reach::value) {
      name = "value" + std::to_string(++values);
    } else {
      name = std::string(1, char('a' + leaves % 24));  // up to x
      if (leaves >= 24) name += std::to_string(leaves / 24);
      ++leaves;
    }
  }
  return all;
}

std::string source_of(const plan& p, const kernel_layout& l) { return writer(p, l).run(); }

}  // namespace weft::gpu
