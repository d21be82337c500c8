// weft/op.hpp: a tag type for each row of ops.def, and the rules for element types.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>

#include "weft/promote.hpp"
#include "weft/scalar.hpp"

/// The bodies, each in a struct of its own name with a `_body`, where `sin(x)` means scalar::sin
/// or, by argument-dependent lookup, that of a SIMD batch; among the tags it would mean op::sin.
namespace weft::bodies {
using namespace scalar;

#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC)          \
  struct NAME##_body {                                                               \
    template <class X, class Y = X, class Z = X>                                     \
    static auto apply([[maybe_unused]] const X& x, [[maybe_unused]] const Y& y = {}, \
                      [[maybe_unused]] const Z& z = {}) {                            \
      return BODY;                                                                   \
    }                                                                                \
  };
#include "weft/ops.def"
#undef OP
}  // namespace weft::bodies

namespace weft::op {

/// The type rules of the op table. `operand` is what all operands are converted to, `result` the
/// element type of the outcome, `accepts` which promoted types are taken at all.
namespace rule {

template <class T>
inline constexpr bool is_number = kind_of<T> != kind::boolean;

/// As C++ arithmetic promotes; bool becomes int.
struct arithmetic {
  template <class... T>
  using promoted = promote_t<T...>;
  template <class P>
  using result = P;
  template <class P>
  static constexpr bool accepts = true;
};
/// The same, with integers computed unsigned, so that overflow wraps.
struct ring : arithmetic {
  template <class P>
  static constexpr bool accepts = kind_of<P> != kind::boolean;  // only -x and square(x) of bool
};
/// A choice among operands, or their sign: equal types stay as they are. No complex.
struct real : arithmetic {
  template <class... T>
  using promoted = common_t<T...>;
  template <class P>
  static constexpr bool accepts = !is_complex_v<P>;
};
/// Integers and bool; equal types stay as they are.
struct integral {
  template <class... T>
  using promoted = common_t<T...>;
  template <class P>
  using result = P;
  template <class P>
  static constexpr bool accepts = kind_of<P> == kind::integer;
};
/// Integers and bool become double; complex is taken.
struct floating {
  template <class P>
  using widened = std::conditional_t<kind_of<P> <= kind::integer, double, P>;
  template <class... T>
  using promoted = widened<promote_t<T...>>;
  template <class P>
  using result = P;
  template <class P>
  static constexpr bool accepts = true;
};
/// The same without complex.
struct real_floating : floating {
  template <class P>
  static constexpr bool accepts = !is_complex_v<P>;
};
/// Promoted operands, bool result.
struct equality {
  template <class... T>
  using promoted = common_t<T...>;
  template <class P>
  using result = bool;
  template <class P>
  static constexpr bool accepts = true;
};
struct ordering : equality {
  template <class P>
  static constexpr bool accepts = !is_complex_v<P>;
};
struct predicate : equality {};
/// Operands as truth values.
struct logical {
  template <class... T>
  using promoted = bool;
  template <class P>
  using result = bool;
  template <class P>
  static constexpr bool accepts = true;
};
/// Complex gives its component; unsigned and small types stay.
struct magnitude {
  template <class... T>
  using promoted = common_t<T...>;
  template <class P>
  using result = component_t<P>;
  template <class P>
  static constexpr bool accepts = true;
};
struct component : magnitude {};
struct angle {
  template <class... T>
  using promoted = floating::promoted<T...>;
  template <class P>
  using result = component_t<P>;
  template <class P>
  static constexpr bool accepts = true;
};
template <class... T>
struct without_first;
template <class C, class... T>
struct without_first<C, T...> {
  using type = common_t<T...>;
};
/// where: a condition and two values of one type.
struct select {
  template <class... T>
  using promoted = typename without_first<T...>::type;
  template <class P>
  using result = P;
  template <class P>
  static constexpr bool accepts = true;
};
}  // namespace rule

enum class simd { batch, lanes };

#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC)                        \
  struct NAME : bodies::NAME##_body {                                                              \
    using type_rule = rule::RULE;                                                                  \
    static constexpr std::string_view name = #NAME, spelling = #SPELLING, body = #BODY, doc = DOC; \
    static constexpr int arity = ARITY;                                                            \
    static constexpr simd form = simd::SIMD;                                                       \
    static constexpr int cost = COST;                                                              \
    static constexpr double lo = LO, hi = HI, ulp = ULP;                                           \
  };
#include "weft/ops.def"
#undef OP

/// The promoted type of operands with these element types.
template <class Op, class... T>
using promoted_t = typename Op::type_rule::template promoted<element_t<T>...>;

/// The element type of the outcome; may be a half, which is computed as float.
template <class Op, class... T>
using result_t = typename Op::type_rule::template result<promoted_t<Op, T...>>;

/// What operand I is converted to before the body sees it.
template <class Op, int I, class... T>
using operand_t =
    std::conditional_t<std::same_as<Op, where> && I == 0, bool, compute_t<promoted_t<Op, T...>>>;

template <class Op, class... T>
inline constexpr bool accepts = Op::type_rule::template accepts<promoted_t<Op, T...>>;

/// The body for single numbers that are already operands.
template <class Op, class... X>
auto evaluate(X... x) {
  using First = std::tuple_element_t<0, std::tuple<X...>>;
  if constexpr (std::same_as<typename Op::type_rule, rule::ring> && scalar::integer<First>) {
    return First(Op::apply(std::uint64_t(x)...));
  } else {
    return Op::apply(x...);
  }
}

}  // namespace weft::op
