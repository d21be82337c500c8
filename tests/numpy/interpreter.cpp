// tests/numpy/interpreter.cpp: runs the cases of against_numpy.py with weft. One line in, one line
// out: `(2, 3) 0 1 2 3 4 5`, or the class and the text of the error.
//
//     make 4,6 slice ::2,new,-1 | show            views of counted elements 0, 1, 2, ...
//     make 3,1 | make 4 transpose - | combine     one expression over broadcast operands
//     make 4,6 slice 1:3 | make 6 | store         an assignment through a view
//     reduce sum float64 3,4 1,0 -1 0 0x1p+0,...  a reduction of a permuted view
//     apply maximum float32 nan,0x1p+0 -inf,nan   an operation on values
//
// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>
#include <weft/weft.hpp>

#include "elementwise.hpp"
#include "reductions.hpp"

using namespace weft;

namespace {

using number = std::int64_t;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  if (!text.empty() && text.back() == at) parts.emplace_back();
  return parts;
}

dims list(const std::string& text) {
  dims d;
  if (text != "-")
    for (const std::string& part : split(text, ',')) d.push_back(std::stoll(part));
  return d;
}

index::item item(const std::string& text) {
  if (text == "new") return index::item(newaxis);
  if (text == "...") return index::item(ellipsis);
  if (text == ":") return index::item(all);
  if (text.find(':') == std::string::npos) return index::item(std::stoll(text));
  const auto bounds = split(text, ':');
  const auto bound = [&](std::size_t i) -> std::optional<index_t> {
    if (bounds[i].empty()) return std::nullopt;
    return std::stoll(bounds[i]);
  };
  return index::item(range(bound(0), bound(1), bounds.size() > 2 ? bound(2).value() : 1));
}

// x(...) names its indices' types; here they are known only now, so slices go one level below.
view<number> sliced(const view<number>& x, const std::string& argument) {
  std::vector<index::item> items;
  if (argument != "-")
    for (const std::string& part : split(argument, ',')) items.push_back(item(part));
  return x.placed(index::slice(x.where(), items));
}

view<number> rearranged(const view<number>& x, const std::string& how,
                        const std::string& argument) {
  const bool bare = argument == "-";
  if (how == "slice") return sliced(x, argument);
  if (how == "transpose") return transpose(x);
  if (how == "permute") return permute(x, list(argument));
  if (how == "reshape") return reshape(x, list(argument));
  if (how == "broadcast_to") return broadcast_to(x, list(argument));
  if (how == "flip") return bare ? flip(x) : flip(x, std::stoll(argument));
  if (how == "squeeze") return bare ? squeeze(x) : squeeze(x, std::stoll(argument));
  if (how == "expand_dims") return expand_dims(x, std::stoll(argument));
  if (how == "diagonal") return diagonal(x, std::stoll(argument));
  throw std::logic_error("interpreter: what is " + how + "?");
}

tensor<number> counted(const shape& s) {
  shapes::check("make", s, sizeof(number));
  return from_index(s, [](index_t i) { return i; });
}

// An operand: a tensor of counted elements, and a view of it.
struct operand {
  tensor<number> base;
  view<number> seen;
};
operand read_operand(std::istream& in) {
  std::string how, argument;
  in >> how >> argument;
  tensor<number> base = counted(list(argument));
  std::optional<view<number>> seen(base.as_view());
  while (in >> how && how != "|") {
    in >> argument;
    seen.emplace(rearranged(*seen, how, argument));
  }
  return {std::move(base), *seen};
}

// The elements one by one, by the view's own strides: what an evaluation must agree with.
void walk(const view<const number>& x, std::size_t axis, const number* at,
          std::vector<number>& out) {
  if (axis == x.shape().size()) return out.push_back(*at);
  for (index_t i = 0; i < x.shape()[axis]; ++i) walk(x, axis + 1, at + i * x.strides()[axis], out);
}
std::vector<number> walked(const view<const number>& x) {
  std::vector<number> elements;
  if (x.size() > 0) walk(x, 0, x.data(), elements);
  return elements;
}

std::string text(const tensor<number>& x) {
  std::string result = to_string(x.shape());
  for (number v : walked(x.as_view())) result += ' ' + std::to_string(v);
  return result;
}

std::string show(const view<number>& x) {
  const tensor<number> evaluated = x;
  if (walked(evaluated.as_view()) != walked(x)) return "evaluation and strides disagree";
  return text(evaluated);
}

// One formula for each number of operands; against_numpy.py has the same.
std::string combine(const std::vector<operand>& x) {
  if (x.size() == 2) return text(x[0].seen * 1000 - x[1].seen);
  return text(where(x[0].seen > x[1].seen, x[1].seen, x[2].seen) + 1000 * (x[0].seen + x[2].seen));
}

std::string store(std::vector<operand>& x) {
  x[0].seen = x[1].seen * 7 + 1;
  return text(x[0].base);
}

std::string reduced(std::istream& in) {
  std::string word, name, type, shape, order, axes, values;
  int keep = 0;
  in >> word >> name >> type >> shape >> order >> axes >> keep >> values;
  const auto run =
      type == "int32" ? numpy_reductions::run_as<std::int32_t> : numpy_reductions::run_as<double>;
  return run(name, list(shape), list(order), list(axes), keep != 0, values);
}

std::string run(const std::string& line) {
  std::stringstream in(line);
  if (line.starts_with("reduce")) return reduced(in);
  if (line.starts_with("apply")) return elementwise::run(line);
  std::vector<operand> operands;
  while ((in >> std::ws).peek() == 'm') operands.push_back(read_operand(in));
  std::string action;
  in >> action;
  if (action == "show") return show(operands.at(0).seen);
  if (action == "combine") return combine(operands);
  if (action == "store") return store(operands);
  throw std::logic_error("interpreter: what is " + action + "?");
}

const char* name_of(const error& e) {
  if (dynamic_cast<const shape_error*>(&e)) return "shape_error";
  if (dynamic_cast<const index_error*>(&e)) return "index_error";
  if (dynamic_cast<const dtype_error*>(&e)) return "dtype_error";
  return "error";
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << run(line) << '\n';
    } catch (const error& e) {
      std::cout << name_of(e) << ' ' << e.what() << '\n';
    }
  }
}
