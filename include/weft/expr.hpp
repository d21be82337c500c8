// weft/expr.hpp: the typed tree. A node holds its operands by value, and each leaf holds its
// buffer, so a tree is valid wherever it is returned to. Shapes and devices are checked here,
// where the tree is built.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/adapt.hpp"
#include "weft/device.hpp"
#include "weft/error.hpp"
#include "weft/op.hpp"
#include "weft/plan.hpp"
#include "weft/promote.hpp"
#include "weft/shape.hpp"

namespace weft {

/// The base of everything that can be evaluated: tensors, views, generators and nodes.
struct expression {};

template <class E>
concept Expr = std::derived_from<std::remove_cvref_t<E>, expression>;

/// What an operator or function takes: an expression, a scalar, or an adapted container.
template <class E>
concept Operand = Expr<E> || Scalar<E> || Adapted<E>;

/// The type of a tree with everything left out that does not change its inner loop: no shapes, no
/// owners, no layouts. Kernels are instantiated for these, so all layouts share one.
namespace kernel {
template <class T>
struct in;  // contiguous elements
template <class T>
struct value;  // one number for all
template <class Op, class... X>
struct apply;  // a row of the op table, or a cast
template <class F, class R, class... X>
struct call;  // a user's callable with its state
template <class T, class X>
struct out;  // elements written from X
}  // namespace kernel

/// Collects the slots of a tree, in the order in which its kernel takes them.
struct binder {
  slot* next;

  slot& push(path how, dtype type, const void* data) {
    slot& s = *next++;
    s.how = how;
    s.type = type;
    s.data = const_cast<void*>(data);
    return s;
  }
  void memory(dtype type, const void* data, const shape& sh, const strides& st) {
    slot& s = push(path::direct, type, data);
    s.shape = &sh;
    s.strides = &st;
  }
};

/// A number in a tree. It has rank 0 and mixes with every device.
template <class T>
class constant : public expression {
 public:
  using value_type = T;
  static constexpr int slot_count = 1;
  using kernel_form = kernel::value<T>;

  explicit constant(compute_t<T> value) : value_(value) {}
  weft::shape shape() const { return {}; }
  device operand_device() const { return any_device; }
  void bind(binder& b) const { b.push(path::value, dtype_of<T>, &value_); }

 private:
  compute_t<T> value_;
};

/// The element type of a cast: what `cast<T>(x)` puts in the place of a row of the op table.
template <class T>
struct cast_to {
  static constexpr std::string_view name = "cast";
};

template <class F>
struct called {
  static constexpr std::string_view name = "map";
  F function;
};

/// What a node of Op over operands of these element types has: its element type, whether Op
/// itself needs a slot, and the form of its kernel.
template <class Op, class... T>
struct node_traits {
  using value_type = op::result_t<Op, T...>;
  static constexpr int own_slots = 0;
  template <class... X>
  using form = kernel::apply<Op, X...>;
};
template <class To, class T>
struct node_traits<cast_to<To>, T> {
  using value_type = To;
  static constexpr int own_slots = 0;
  template <class X>
  using form = kernel::apply<cast_to<To>, X>;
};
template <class F, class... T>
struct node_traits<called<F>, T...> {
  using value_type = element_t<std::invoke_result_t<const F&, compute_t<T>...>>;
  static constexpr int own_slots = 1;
  template <class... X>
  using form = kernel::call<F, value_type, X...>;
};

/// An operation on its operands. Its shape is their broadcast shape.
template <class Op, class... E>
class node : public expression {
  using traits = node_traits<Op, typename E::value_type...>;

 public:
  using value_type = typename traits::value_type;
  static constexpr int slot_count = (traits::own_slots + ... + E::slot_count);
  using kernel_form = typename traits::template form<typename E::kernel_form...>;

  /// Throws shape_error when the operands do not broadcast, device_error when they are on
  /// different devices.
  explicit node(Op o, E... operands) : op_(std::move(o)), operands_(std::move(operands)...) {
    std::apply([&](const auto&... x) { (join(x), ...); }, operands_);
  }

  const weft::shape& shape() const { return shape_; }
  device operand_device() const { return device_; }

  void bind(binder& b) const {
    if constexpr (traits::own_slots == 1) b.push(path::value, dtype::uint8, &op_);
    std::apply([&](const auto&... x) { (x.bind(b), ...); }, operands_);
  }

 private:
  template <class X>
  void join(const X& x) {
    shapes::broadcast(Op::name.data(), shape_, x.shape());
    const device d = x.operand_device();
    if (device_ == any_device) device_ = d;
    if (d != any_device && d != device_) devices::mixed(Op::name.data(), device_, d);
  }

  [[no_unique_address]] Op op_;
  std::tuple<E...> operands_;
  weft::shape shape_;
  device device_ = any_device;
};

template <class T>
class view;
template <class T>
class tensor;

namespace trees {
template <class E>
inline constexpr bool is_tensor = false;
template <class T>
inline constexpr bool is_tensor<tensor<T>> = true;

/// The tree of an operand that is no scalar: a tensor becomes a view that shares its buffer.
template <class E>
auto as_tree(E&& e) {
  using X = std::remove_cvref_t<E>;
  if constexpr (is_tensor<X>) {
    return view<const typename X::value_type>(std::forward<E>(e).as_view());
  } else if constexpr (Expr<X>) {
    return X(std::forward<E>(e));
  } else {
    static_assert(Adapted<E>,
                  "weft: x is neither an expression nor adapted; include its adaptor, e.g. "
                  "<weft/xtensor.hpp>");
    return as_tree(view_of(std::forward<E>(e)));
  }
}

// The type that the tensors among X agree on, which the scalars beside them take; void if none.
template <class P, class... X>
struct agreed {
  using type = P;
};
template <class P, class X, class... Rest>
  requires Scalar<X>
struct agreed<P, X, Rest...> : agreed<P, Rest...> {};
template <class P, class X, class... Rest>
  requires(!Scalar<X> && std::is_void_v<P>)
struct agreed<P, X, Rest...>
    : agreed<typename decltype(as_tree(std::declval<X>()))::value_type, Rest...> {};
template <class P, class X, class... Rest>
  requires(!Scalar<X> && !std::is_void_v<P>)
struct agreed<P, X, Rest...>
    : agreed<promote_t<P, typename decltype(as_tree(std::declval<X>()))::value_type>, Rest...> {};

[[noreturn]] void scalar_does_not_fit(const char* function, const std::string& value, dtype t);

template <class P, class S>
struct weak_or {
  using type = weak_t<S, P>;
};

// A scalar beside tensors that agree on P. An integer that P cannot hold is an error, not a wrap.
template <class P, Scalar S>
auto as_constant(const char* function, S s) {
  using W = typename std::conditional_t<std::is_void_v<P>, std::type_identity<element_t<S>>,
                                        weak_or<P, S>>::type;
  if constexpr (std::integral<W> && std::integral<S> && !std::same_as<W, bool> &&
                !std::same_as<S, bool>) {
    if (s < S{} ? (std::is_unsigned_v<W> ||
                   std::intmax_t(s) < std::intmax_t(std::numeric_limits<W>::min()))
                : std::uintmax_t(s) > std::uintmax_t(std::numeric_limits<W>::max()))
      scalar_does_not_fit(function, std::to_string(s), dtype_of<W>);
  }
  return constant<W>(static_cast<compute_t<W>>(s));
}

template <class P, class X>
auto as_operand(const char* function, X&& x) {
  if constexpr (Scalar<X>) {
    return as_constant<P>(function, std::remove_cvref_t<X>(x));
  } else {
    return as_tree(std::forward<X>(x));
  }
}
}  // namespace trees

/// A node of the op table's row Op over any operands. The functions and operators are names for
/// this. Throws shape_error, device_error, and dtype_error for an integer scalar that the
/// tensors' type cannot hold.
template <class Op, class... X>
auto make_node(X&&... x) {
  using P = typename trees::agreed<void, std::remove_cvref_t<X>...>::type;
  auto build = [](auto... operand) {
    static_assert(op::accepts<Op, typename decltype(operand)::value_type...>,
                  "weft: this operation does not take these element types; cast<T>(x) first");
    return node<Op, decltype(operand)...>(Op{}, std::move(operand)...);
  };
  return build(trees::as_operand<P>(Op::name.data(), std::forward<X>(x))...);
}

/// where(condition, x, y): only x and y agree on a type, the condition stays what it is.
template <class Op, class C, class X, class Y>
  requires std::same_as<Op, op::where>
auto make_node(C&& condition, X&& x, Y&& y) {
  using P = typename trees::agreed<void, std::remove_cvref_t<X>, std::remove_cvref_t<Y>>::type;
  auto build = [](auto... operand) {
    return node<Op, decltype(operand)...>(Op{}, std::move(operand)...);
  };
  return build(trees::as_operand<void>("where", std::forward<C>(condition)),
               trees::as_operand<P>("where", std::forward<X>(x)),
               trees::as_operand<P>("where", std::forward<Y>(y)));
}

}  // namespace weft
