// weft/xtensor_tree.hpp: xtensor's unevaluated expressions as weft trees. Buffers become leaves
// where they are, functors the rows of the op table (xtensor_ops.def), and a functor that is not in
// the table is called element by element inside the same loop. Element types are xtensor's.
//
//     weft::tensor<float> y = weft::sin(a + b);      // xt::xarray<float> a, b
//     auto tree = weft::from(xt::exp(-a) * 2);       // may be sliced, printed, explained
//
// Evaluated first, into a temporary: views by index lists (xt::keep, xt::drop, index and masked
// views), strided views of expressions, and generators other than arange, linspace and eye
// (xt::concatenate, xt::stack, xt::random). Refused: reducers of other functors
// than sum, prod, amax and amin (mean and variance are made of these), and those inside such a
// part. As with containers, what the expression names is borrowed, what it holds moves along.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <concepts>
#include <memory>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/generate.hpp"
#include "weft/held.hpp"
#include "weft/rearrange.hpp"
#include "weft/reduce.hpp"
#include "weft/share.hpp"
#include "weft/xtensor_buffer.hpp"
#include "weft/xtensor_include.hpp"
#include "weft/xtensor_places.hpp"

namespace weft {

/// An expression of xtensor's without elements in memory.
template <class E>
concept XtensorExpression = !XtensorBuffer<E> && requires {
  requires std::derived_from<E, xt::xexpression<E>>;
} && std::same_as<typename E::expression_tag, xt::xtensor_expression_tag>;

namespace xtensors {

/// The row that computes what xtensor's functor F does; void when there is none.
template <class F>
struct row : std::type_identity<void> {};
#define XTENSOR_OP(FUNCTOR, ROW) \
  template <>                    \
  struct row<xt::FUNCTOR> : std::type_identity<op::ROW> {};
#include "weft/xtensor_ops.def"
#undef XTENSOR_OP

/// Whether F is the unnamed functor of xt::square, another one for each type of argument.
template <class F, class X>
inline constexpr bool is_square_of =
    std::same_as<F, typename decltype(xt::square(std::declval<X>()))::functor_type>;
template <class F, class CT, class X = std::remove_cvref_t<CT>>
inline constexpr bool is_square =
    is_square_of<F, X&> || is_square_of<F, const X&> || is_square_of<F, X>;

/// The row for F with its arguments' closure types.
template <class F, class... CT>
struct row_for : row<F> {};
template <class F, class CT>
  requires(std::is_void_v<typename row<F>::type> && is_square<F, CT>)
struct row_for<F, CT> : std::type_identity<op::square> {};

/// What xtensor's functor F casts to; void when it is no cast.
template <class F>
struct cast_target : std::type_identity<void> {};
template <class F>
  requires std::same_as<F, typename xt::detail::cast<typename F::result_type>::functor>
struct cast_target<F> : std::type_identity<element_t<typename F::result_type>> {};

/// A functor without a row, with xtensor's element type.
template <class R, class F>
struct call {
  F f;
  template <class... X>
    requires std::invocable<const F&, const X&...>
  R operator()(const X&... x) const {
    return static_cast<R>(f(x...));
  }
};

/// The reduction of weft's that folds with xtensor's functor F; void when there is none.
template <class F>
struct fold : std::type_identity<void> {};
template <>
struct fold<xt::detail::plus> : std::type_identity<reductions::sum> {};
template <>
struct fold<xt::detail::multiplies> : std::type_identity<reductions::prod> {};
template <>
struct fold<xt::math::minimum<void>> : std::type_identity<reductions::min> {};
template <>
struct fold<xt::math::maximum<void>> : std::type_identity<reductions::max> {};

template <class E>
inline constexpr bool is_reducer = false;
template <class F, class CT, class X, class O>
inline constexpr bool is_reducer<xt::xreducer<F, CT, X, O>> = true;
/// Whether a reducer is anywhere in E.
template <class E>
inline constexpr bool reduces = is_reducer<E>;
template <template <class...> class E, class... Part>
inline constexpr bool reduces<E<Part...>> =
    is_reducer<E<Part...>> || (reduces<std::remove_cvref_t<Part>> || ...);

template <class S>
inline constexpr bool is_newaxis = false;
template <class T>
inline constexpr bool is_newaxis<xt::xnewaxis<T>> = true;

/// Takes the next axis of `from` to `to` as an xt::view does.
template <class S>
void slice(const placement& from, std::size_t& axis, placement& to, const S& s) {
  if constexpr (is_newaxis<S>) {
    to.shape.push_back(1);
    to.strides.push_back(0);
  } else if constexpr (std::integral<S>) {
    const auto i = index_t(s);
    to.offset += (i < 0 ? i + from.shape[axis] : i) * from.strides[axis];
    ++axis;
  } else {
    to.shape.push_back(index_t(s.size()));
    to.strides.push_back(index_t(s.step_size()) * from.strides[axis]);
    if (s.size() > 0) to.offset += index_t(s(0)) * from.strides[axis];
    ++axis;
  }
}

template <class E>
inline constexpr bool is_scalar = false;
template <class CT>
inline constexpr bool is_scalar<xt::xscalar<CT>> = true;

/// Whether a closure type refers to a named expression: `auto d = a - b;` used in another.
template <class CT>
inline constexpr bool is_named = false;
template <class F, class... CT>
inline constexpr bool is_named<const xt::xfunction<F, CT...>&> = true;
/// How often E has a part with the closure type Named.
template <class Named, class E>
inline constexpr int uses = 0;
template <class Named, class... CT>
inline constexpr int uses_in =
    (0 + ... + (std::same_as<CT, Named> ? 1 : uses<Named, std::remove_cvref_t<CT>>));
template <class Named, class F, class... CT>
inline constexpr int uses<Named, xt::xfunction<F, CT...>> = uses_in<Named, CT...>;
template <class Named, class CT, class X>
inline constexpr int uses<Named, xt::xbroadcast<CT, X>> = uses_in<Named, CT>;
template <class Named, class CT, class... S>
inline constexpr int uses<Named, xt::xview<CT, S...>> = uses_in<Named, CT>;

/// Makes the tree of an expression of type Root. What the expression itself holds is held by
/// `owner`. A named expression that is used several times becomes a shared sub-tree.
template <class Root>
struct reader {
  buffer owner;
  // The trees of named expressions, by their addresses and the places of their types' marks.
  std::vector<std::tuple<const void*, const void*, std::shared_ptr<const void>>> named = {};

  template <class E>
  auto operator()(const E& e) {
    using T = typename E::value_type;
    static_assert(Element<T>,
                  "weft::from(e): e has elements that weft has no dtype for; it takes bool, "
                  "integers, float, double and complex of these");
    if constexpr (!Element<T>) {
      return constant<double>(0);  // the assertion is the one line to read
    } else if constexpr (XtensorBuffer<const E>) {
      if (!e.data()) check_empty(shape(e.shape()));
      return view<const T>(
          e.data() + e.data_offset(),
          [&e] { return placement{shape(e.shape()), strides(e.strides())}; }, cpu, owner);
    } else if constexpr (has_places<E>) {
      return trees::as_tree(elements_of(e, owner));
    } else {
      return read(e);
    }
  }

 private:
  template <class Tree>
  static constexpr char mark = 0;

  template <class CT>
  auto operand(const std::remove_cvref_t<CT>& e) {
    if constexpr (is_named<CT> && uses<CT, Root> > 1) {
      using Tree = decltype((*this)(e));
      for (const auto& [at, type, tree] : named)
        if (at == &e && type == &mark<Tree>)
          return shared<Tree>(std::static_pointer_cast<const Tree>(tree));
      auto tree = std::make_shared<const Tree>((*this)(e));
      named.emplace_back(&e, &mark<Tree>, tree);
      return shared<Tree>(std::move(tree));
    } else {
      return (*this)(e);
    }
  }

  template <class CT>
  auto read(const xt::xscalar<CT>& e) const {
    using T = element_t<typename xt::xscalar<CT>::value_type>;
    return constant<T>(static_cast<compute_t<T>>(e()));
  }
  template <class F, class... CT>
  auto read(const xt::xfunction<F, CT...>& e) {
    using R = element_t<typename xt::xfunction<F, CT...>::value_type>;
    using Row = typename row_for<F, CT...>::type;
    return std::apply(
        [&](const auto&... x) {
          return apply<R, Row>(e.functor(), [&] { return operand<CT>(x); }...);
        },
        e.arguments());
  }
  // Which axes a reducer reduces it does not tell, so it is asked to reduce another expression,
  // with the extents 2, 3, 4 ...: those that are missing in the shape of that.
  template <class F, class CT, class X, class O>
  static std::pair<dims, keepdims_t> axes_of(const xt::xreducer<F, CT, X, O>& e) {
    using T = typename std::remove_cvref_t<CT>::value_type;
    std::vector<std::size_t> extents(e.expression().dimension());
    std::iota(extents.begin(), extents.end(), std::size_t(2));
    const auto probe = e.build_reducer(xt::zeros<T>(extents));
    dims axes;
    for (const std::size_t n : extents)
      if (std::find(probe.shape().begin(), probe.shape().end(), n) == probe.shape().end())
        axes.push_back(index_t(n) - 2);
    return {axes, probe.dimension() == extents.size() ? keepdims : dropdims};
  }
  template <class F, class CT, class X, class O>
  auto read(const xt::xreducer<F, CT, X, O>& e) {
    using Reducer = xt::xreducer<F, CT, X, O>;
    using R = element_t<typename Reducer::value_type>;
    using Fold = typename fold<typename Reducer::reduce_functor_type>::type;
    constexpr bool known = !std::is_void_v<Fold> && !O::has_initial_value;
    static_assert(known,
                  "weft::from(e): e has a reducer of xtensor's that weft has no reduction for, or "
                  "one with an initial value; xt::eval that part");
    if constexpr (!known) {
      return constant<double>(0);
    } else {
      const auto [axes, keep] = axes_of(e);
      return as<R>([&] {
        return reductions::make(Fold{}, as<R>([&] { return operand<CT>(e.expression()); }), axes,
                                keep);
      });
    }
  }
  template <class CT, class X>
  auto read(const xt::xbroadcast<CT, X>& e) {
    if constexpr (is_scalar<std::remove_cvref_t<CT>>)
      return full(shape(e.shape()),
                  element_t<typename xt::xbroadcast<CT, X>::value_type>(e.expression()()));
    else
      return broadcast_to(operand<CT>(e.expression()), shape(e.shape()));
  }
  template <class CT, class... S>
  auto read(const xt::xview<CT, S...>& e) {
    if constexpr ((is_stepped<std::remove_cvref_t<S>> && ...)) {
      const auto change = [&](const placement& from) {
        placement to{{}, {}, from.offset};
        std::size_t axis = 0;
        std::apply([&](const auto&... s) { (slice(from, axis, to, s), ...); }, e.slices());
        for (; axis < from.shape.size(); ++axis) {
          to.shape.push_back(from.shape[axis]);
          to.strides.push_back(from.strides[axis]);
        }
        return to;
      };
      return placed::by(operand<CT>(e.expression()), change);
    } else {
      return evaluated_first(e);
    }
  }
  template <class... G, class R, class S>
  auto read(const xt::xgenerator<xt::detail::arange_generator<G...>, R, S>& e) const {
    return from_index(shape(e.shape()), [f = e.functor()](index_t i) { return R(f(i)); });
  }
  template <class T, class R, class S>
  auto read(const xt::xgenerator<xt::detail::fn_impl<xt::detail::eye_fn<T>>, R, S>& e) const {
    const shape s(e.shape());
    return from_index(s, [f = e.functor(), columns = s.back()](index_t i) {
      return R(f(i / columns, i % columns));
    });
  }
  template <class E>
  auto read(const E& e) const {
    return evaluated_first(e);
  }

  template <class E>
  static auto evaluated_first(const E& e) {
    static_assert(!reduces<E>,
                  "weft::from(e): e has one of xtensor's reducers in it; xt::eval that part");
    using T = typename E::value_type;
    if constexpr (reduces<E>)
      return constant<double>(0);
    else
      return view_of(xt::xarray<T>(e));
  }

  // In what follows operands are functions that return them.
  template <class Op, class... Make>
  static auto node_at(Op o, const Make&... make) {
    return trees::node_of<Op, void>(std::move(o), make()...);
  }
  template <class R, class Make>
  static auto as(const Make& make) {
    if constexpr (std::same_as<R, typename decltype(make())::value_type>)
      return make();
    else
      return node_at(cast_to<R>{}, make);
  }
  template <class R, class Row, class F, class... Make>
  static auto apply(const F& f, const Make&... make) {
    using To = typename cast_target<F>::type;
    if constexpr (!std::is_void_v<To>) {
      return node_at(cast_to<To>{}, make...);
    } else if constexpr (std::is_void_v<Row>) {
      return node_at(called<call<R, F>>{{f}}, make...);
    } else if constexpr (!op::accepts<Row, typename decltype(make())::value_type...>) {
      return node_at(called<call<R, F>>{{f}}, make...);
    } else if constexpr (std::same_as<
                             R, op::result_t<Row, typename decltype(make())::value_type...>>) {
      return node_at(Row{}, make...);
    } else if constexpr (std::same_as<Row, op::where>) {
      return where_of<R>(make...);
    } else {
      // xtensor's type is wider: it computes in that, so must weft.
      return as<R>([&] {
        if constexpr ((is_complex_v<typename decltype(make())::value_type> || ...))
          return node_at(Row{}, make...);
        else
          return node_at(Row{}, [&] { return as<R>(make); }...);
      });
    }
  }
  template <class R, class C, class X, class Y>
  static auto where_of(const C& c, const X& x, const Y& y) {
    return node_at(op::where{}, c, [&] { return as<R>(x); }, [&] { return as<R>(y); });
  }
};

}  // namespace xtensors

/// An xtensor expression is an operand: xtensors::reader says what becomes of its parts.
template <class E>
  requires XtensorExpression<E>
struct adaptor<E> {
  template <class X>
  static auto tree_of(X&& x) {
    return held(std::forward<X>(x), [](const auto& e, buffer owner) {
      return xtensors::reader<E>{std::move(owner)}(e);
    });
  }
};

/// The weft tree of an xtensor expression or container: same shape, element type and values.
/// Throws bad_alloc.
template <class X>
  requires Adapted<X>
auto from(X&& x) {
  return trees::as_tree(std::forward<X>(x));
}

}  // namespace weft
