// weft/cpu/measures.hpp: what a kernel's form says before it runs: how many elements it takes at a
// time, how large those of its slots are, and how much code it is.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "weft/cpu/simd.hpp"
#include "weft/form.hpp"

namespace weft::kernel {

/// Lanes of a kernel: a register of the smallest type in its form that has 4 bytes or more.
template <class Form>
struct lanes_of;
template <class T>
struct lanes_of<in<T>> {
  static constexpr int value = lane::count_for<compute_t<T>>;
};
template <class T>
struct lanes_of<weft::kernel::value<T>> : lanes_of<in<T>> {};
template <class Op, class... X>
struct lanes_of<apply<Op, X...>> {
  static constexpr int value = std::max(
      {lanes_of<in<typename element<apply<Op, X...>>::type>>::value, lanes_of<X>::value...});
};
template <class F, class R, class... X>
struct lanes_of<call<F, R, X...>> {
  static constexpr int value = std::max({lanes_of<in<R>>::value, lanes_of<X>::value...});
};
template <class T, class X>
struct lanes_of<out<T, X>> {
  static constexpr int value = std::max(lanes_of<in<T>>::value, lanes_of<X>::value);
};

/// The operands of a form that are in memory.
template <class Form>
inline constexpr int operands = 0;
template <class T>
inline constexpr int operands<in<T>> = 1;
template <class Op, class... X>
inline constexpr int operands<apply<Op, X...>> = (0 + ... + operands<X>);
template <class F, class R, class... X>
inline constexpr int operands<call<F, R, X...>> = (0 + ... + operands<X>);
template <class T, class X>
inline constexpr int operands<out<T, X>> = operands<X>;

/// Bytes of an element of each slot of a form, in the order of the slots; 0 for values.
template <class Form>
inline constexpr std::array<std::uint8_t, 0> operand_bytes{};
template <class T>
inline constexpr std::array<std::uint8_t, 1> operand_bytes<in<T>>{sizeof(T)};
template <class T>
inline constexpr std::array<std::uint8_t, 1> operand_bytes<value<T>>{0};
template <class Op, class... X>
inline constexpr auto operand_bytes<apply<Op, X...>> = joined(operand_bytes<X>...);
template <class F, class R, class... X>
inline constexpr auto operand_bytes<call<F, R, X...>> =
    joined(std::array<std::uint8_t, 1>{0}, operand_bytes<X>...);
template <class T, class X>
inline constexpr auto operand_bytes<out<T, X>> = operand_bytes<X>;

/// How much code a form is, as a number of simple operations, and how much of that is functions.
struct code_size {
  int size = 0, functions = 0;
  constexpr code_size operator+(const code_size& other) const {
    return {size + other.size, functions + other.functions};
  }
};
template <class Op>
inline constexpr code_size code_of_op = Op::ulp > 0.5 ? code_size{10, 10} : code_size{1, 0};
template <class T>
inline constexpr code_size code_of_op<cast_to<T>> = {1, 0};
template <class Form>
inline constexpr code_size code_of = {1, 0};
template <class Op, class... X>
inline constexpr code_size code_of<apply<Op, X...>> = (code_of_op<Op> + ... + code_of<X>);
template <class F, class R, class... X>
inline constexpr code_size code_of<call<F, R, X...>> =
    (code_size{call_cost::in_kernels, call_cost::in_kernels} + ... + code_of<X>);
template <class T, class X>
inline constexpr code_size code_of<out<T, X>> = code_size{1, 0} + code_of<X>;
template <class... Out>
inline constexpr code_size code_of_all = (code_size{} + ... + code_of<Out>);

/// Elements that their kernel takes at a time. Functions have more constants than there are
/// registers: where they are most of the work, two registers share what is loaded.
template <class... Out>
inline constexpr int lanes =
    std::max({lanes_of<Out>::value..., 1}) *
    (code_of_all<Out...>.size > 20 && code_of_all<Out...>.functions * 2 > code_of_all<Out...>.size
         ? 2
         : 1);
/// How often it does so in one round of its loop: cheap trees are unrolled, so that several loads
/// are under way at once.
template <class... Out>
inline constexpr int unrolled = code_of_all<Out...>.size <= 10   ? 4
                                : code_of_all<Out...>.size <= 20 ? 2
                                                                 : 1;
/// Elements of a round, which it takes as one value where operands have paces, so that paces are
/// looked at once for them all.
template <class... Out>
inline constexpr int round_lanes = lanes<Out...> * unrolled<Out...>;
/// Elements that it takes at a time where operands repeat or results go around the cache: of each
/// output a whole line or more, since that is what memory is written by.
template <class... Out>
inline constexpr int line_lanes = std::max({lanes<Out...> * std::min(unrolled<Out...>, 2),
                                            64 / int(sizeof(typename element<Out>::type))...});

/// Bytes of an element of each slot of outputs Out..., which come first.
template <class... Out>
inline constexpr auto slot_bytes =
    joined(std::array<std::uint8_t, sizeof...(Out)>{sizeof(typename element<Out>::type)...},
           operand_bytes<Out>...);

}  // namespace weft::kernel
