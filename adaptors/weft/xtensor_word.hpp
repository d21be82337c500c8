// weft/xtensor_word.hpp: the one word that hands an xtensor expression to weft:
//
//     weft::noalias(y) = a * b + xt::sin(c);               // for xt::noalias(y) = ...
//     weft::eval(weft::assign(y, a * b + xt::sin(c)));      // into y's existing elements
//     auto z = weft::eval(a * b + xt::sin(c));              // an xt::xarray or xt::xtensor
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "weft/eval.hpp"
#include "weft/xtensor_out.hpp"
#include "weft/xtensor_tree.hpp"

namespace weft {

namespace xtensors {
/// The container that xtensor would evaluate E into: of fixed rank where E's is.
template <class E, class S = typename E::shape_type>
struct container {
  static constexpr auto layout = E::static_layout == xt::layout_type::column_major
                                     ? xt::layout_type::column_major
                                     : XTENSOR_DEFAULT_LAYOUT;
  using type = xt::xarray<typename E::value_type, layout>;
};
template <class E, class N, std::size_t Rank>
struct container<E, std::array<N, Rank>> {
  using type = xt::xtensor<typename E::value_type, Rank, container<E, std::true_type>::layout>;
};

/// What noalias(y) returns.
template <class Y>
class target {
 public:
  explicit target(Y& y) : y_(y) {}

  template <class E>
    requires Operands<E>
  Y& operator=(const E& e) {
    const auto& tree = trees::as_evaluated(e);
    if constexpr (Resizable<Y>) {
      if (shape(y_.shape()) != tree.shape()) return y_ = evaluated<Y>(tree);
    }
    evaluation::into(view_of(y_), tree);
    return y_;
  }
  template <Scalar T>
  Y& operator=(T value) {
    view_of(y_) = value;
    return y_;
  }
  template <Operand E>
  Y& operator+=(const E& e) {
    return view_of(y_) += e, y_;
  }
  template <Operand E>
  Y& operator-=(const E& e) {
    return view_of(y_) -= e, y_;
  }
  template <Operand E>
  Y& operator*=(const E& e) {
    return view_of(y_) *= e, y_;
  }
  template <Operand E>
  Y& operator/=(const E& e) {
    return view_of(y_) /= e, y_;
  }

 private:
  Y& y_;
};

/// What noalias(y) returns for a view by index lists, or a dynamic one.
template <class Y>
class placed_target {
  using element = element_t<typename Y::value_type>;

 public:
  explicit placed_target(Y& y) : y_(y), places_(y) {}

  template <Operand E>
  Y& operator=(const E& e) {
    if constexpr (Scalar<E>) {
      return *this = constant<element>(static_cast<compute_t<element>>(e));
    } else {
      const auto st = places_.strides();
      if (st && !repeats(*st)) {
        weft::eval(
            weft::assign(view<typename Y::value_type>(places_.first, places_.shape, *st), e));
      } else {
        tensor<element> values(places_.shape);
        weft::eval(weft::assign(values, e));
        places_.scatter(values.elements());
      }
      return y_;
    }
  }
  template <Operand E>
  Y& operator+=(const E& e) {
    return *this = trees::as_tree(std::as_const(y_)) + e;
  }
  template <Operand E>
  Y& operator-=(const E& e) {
    return *this = trees::as_tree(std::as_const(y_)) - e;
  }
  template <Operand E>
  Y& operator*=(const E& e) {
    return *this = trees::as_tree(std::as_const(y_)) * e;
  }
  template <Operand E>
  Y& operator/=(const E& e) {
    return *this = trees::as_tree(std::as_const(y_)) / e;
  }

 private:
  bool repeats(const strides& st) const {
    for (std::size_t axis = 0; axis < st.size(); ++axis)
      if (st[axis] == 0 && places_.shape[axis] > 1) return true;
    return false;
  }

  Y& y_;
  places<typename Y::value_type> places_;
};
}  // namespace xtensors

/// `weft::noalias(y) = e` evaluates e, an expression of xtensor's or weft's, into y: a container is
/// resized to e's shape, as xtensor does; anything else keeps its shape, to which e broadcasts.
/// += -= *= /= keep y's shape. Overlap of y and e is exact all the same. Throws as assign() does.
template <class Y>
  requires XtensorBuffer<std::remove_reference_t<Y>>
auto noalias(Y&& y) {
  return xtensors::target<std::remove_reference_t<Y>>(y);
}

/// The same for a dynamic view and for one by index lists (xt::keep, xt::drop), whose elements are
/// computed in a temporary, unless they are in equal steps, and then written to their places one
/// after another.
template <class Y>
  requires(xtensors::has_places<std::remove_cvref_t<Y>> &&
           !XtensorBuffer<std::remove_reference_t<Y>>)
auto noalias(Y&& y) {
  return xtensors::placed_target<std::remove_reference_t<Y>>(y);
}

/// `y += e` for a container or a view y of xtensor's and a tree e of weft's, in y's own elements,
/// to which e broadcasts. Throws as assign() does.
template <class Y, Expr E>
  requires XtensorBuffer<std::remove_reference_t<Y>>
Y&& operator+=(Y&& y, E&& e) {
  return weft::noalias(y) += e, std::forward<Y>(y);
}
template <class Y, Expr E>
  requires XtensorBuffer<std::remove_reference_t<Y>>
Y&& operator-=(Y&& y, E&& e) {
  return weft::noalias(y) -= e, std::forward<Y>(y);
}
template <class Y, Expr E>
  requires XtensorBuffer<std::remove_reference_t<Y>>
Y&& operator*=(Y&& y, E&& e) {
  return weft::noalias(y) *= e, std::forward<Y>(y);
}
template <class Y, Expr E>
  requires XtensorBuffer<std::remove_reference_t<Y>>
Y&& operator/=(Y&& y, E&& e) {
  return weft::noalias(y) /= e, std::forward<Y>(y);
}

/// The elements of an xtensor expression in a new container of xtensor's, of its rank where that is
/// fixed: xt::eval by weft. Throws as eval() does.
template <class E>
  requires(Operands<E>) && XtensorExpression<E>
auto eval(const E& e) {
  return xtensors::evaluated<typename xtensors::container<E>::type>(trees::as_tree(e));
}

}  // namespace weft
