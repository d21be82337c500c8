// weft/reduction.hpp: a tag type for each row of reductions.def, and the rules for element types.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "weft/op.hpp"

namespace weft::reductions {

/// The type rules. A `state` is what elements of type T are reduced in, a `result` what is given.
namespace rule {

/// Sums: integers and bool in 64 bits, halves in float, which the result rounds.
struct total {
  template <class T>
  using state =
      std::conditional_t<kind_of<T> <= kind::integer,
                         std::conditional_t<std::is_unsigned_v<T> && kind_of<T> == kind::integer,
                                            std::uint64_t, std::int64_t>,
                         compute_t<T>>;
  template <class T>
  using result = std::conditional_t<is_half_v<T>, T, state<T>>;
  template <class T>
  static constexpr bool accepts = true;
};
/// One of the elements. No complex.
struct choice {
  template <class T>
  using state = compute_t<T>;
  template <class T>
  using result = T;
  template <class T>
  static constexpr bool accepts = !is_complex_v<T>;
};
/// Elements as truth values.
struct truth {
  template <class T>
  using state = bool;
  template <class T>
  using result = bool;
  template <class T>
  static constexpr bool accepts = true;
};

}  // namespace rule

template <class S>
constexpr S highest() {
  using limits = std::numeric_limits<S>;
  return limits::has_infinity ? limits::infinity() : limits::max();
}
template <class S>
constexpr S lowest() {
  using limits = std::numeric_limits<S>;
  return limits::has_infinity ? S(-limits::infinity()) : limits::lowest();
}
template <class S>
constexpr S not_a_number() {
  return std::numeric_limits<S>::quiet_NaN();
}

#define REDUCTION(NAME, OP, RULE, EMPTY, IDENTITY, DOC)               \
  struct NAME {                                                       \
    using join = op::OP;                                              \
    using type_rule = rule::RULE;                                     \
    static constexpr std::string_view name = #NAME, doc = DOC;        \
    static constexpr bool has_empty = EMPTY;                          \
    template <class T>                                                \
    using state = typename type_rule::template state<element_t<T>>;   \
    template <class T>                                                \
    using result = typename type_rule::template result<element_t<T>>; \
    template <class S>                                                \
    static constexpr S identity() {                                   \
      return IDENTITY;                                                \
    }                                                                 \
  };
#include "weft/reductions.def"
#undef REDUCTION

/// Where the smallest or the largest element is: the first one, or the first NaN if there is one.
template <class Choice>
struct arg {
  using value = Choice;  // min or max
  using type_rule = rule::choice;
  static constexpr std::string_view name = std::same_as<Choice, min> ? "argmin" : "argmax";
  static constexpr bool has_empty = false;
  template <class T>
  using state = std::conditional_t<std::same_as<T, bool>, std::uint8_t, compute_t<element_t<T>>>;
  template <class T>
  using result = std::int64_t;
};

/// A user's callable that joins two values of T, with a value that every result begins with.
template <class F, class T>
struct folded {
  static constexpr std::string_view name = "reduce";
  static constexpr bool has_empty = true;
  template <class>
  using state = compute_t<T>;
  template <class>
  using result = T;

  F join;
  compute_t<T> init;
};

/// The reduction R, and f of each of its results: a mean is a sum and a division. f is computed
/// once for a result, however often that is used. Its numbers say all about it.
template <class R, class F>
struct finished : R {
  static constexpr std::string_view name = F::name;
  [[no_unique_address]] F f;  // without numbers it takes no room, and is the same as every other
};

/// No reduction: all elements, as a stage of their own.
struct store {
  static constexpr std::string_view name = "store";
  static constexpr bool has_empty = true;
  template <class T>
  using state = compute_t<element_t<T>>;
  template <class T>
  using result = element_t<T>;
};

}  // namespace weft::reductions
