// weft/cuda/text.cpp: names of types, and lists that fit in lines.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/text.hpp"

#include <cctype>

namespace weft::gpu {

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

dtype computed(dtype t) { return t == dtype::float16 || t == dtype::bfloat16 ? dtype::float32 : t; }

namespace {
// Behind the first item of a list and its comma, which is not inside of < > or ( ).
std::size_t end_of_item(std::string_view list) {
  int depth = 0;
  for (std::size_t k = 0; k < list.size(); ++k) {
    depth += (list[k] == '<' || list[k] == '(') - (list[k] == '>' || list[k] == ')');
    if (depth == 0 && list[k] == ',') return k + 2;
  }
  return list.size();
}

}  // namespace

std::string wrapped(const std::string& open, std::string list, const std::string& close,
                    int indent) {
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

}  // namespace weft::gpu
