// weft/expr.hpp: the typed tree. A node holds its operands by value, and each leaf holds its
// buffer, so a tree is valid wherever it is returned to. Shapes and devices are checked here,
// where the tree is built.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/adapt.hpp"
#include "weft/agreement.hpp"
#include "weft/binder.hpp"
#include "weft/buffer.hpp"
#include "weft/cuda_function.hpp"
#include "weft/device.hpp"
#include "weft/form.hpp"
#include "weft/index.hpp"
#include "weft/job.hpp"

namespace weft {

/// The base of everything that can be evaluated: tensors, views, generators and nodes.
struct expression {};

template <class E>
concept Expr = std::derived_from<std::remove_cvref_t<E>, expression>;

/// What an operator or function takes: an expression, a scalar, or an adapted container.
template <class E>
concept Operand = Expr<E> || Scalar<E> || Adapted<E>;

/// How the leaves of a tree move when the tree is rearranged: each is broadcast to the tree's
/// shape, then gets the placement that the rearranged tree has.
struct rearrangement {
  /// change(placement) gives the new one; it must outlive this.
  template <class F>
  rearrangement(const weft::shape& s, const F& change)
      : whole(s),
        state(&change),
        call([](const void* f, const placement& p) { return (*static_cast<const F*>(f))(p); }) {}

  weft::shape whole;
  const void* state;
  placement (*call)(const void* state, const placement&);
  // Shared sub-expressions that have been rearranged already, so that they stay shared.
  std::vector<std::pair<const void*, std::shared_ptr<const void>>> shared;

  placement operator()(const placement& p) const;
};

/// What nodes and generators have in common with tensors: sizes and slices. A slice of a tree is
/// the tree of slices of its leaves; nothing is computed.
template <class Derived>
class lazy : public expression, public evaluates_into_containers<Derived> {
 public:
  int ndim() const { return self().shape().ndim(); }
  index_t size() const { return self().shape().product(); }
  /// The value of a tree with one element, evaluated now, such as `sum(x).item()`. Throws
  /// shape_error for any other, and as eval() does. Defined in eval.hpp.
  auto item() const;
  /// As tensor's: `(a * b)(range(1, -1), all)`. Throws index_error.
  template <Index... I>
  auto operator()(const I&... items) const {
    const index::item list[] = {index::item(items)..., index::item(ellipsis)};
    const auto slice = [&](const placement& p) { return index::slice(p, {list, sizeof...(I)}); };
    rearrangement r(self().shape(), slice);
    return self().rearranged(r);
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
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
  const compute_t<T>& number() const { return value_; }
  const constant& rearranged(rearrangement&) const { return *this; }

 private:
  compute_t<T> value_;
};

namespace trees {
/// The leaves of a tree of type E: one, unless it is a node.
template <class E>
inline constexpr std::array<leaf_kind, 1> leaves_of{
    {{leaf_kind::is::other, dtype::boolean,
      [](const void* leaf, binder& b) { static_cast<const E*>(leaf)->bind(b); }}}};
template <class T>
inline constexpr std::array<leaf_kind, 1> leaves_of<constant<T>>{
    {{leaf_kind::is::value, dtype_of<compute_t<T>>}}};

/// Whether operands of a tree may stand at any pace in memory, or be counted: views and generators.
/// Those of others stand side by side or repeat, where they are not packed, and need less code.
template <class E>
inline constexpr bool has_paces = true;
template <class T>
inline constexpr bool has_paces<constant<T>> = false;

/// Points to them.
template <class E>
void point_to(const E& tree, const void**& next) {
  using is = leaf_kind::is;
  constexpr is what = leaves_of<E>[0].what;
  if constexpr (requires { tree.point_to_leaves(next); })
    tree.point_to_leaves(next);
  else if constexpr (what == is::tensor)
    *next++ = &tree.memory();
  else if constexpr (what == is::view)
    *next++ = &tree.untyped();
  else if constexpr (what == is::value)
    *next++ = &tree.number();
  else
    *next++ = &tree;
}

/// Whether all operands of a tree are known to be row-major and of its shape.
template <class E>
bool is_plain(const E& tree) {
  if constexpr (requires { tree.agreed(); })
    return tree.agreed().plain();
  else if constexpr (requires { tree.memory(); })
    return tree.memory().row_major();
  else
    return false;
}

/// Writes them down.
template <class E>
void bind(const E& tree, binder& b) {
  const void* leaves[E::slot_count];
  const void** next = leaves;
  point_to(tree, next);
  b.leaves(leaves_of<E>, leaves);
}
}  // namespace trees

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

template <class Op, class... E>
class branch;
template <class Op, class... E>
class node;

/// The operands of a node, each made where it stays.
template <class... E>
struct operand_list {};
template <class E, class... Rest>
struct operand_list<E, Rest...> {
  E first;
  [[no_unique_address]] operand_list<Rest...> rest;
};

namespace nodes {
inline operand_list<> from() { return {}; }
/// Of what the functions `make`, `rest`... return.
template <class Make, class... Rest>
auto from(const Make& make, const Rest&... rest) {
  return operand_list<decltype(make()), decltype(rest())...>{make(), from(rest...)};
}
template <class F>
void for_each(const operand_list<>&, const F&) {}
template <class E, class... Rest, class F>
void for_each(const operand_list<E, Rest...>& list, const F& f) {
  f(list.first);
  for_each(list.rest, f);
}
/// f(operand, its companion) for each.
template <class F>
void for_each_with(const operand_list<>&, const F&) {}
template <class E, class... Rest, class F, class With, class... More>
void for_each_with(const operand_list<E, Rest...>& list, const F& f, const With& with,
                   const More&... more) {
  f(list.first, with);
  for_each_with(list.rest, f, more...);
}
/// f(operands...).
template <class F, class... Before>
decltype(auto) apply(const operand_list<>&, const F& f, const Before&... before) {
  return f(before...);
}
template <class E, class... Rest, class F, class... Before>
decltype(auto) apply(const operand_list<E, Rest...>& list, const F& f, const Before&... before) {
  return apply(list.rest, f, before..., list.first);
}

template <class Op, class... E>
void join_operands(agreement& agreed, const branch<Op, E...>& x);

/// What `agreed` says of the operands so far, and of x beside them.
template <class X>
void join(agreement& agreed, const char* function, const X& x) {
  if constexpr (requires { x.operands(); }) {
    agreement within;
    join_operands(within, x);
    agreed.join(function, within);
  } else if constexpr (requires { x.memory(); }) {
    agreed.join(function, x.memory());
  } else if constexpr (requires { x.untyped(); }) {
    agreed.join(function, x.untyped());
  } else if constexpr (trees::leaves_of<X>[0].what != leaf_kind::is::value) {
    agreed.join(function, x.shape(), x.operand_device());
  }
}
/// A callable without CUDA text takes elements on the host alone.
template <class Op>
void check_device(const Op& o, const agreement& agreed) {
  if constexpr (requires { o.function; })
    if (!trees::text_of(o.function)) devices::require_host(Op::name.data(), agreed.device());
}
template <class Op, class... E>
void join_operands(agreement& agreed, const branch<Op, E...>& x) {
  for_each(x.operands(), [&](const auto& e) { join(agreed, Op::name.data(), e); });
  check_device(x.op(), agreed);
}
template <class Op, class... E>
node<Op, E...> whole(branch<Op, E...> x) {
  return node<Op, E...>(std::move(x));
}
}  // namespace nodes

/// An operation on its operands, as it stands within a tree: leaves and branches.
template <class Op, class... E>
class branch {
  using traits = node_traits<Op, typename E::value_type...>;

 public:
  using value_type = typename traits::value_type;
  static constexpr int slot_count = (traits::own_slots + ... + E::slot_count);
  using kernel_form = typename traits::template form<typename E::kernel_form...>;

  /// Of the operands that the functions `make`... return.
  template <class... Make>
    requires(sizeof...(Make) == sizeof...(E))
  explicit branch(Op o, const Make&... make) : op_(std::move(o)), operands_(nodes::from(make...)) {}

  const Op& op() const { return op_; }
  const operand_list<E...>& operands() const { return operands_; }
  void point_to_leaves(const void**& next) const {
    if constexpr (traits::own_slots == 1) *next++ = &op_;
    nodes::for_each(operands_, [&next](const auto& x) { trees::point_to(x, next); });
  }
  auto rearranged(rearrangement& r) const {
    return nodes::apply(operands_, [&](const auto&... x) {
      return branch<Op, std::remove_cvref_t<decltype(x.rearranged(r))>...>(
          op_,
          [&]() -> std::remove_cvref_t<decltype(x.rearranged(r))> { return x.rearranged(r); }...);
    });
  }

 private:
  [[no_unique_address]] Op op_;
  operand_list<E...> operands_;
};

/// An operation on its operands: a branch by itself. Its shape is their broadcast shape.
template <class Op, class... E>
class node : public lazy<node<Op, E...>> {
 public:
  using inside = branch<Op, E...>;
  using value_type = typename inside::value_type;
  static constexpr int slot_count = inside::slot_count;
  using kernel_form = typename inside::kernel_form;

  /// Of the operands that the functions `make`... return; one that was a node says what its
  /// operands agree on by make.agreed(). Throws shape_error when the operands do not broadcast,
  /// device_error when they are on different devices, or those of a callable without CUDA text are
  /// not on the host.
  template <class... Make>
    requires(sizeof...(Make) == sizeof...(E))
  explicit node(Op o, const Make&... make) : inside_(std::move(o), make...) {
    nodes::for_each_with(
        inside_.operands(),
        [&](const auto& x, const auto& made) {
          if constexpr (requires { made.agreed(); })
            agreed_.join(Op::name.data(), made.agreed());
          else
            nodes::join(agreed_, Op::name.data(), x);
        },
        make...);
    nodes::check_device(inside_.op(), agreed_);
  }
  /// Of a branch whose operands have met nobody yet. Throws as the other.
  explicit node(inside x) : inside_(std::move(x)) { nodes::join_operands(agreed_, inside_); }

  const weft::shape& shape() const { return agreed_.shape(); }
  device operand_device() const { return agreed_.device(); }
  const agreement& agreed() const { return agreed_; }

  const inside& tree() const { return inside_; }
  inside within() const& { return inside_; }
  inside within() && { return std::move(inside_); }
  void point_to_leaves(const void**& next) const { inside_.point_to_leaves(next); }
  auto rearranged(rearrangement& r) const { return nodes::whole(inside_.rearranged(r)); }

 private:
  inside inside_;
  agreement agreed_;
};

namespace trees {
template <class Op, class... E>
inline constexpr bool has_paces<branch<Op, E...>> = (has_paces<E> || ...);
template <class Op, class... E>
inline constexpr bool has_paces<node<Op, E...>> = has_paces<branch<Op, E...>>;
template <class Op, class... E>
inline constexpr auto leaves_of<node<Op, E...>> = leaves_of<branch<Op, E...>>;
template <class Op, class... E>
inline constexpr auto leaves_of<branch<Op, E...>> = kernel::joined(leaves_of<E>...);
template <class F, class... E>
inline constexpr auto leaves_of<branch<called<F>, E...>> = kernel::joined(
    std::array<leaf_kind, 1>{{{leaf_kind::is::other, dtype::uint8,
                               [](const void* op, binder& b) {
                                 const F& f = static_cast<const called<F>*>(op)->function;
                                 b.value(dtype::uint8, op, "f", text_of(f));
                               }}}},
    leaves_of<E>...);
}  // namespace trees

}  // namespace weft
