// weft/cuda_function.hpp: callables for map() that also run on a CUDA device.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/job.hpp"

namespace weft {

/// What a text for cuda_function becomes: one object for equal texts, for as long as the process
/// lives. Throws error for a text without words.
const generator_text* function_text(std::string_view body);

/// A callable with its body as CUDA text, for map(f, x...): the host calls `function`, kernels get
/// `body`. The body is an expression, or statements that return, over x, y and z, the elements of
/// the operands in their types, halfs as float; of more than three operands they are x1, x2, ...
/// It may use CUDA's functions and those of the op table.
///
///     auto leaky = weft::cuda_function([](float x) { return x > 0 ? x : x / 8; },
///                                      "x > 0 ? x : x / 8");
///     y = map(leaky, a);
///
/// That both compute the same is up to you. The callable has no state, which a kernel could not
/// see: what changes from call to call is another operand.
template <class F>
class cuda_function {
  static_assert(std::is_empty_v<F> || std::is_pointer_v<F>,
                "weft::cuda_function(f, body): f must have no state, so no captures; hand what it "
                "needs to map() as further operands");

 public:
  cuda_function(F f, std::string_view body) : function_(std::move(f)), text_(function_text(body)) {}

  template <class... X>
    requires std::invocable<const F&, X...>
  auto operator()(X... x) const {
    return function_(x...);
  }
  const generator_text* text() const { return text_; }

 private:
  F function_;
  const generator_text* text_;
};

namespace trees {
/// The CUDA text of a callable; null for one that only the host can run.
template <class F>
const generator_text* text_of(const F&) {
  return nullptr;
}
template <class F>
const generator_text* text_of(const cuda_function<F>& f) {
  return f.text();
}
}  // namespace trees

}  // namespace weft
