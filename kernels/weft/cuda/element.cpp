// weft/cuda/element.cpp: what a kernel computes: a plan's program as statements over one element of
// each operand, each value with a name, each expression that stands there twice computed once.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <string>

#include "weft/cuda/text.hpp"
#include "weft/error.hpp"

namespace weft::gpu {
namespace {

bool is_integer(dtype t) { return t >= dtype::int8 && t <= dtype::uint64; }
bool is_signed(dtype t) { return t >= dtype::int8 && t <= dtype::int64; }
bool is_half(dtype t) { return t == dtype::float16 || t == dtype::bfloat16; }
bool is_complex(dtype t) { return t == dtype::complex64 || t == dtype::complex128; }

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

bool contains_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
      return true;
  }
  return false;
}

// Lines of a user's text, moved together so that they begin at column 2.
std::string indented(std::string_view text) {
  std::size_t margin = std::string_view::npos;
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const auto first = text.find_first_not_of(' ', at + 1);
    if (first != std::string_view::npos && text[first] != '\n')
      margin = std::min(margin, first - at - 1);
  }
  std::string result;
  for (bool is_first = true; !text.empty(); is_first = false) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    result += "  " + std::string(is_first ? line : line.substr(std::min(margin, end))) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

class element_writer {
 public:
  element_writer(const plan& p, const kernel_layout& l, const std::vector<std::string>& name)
      : plan_(p), layout_(l), name_(name) {}

  std::string run() {
    std::string head;
    for (int k = 0; k < layout_.outputs; ++k)
      head += (k ? ", " : "") + std::string(type_name(at(k).type)) + "& " + name(k);
    for (int k = 0; k < layout_.count; ++k)
      if (is_parameter(layout_, k))
        head += ", const " + std::string(type_name(computed(at(k).type))) + " " + name(k);
    std::string body;
    std::map<std::string, std::string> known;  // what has a name already
    int temporaries = 0;
    for (std::size_t k = 0; k < plan_.stages.size(); ++k)
      body += stage_text(int(k), known, temporaries);
    return functions_ + wrapped("__device__ __forceinline__ void element(", head, ") {\n") + body +
           "}\n";
  }

 private:
  struct value {
    std::string text;
    dtype type;
    const generator_text* function = nullptr;
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
        const bool is_function = at(next).how == reach::function;
        stack.push_back(
            {name(next), computed(at(next).type), is_function ? at(next).text : nullptr});
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

  // f(x, ...) of a callable, whose text becomes a function of the kernel.
  value called(const instruction& step, std::span<const value> x) {
    std::string list, arguments;
    for (std::size_t k = 1; k < x.size(); ++k) {
      const std::string parameter =
          x.size() <= 4 ? std::string(1, char('w' + k)) : "x" + std::to_string(k);
      list += (k > 1 ? ", const " : "const ") + std::string(type_name(x[k].type)) + " " + parameter;
      arguments += (k > 1 ? ", " : "") + x[k].text;
    }
    const std::string head =
        "__device__ __forceinline__ " + std::string(type_name(computed(step.type))) + " map";
    const std::string body(x[0].function->body);
    const auto [known, is_new] =
        called_.emplace(head + list + body, "map" + std::to_string(called_.size() + 1));
    if (is_new)
      functions_ += wrapped(head + known->second.substr(3) + "(", list, ") {\n") +
                    (contains_word(body, "return") ? indented(body) : line("return " + body)) +
                    "}\n\n";
    const std::string call = known->second + "(" + arguments + ")";
    if (!is_half(step.type)) return {call, step.type};
    return {"float(" + std::string(type_name(step.type)) + "(" + call + "))", dtype::float32};
  }

  value applied(const instruction& step, std::span<const value> x) {
    const dtype type = computed(step.type);
    if (x[0].function) return called(step, x);
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
  const slot_reach& at(int k) const { return layout_.slots[k]; }
  const std::string& name(int k) const { return name_[std::size_t(k)]; }

  const plan& plan_;
  const kernel_layout& layout_;
  const std::vector<std::string>& name_;
  std::map<std::string, std::string> called_;  // callables by what they are, and their names
  std::string functions_;
};

}  // namespace

std::string element_text(const plan& p, const kernel_layout& l,
                         const std::vector<std::string>& name) {
  return element_writer(p, l, name).run();
}

}  // namespace weft::gpu
