// weft/cuda/function.cpp: the texts of callables, each once, so that a kernel is found again by
// where its callables' texts are.
// SPDX-License-Identifier: BSD-3-Clause
#include <map>
#include <mutex>
#include <string>

#include "weft/cuda_function.hpp"
#include "weft/error.hpp"

namespace weft {

const generator_text* function_text(std::string_view body) {
  constexpr std::string_view blank = " \t\n;";
  const auto begin = body.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    throw error("cuda_function: '" + std::string(body) +
                "' is no body; write an expression over x, y and z");
  body = body.substr(begin, body.find_last_not_of(" \t\n") + 1 - begin);
  // Never destroyed: kernels refer to them.
  static std::mutex& lock = *new std::mutex;
  static auto& all = *new std::map<std::string, generator_text, std::less<>>;
  const std::lock_guard guard(lock);
  if (const auto found = all.find(body); found != all.end()) return &found->second;
  const auto at = all.emplace(body, generator_text{}).first;
  at->second = {"map", "", at->first, 0, 1};
  return &at->second;
}

}  // namespace weft
