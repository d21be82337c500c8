// weft/cuda/prelude.cpp: takes files of declarations apart and copies those that are named. The
// scalar functions of the op table and the bit code of the halves so have one source for both
// backends. What this needs of the files: formatted by clang-format, namespaces opened and closed
// on lines of their own.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/prelude.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

namespace weft::gpu {
namespace {

using names = std::set<std::string, std::less<>>;

struct declaration {
  std::string space, name, text;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The identifiers of a text with their qualification: `x`, `std::numbers::pi_v`. Not those of
// members and of CUDA's own functions, which follow a dot or a bare `::`, nor of functions
// without arguments, which are members, too.
names identifiers(std::string_view text) {
  names found;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (!is_word(text[at])) {
      ++at;
    } else {
      const std::size_t begin = at;
      while (at < text.size() && (is_word(text[at]) || text.substr(at).starts_with("::")))
        at += is_word(text[at]) ? 1 : 2;
      const bool member = begin > 0 && (text[begin - 1] == '.' || text[begin - 1] == ':');
      if (!member && !text.substr(at).starts_with("()"))
        found.emplace(text.substr(begin, at - begin));
    }
  }
  return found;
}

std::string_view last_part(std::string_view qualified) {
  const auto at = qualified.rfind("::");
  return at == std::string_view::npos ? qualified : qualified.substr(at + 2);
}

// Where the parenthesis that opens at `at` is closed.
std::size_t closing(std::string_view text, std::size_t at) {
  for (int depth = 0; at < text.size(); ++at) {
    depth += (text[at] == '(') - (text[at] == ')');
    if (depth == 0) break;
  }
  return at;
}

// What a declaration declares: the word after `struct`, `concept` or `using`, else the one before
// the first parenthesis, equals sign or brace.
std::string name_of(std::string_view text) {
  while (text.starts_with("template")) text.remove_prefix(text.find('\n') + 1);
  while (text.starts_with("  requires")) text.remove_prefix(text.find('\n') + 1);
  const auto word_at = [&](std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    return std::string(text.substr(at, end - at));
  };
  for (std::string_view key : {"concept ", "using ::", "using "})
    if (text.starts_with(key)) return word_at(key.size());
  if (text.starts_with("struct alignas(")) return word_at(closing(text, 14) + 2);
  if (text.starts_with("struct ")) return word_at(7);
  std::size_t end = text.find_first_of("(={");
  while (end > 0 && text[end - 1] == ' ') --end;
  if (end > 0 && text[end - 1] == '>') end = text.rfind(' ', text.rfind('<', end));
  if (end != std::string_view::npos && text[end] == ' ') end = text.find_first_of("<(={", end);
  while (end > 0 && !is_word(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return std::string(text.substr(begin, end - begin));
}

std::string_view without_comment(std::string_view line) {
  line = line.substr(0, line.find("//"));
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line;
}

std::vector<declaration> declarations_of(std::string_view file) {
  std::vector<declaration> found;
  std::vector<std::string> spaces;
  std::string text;
  int depth = 0;
  while (!file.empty()) {
    const auto end = std::min(file.find('\n'), file.size() - 1);
    const std::string_view line = file.substr(0, end), code = without_comment(line);
    file.remove_prefix(end + 1);
    if (text.empty()) {
      if (code.empty() || (code.starts_with("#") && !code.starts_with("#pragma unroll"))) continue;
      if (code.starts_with("namespace ")) {
        spaces.emplace_back(code.substr(10, code.size() - 12));
        continue;
      }
      if (line.starts_with("}  // namespace")) {
        spaces.pop_back();
        continue;
      }
    }
    text += std::string(line) + "\n";
    depth += int(std::ranges::count(code, '{')) - int(std::ranges::count(code, '}'));
    if (depth != 0 || code.empty() || (code.back() != ';' && code.back() != '}')) continue;
    std::string space;
    for (const std::string& s : spaces) space += (space.empty() ? "" : "::") + s;
    const bool skipped = text.starts_with("static_assert") || text.starts_with("using std::");
    if (!skipped) found.push_back({space, name_of(text), text});
    text.clear();
  }
  return found;
}

// All files, the prelude first; what it declares, the others do not.
std::vector<declaration> load() {
  std::vector<declaration> all = declarations_of(prelude_file);
  const std::size_t own = all.size();
  const auto add = [&](std::string_view file, std::string_view only) {
    for (declaration& d : declarations_of(file)) {
      const bool known =
          std::any_of(all.begin(), all.begin() + std::ptrdiff_t(own),
                      [&](const declaration& o) { return o.space == d.space && o.name == d.name; });
      if (!known && !d.space.starts_with("std") && (only.empty() || only == d.name))
        all.push_back(std::move(d));
    }
  };
  add(half_file, "");
  add(scalar_file, "");
  add(convert_file, "convert_one");
  return all;
}

// Whether `used` names d. A function of complex numbers is found by its argument's type.
bool is_named(const declaration& d, const names& used, const names& last_parts) {
  if (!d.space.starts_with("std")) return last_parts.contains(d.name);
  if (used.contains(d.space + "::" + d.name)) return true;
  return d.text.find("(std::complex<T>") != std::string::npos && used.contains(d.name) &&
         used.contains("std::complex");
}

}  // namespace

std::string prelude_for(std::string_view text) {
  static const std::vector<declaration>& all = *new std::vector<declaration>(load());
  names used = identifiers(text), last_parts;
  for (const std::string& u : used) last_parts.emplace(last_part(u));
  std::vector<bool> taken(all.size());
  for (bool grown = true; grown;) {
    grown = false;
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (taken[k] || !is_named(all[k], used, last_parts)) continue;
      taken[k] = grown = true;
      for (const std::string& u : identifiers(all[k].text)) {
        last_parts.emplace(last_part(u));
        used.insert(u);
      }
    }
  }
  std::string result, open;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (!taken[k]) continue;
    if (all[k].space != open) {
      if (!open.empty()) result += "}  // namespace " + open + "\n\n";
      open = all[k].space;
      result += "namespace " + open + " {\n";
    }
    result += all[k].text;
  }
  return open.empty() ? result : result + "}  // namespace " + open + "\n\n";
}

}  // namespace weft::gpu
