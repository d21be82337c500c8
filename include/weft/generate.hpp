// weft/generate.hpp: tensors of given values, and leaves whose elements are computed, not stored.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <string>

#include "weft/error.hpp"
#include "weft/eval.hpp"

namespace weft {

/// A tensor whose elements are not initialised.
template <Element T = double>
tensor<T> empty(const shape& s, device where = cpu) {
  return tensor<T>(s, layout::row_major, where);
}
/// A tensor of zeros. `zeros<float>({2, 3})`.
template <Element T = double>
tensor<T> zeros(const shape& s, device where = cpu) {
  return tensor<T>(s, T(0), where);
}
template <Element T = double>
tensor<T> ones(const shape& s, device where = cpu) {
  return tensor<T>(s, T(1), where);
}

/// The rows of generators.def as structs: the state of a leaf, its elements, and itself as text.
namespace generators {
using scalar::pow;
#define GENERATOR(NAME, MEMBERS, BODY)                                  \
  template <class T>                                                    \
  struct NAME {                                                         \
    MEMBERS                                                             \
    T operator()([[maybe_unused]] auto i) const { return BODY; }        \
    static constexpr const char* name = #NAME;                          \
    static constexpr std::string_view members = #MEMBERS, body = #BODY; \
  };
#include "weft/generators.def"
#undef GENERATOR

template <class F>
concept Printed = requires { F::members; };
template <class F>
inline constexpr bool is_line = false;
template <class T>
inline constexpr bool is_line<arange<T>> = true;
template <Printed F>
inline constexpr generator_text text{F::name,   F::members, F::body,
                                     sizeof(F), alignof(F), is_line<F>};
}  // namespace generators

/// A leaf that computes element number i (in row-major order of its shape) as f(i). It is never
/// stored inside a larger tree, however that tree broadcasts, rearranges or walks it.
template <class T, class F>
class generator : public lazy<generator<T, F>> {
 public:
  using value_type = T;
  static constexpr int slot_count = 1;
  using kernel_form = kernel::in<T>;

  generator(const char* name, const weft::shape& s, F f)
      : f_(std::move(f)), name_(name), where_{s, contiguous_strides(s), 0} {}

  const weft::shape& shape() const { return where_.shape; }
  device operand_device() const { return any_device; }
  generator rearranged(const rearrangement& r) const {
    generator moved = *this;
    moved.where_ = r({where_.shape, where_.strides, 0});
    moved.where_.offset += where_.offset;
    return moved;
  }
  void bind(binder& b) const {
    const generator_text* text = nullptr;
    if constexpr (generators::Printed<F>) text = &generators::text<F>;
    b.generated(dtype_of<T>, &f_, where_, fill, name_, text);
  }

 private:
  static void fill(const void* f, std::byte* out, index_t first, index_t step, index_t count) {
    const F& at = *static_cast<const F*>(f);
    auto* to = reinterpret_cast<T*>(out);
    if constexpr (generators::Printed<F>) {
      // Weft's own take numbers of any width. Those of 32 bits fill registers, where processors
      // convert none of 64.
      const auto is_short = [](index_t i) { return i == std::int32_t(i); };
      if (is_short(first) && is_short(first + count * step) && is_short(step) && is_short(count)) {
        const auto from = std::int32_t(first), by = std::int32_t(step);
        for (std::int32_t k = 0, n = std::int32_t(count); k < n; ++k) to[k] = T(at(from + k * by));
        return;
      }
    }
    for (index_t k = 0; k < count; ++k) to[k] = T(at(first + k * step));
  }

  F f_;
  const char* name_;
  placement where_;  // in numbers of elements
};

namespace generators {
template <template <class> class Row, class T>
auto leaf(const shape& s, const Row<T>& row) {
  return generator<T, Row<T>>(Row<T>::name, s, row);
}
}  // namespace generators

/// start, start + step, ... up to, not including, stop: (stop - start) / step elements, rounded up.
/// Element i is start + i * step. Throws error for a step of 0.
template <Scalar T>
auto arange(T start, T stop, T step = T(1)) {
  using E = element_t<T>;
  if (step == T(0)) throw error("arange: step is 0; use a positive or a negative step");
  const double count = std::ceil((double(stop) - double(start)) / double(step));
  const shape s{count > 0 ? index_t(count) : 0};
  return generators::leaf(s, generators::arange<E>{E(start), E(step)});
}
template <Scalar T>
auto arange(T stop) {
  return arange(T(0), stop);
}

/// `count` numbers from start to stop, both included. Throws error for a negative count.
template <std::floating_point T>
auto linspace(T start, T stop, index_t count) {
  if (count < 0) throw error("linspace: count " + std::to_string(count) + " is negative");
  const T steps = count > 1 ? T(count - 1) : T(1);
  return generators::leaf({count}, generators::linspace<T>{start, stop, steps, count - 1});
}
/// base to the powers linspace(start, stop, count).
template <std::floating_point T>
auto logspace(T start, T stop, index_t count, T base = T(10)) {
  if (count < 0) throw error("logspace: count " + std::to_string(count) + " is negative");
  const T steps = count > 1 ? T(count - 1) : T(1);
  return generators::leaf({count}, generators::logspace<T>{start, stop, steps, base});
}
/// rows x columns with ones on diagonal k (above the main one when positive), else zeros.
template <Element T = double>
auto eye(index_t rows, index_t columns, index_t k = 0) {
  return generators::leaf({rows, columns}, generators::eye<element_t<T>>{columns, k});
}
template <Element T = double>
auto eye(index_t n) {
  return eye<T>(n, n);
}
/// All elements `value`.
template <Scalar T>
auto full(const shape& s, T value) {
  return generators::leaf(s, generators::full<element_t<T>>{value});
}
/// f(i) for the row-major number i of each element. CPU only.
template <class F>
auto from_index(const shape& s, F f) {
  return generator<element_t<std::invoke_result_t<F&, index_t>>, F>("from_index", s, std::move(f));
}

/// A tensor of x's shape, element type and device, not initialised, or of zeros, ones, or `value`.
/// x is any tensor, expression or adapted container.
template <class X>
  requires Operands<X>
auto empty_like(const X& x) {
  auto tree = trees::as_tree(x);
  return tensor<typename decltype(tree)::value_type>(tree.shape(),
                                                     result_device(tree.operand_device()));
}
template <class X, Scalar T>
  requires Operands<X>
auto full_like(const X& x, T value) {
  auto result = empty_like(x);
  using E = typename decltype(result)::value_type;
  result.fill(static_cast<E>(value));
  return result;
}
template <class X>
  requires Operands<X>
auto zeros_like(const X& x) {
  return full_like(x, 0);
}
template <class X>
  requires Operands<X>
auto ones_like(const X& x) {
  return full_like(x, 1);
}

}  // namespace weft
