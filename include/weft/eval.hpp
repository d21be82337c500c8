// weft/eval.hpp: assignment. Bind the tree to slots, plan, run its kernel; one loop for all.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string>
#include <utility>

#include "weft/cpu/loop.hpp"
#include "weft/functions.hpp"
#include "weft/plan.hpp"
#include "weft/tensor.hpp"

namespace weft {

/// One output of eval(): a target and the tree that goes there.
template <class T, class E>
struct assignment {
  view<T> target;
  E tree;
};

/// For eval(assign(y1, e1), assign(y2, e2)): writes e to the existing elements of y, a tensor or a
/// view. Throws shape_error when e does not broadcast to y's shape.
template <class Y, class E>
  requires(Expr<Y> && Operands<E>)
auto assign(Y&& y, E&& e) {
  auto tree = trees::as_tree(std::forward<E>(e));
  auto target = y.as_view();
  using T = std::remove_pointer_t<decltype(target.elements())>;
  static_assert(!std::is_const_v<T>, "weft::assign(y, e): y is a view<const T>, which only reads");
  static_assert(is_complex_v<T> || !is_complex_v<typename decltype(tree)::value_type>,
                "weft: a complex expression does not fit a real target; take real(e) or abs(e)");
  return assignment<T, decltype(tree)>{std::move(target), std::move(tree)};
}

namespace evaluation {
void check_fits(const shape& target, const shape& e, bool same_as_first, device to, device from);

/// Binds assignments into a job and calls use(job).
template <class Use, class... T, class... E>
auto with_job(Use use, const assignment<T, E>&... a) {
  constexpr int outputs = int(sizeof...(T)), count = (outputs + ... + E::slot_count);
  const shape& first = std::get<0>(std::tie(a.target...)).shape();
  (check_fits(a.target.shape(), a.tree.shape(), a.target.shape() == first, a.target.device(),
              a.tree.operand_device()),
   ...);
  std::array<slot, std::size_t(count)> slots;
  binder b{slots.data()};
  (a.target.bind(b), ...);
  (a.tree.bind(b), ...);
  stage stages[1];
  stages[0].kernel = &kernel::loop<count, kernel::out<T, typename E::kernel_form>...>;
  stages[0].count = count;
  job j{slots, stages, outputs, 4 * count};
  return use(j);
}
}  // namespace evaluation

/// Evaluates several trees of one shape in one loop; each element is read before any is written.
/// Throws shape_error, device_error, memory_error; then no target has changed, unless a callable
/// given to map() threw while it ran.
template <class... T, class... E>
void eval(const assignment<T, E>&... a) {
  evaluation::with_job([](job& j) { execute(j); }, a...);
}

/// The elements of e in a new tensor.
template <class E>
  requires Operands<E>
auto eval(E&& e) {
  auto tree = trees::as_tree(std::forward<E>(e));
  using T = typename decltype(tree)::value_type;
  tensor<T> result(tree.shape());
  eval(assign(result, std::move(tree)));
  return result;
}

/// The elements of x in new contiguous row-major memory.
template <class X>
  requires Operands<X>
auto copy(X&& x) {
  return eval(std::forward<X>(x));
}

/// What evaluating e does and why: its expression, shape, loops, how each operand is reached,
/// threads, bytes moved, temporaries.
template <class E>
  requires Operands<E>
std::string explain(E&& e) {
  auto tree = trees::as_tree(std::forward<E>(e));
  using T = typename decltype(tree)::value_type;
  tensor<T> target(tree.shape());
  return evaluation::with_job([](job& j) { return describe(j, make_plan(j)); },
                              assign(target, std::move(tree)));
}

template <class T>
view<T>& view<T>::operator=(const view& elements) {
  eval(assign(*this, elements));
  return *this;
}

template <class T>
template <class E>
  requires Operand<E>
view<T>& view<T>::operator=(const E& e) {
  if constexpr (Scalar<E>)
    eval(assign(*this, constant<value_type>(static_cast<compute_t<value_type>>(e))));
  else
    eval(assign(*this, e));
  return *this;
}

template <class T>
template <class E>
  requires(Operand<E> && !Scalar<E>)
tensor<T>::tensor(const E& e) : tensor(trees::as_tree(e).shape()) {
  eval(assign(data_, e));
}

template <class T>
tensor<T>::tensor(const tensor& other) : tensor(other.shape()) {
  eval(assign(data_, other));
}

template <class T>
tensor<T>& tensor<T>::operator=(const tensor& other) {
  if (this == &other) return *this;
  return *this = other.as_view();
}

template <class T>
template <class E>
  requires(Operand<E> && !Scalar<E>)
tensor<T>& tensor<T>::operator=(const E& e) {
  auto tree = trees::as_tree(e);
  if (tree.shape() == shape()) {
    eval(assign(data_, std::move(tree)));
  } else {
    tensor fresh(tree.shape());
    eval(assign(fresh, std::move(tree)));
    *this = std::move(fresh);
  }
  return *this;
}

template <class T>
void tensor<T>::fill(T value) {
  data_ = value;
}

/// In place: y += e is y = y + e in y's own elements and type.
template <class Y, class E>
  requires(Expr<Y> && Operand<E>)
Y&& operator+=(Y&& y, E&& e) {
  eval(assign(y, y + std::forward<E>(e)));
  return std::forward<Y>(y);
}
template <class Y, class E>
  requires(Expr<Y> && Operand<E>)
Y&& operator-=(Y&& y, E&& e) {
  eval(assign(y, y - std::forward<E>(e)));
  return std::forward<Y>(y);
}
template <class Y, class E>
  requires(Expr<Y> && Operand<E>)
Y&& operator*=(Y&& y, E&& e) {
  eval(assign(y, y * std::forward<E>(e)));
  return std::forward<Y>(y);
}
template <class Y, class E>
  requires(Expr<Y> && Operand<E>)
Y&& operator/=(Y&& y, E&& e) {
  eval(assign(y, y / std::forward<E>(e)));
  return std::forward<Y>(y);
}

}  // namespace weft
