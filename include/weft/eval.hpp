// weft/eval.hpp: assignment. Bind the tree to slots, plan, run its kernel; one loop for all.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "weft/cpu/loop.hpp"
#include "weft/functions.hpp"
#include "weft/job.hpp"
#include "weft/repeated.hpp"
#include "weft/tensor.hpp"

namespace weft {

namespace evaluation {
/// Refuses at compile time targets of elements T that only read, and to lose imaginary parts.
template <class T, class E>
constexpr void check_target() {
  static_assert(!std::is_const_v<T>, "weft::assign(y, e): y is a view<const T>, which only reads");
  static_assert(is_complex_v<T> || !is_complex_v<typename E::value_type>,
                "weft: a complex expression does not fit a real target; take real(e) or abs(e)");
}
}  // namespace evaluation

/// One output of eval(): a target and the tree that goes there.
template <class T, class E>
struct assignment {
  view<T> target;
  E tree;
};

/// For eval(assign(y1, e1), assign(y2, e2)): writes e to the existing elements of y, a tensor, a
/// view or an adapted container. Throws shape_error when e does not broadcast to y's shape.
template <class Y, class E>
  requires(Operands<Y> && Operands<E>)
auto assign(Y&& y, E&& e) {
  if constexpr (!Expr<Y>) {
    return weft::assign(view_of(std::forward<Y>(y)), std::forward<E>(e));
  } else {
    auto tree = trees::as_tree(std::forward<E>(e));
    auto target = y.as_view();
    using T = std::remove_pointer_t<decltype(target.elements())>;
    evaluation::check_target<T, decltype(tree)>();
    return assignment<T, decltype(tree)>{std::move(target), std::move(tree)};
  }
}

namespace evaluation {
template <class A>
inline constexpr bool is_assignment = false;
template <class T, class E>
inline constexpr bool is_assignment<assignment<T, E>> = true;

void check_fits(const shape& target, const shape& e, bool same_as_first, device to, device from);
void check_together(device first, device other);
/// What jobs of trees of the same types have in common.
struct job_kind {
  stage main;
  std::span<const leaf_kind> leaves;  // of all trees
  int outputs;
  bool needs_bindings;  // one of the leaves binds itself
};

/// Trees without their types, as they point to their leaves. It refers to them, so it stays where
/// it is.
class bound_job {
 public:
  bound_job(const job_kind& kind, const void* const* leaves) : kind_(kind), leaves_(leaves) {}
  bound_job(const bound_job&) = delete;
  bound_job& operator=(const bound_job&) = delete;

  const job_kind& kind() const { return kind_; }
  const void* const* leaves() const { return leaves_; }

  // Of one output of this type, for a tree of shape s whose operands are on device `from`, and
  // plain where they are known to be row-major and of that shape.
  /// Evaluates into new memory in the operands' own order of elements.
  buffer to_new(dtype type, const shape& s, device from, bool plain) const;
  /// Evaluates into the elements of a target that has been checked.
  void into(const window& target, dtype type) const;
  void into(const buffer& target, dtype type) const { evaluate(target, type, false); }
  /// Evaluates into `target` where it has shape s, else into new memory that takes its place.
  void into_or_new(buffer& target, dtype type, const shape& s, device from, bool plain) const;

 private:
  // Whether the tree is a reduction, and nothing else, that was evaluated at once.
  bool reduce(const buffer& target, dtype type) const;
  void evaluate(const buffer& target, dtype type, bool plain) const;

  const job_kind& kind_;
  const void* const* leaves_;
};

/// The job of evaluating trees E... into elements of types T...
template <class Targets, class... E>
class bound;
template <class... T, class... E>
class bound<std::tuple<T...>, E...> : public bound_job {
  static constexpr int outputs = int(sizeof...(T)), operands = (0 + ... + E::slot_count),
                       count = outputs + operands;

 public:
  explicit bound(const E&... trees) : bound_job(kind, leaves_) {
    const void** next = leaves_;
    (trees::point_to(trees, next), ...);
  }

 private:
  static constexpr auto code =
      kernel::joined(kernel::program<kernel::out<T, typename E::kernel_form>>::code...);
  static constexpr auto kinds = kernel::joined(trees::leaves_of<E>...);

  static constexpr job_kind kind{
      .main = {.kernel = &kernel::loop<count, kernel::out<T, typename E::kernel_form>...>,
               .paced = kernel::paced<(trees::has_paces<E> || ...),
                                      kernel::out<T, typename E::kernel_form>...>,
               .program = code,
               .count = count,
               .cost = kernel::cost_of(code),
               .lanes = kernel::lanes<kernel::out<T, typename E::kernel_form>...>,
               .line = kernel::line_lanes<kernel::out<T, typename E::kernel_form>...>,
               .round = kernel::round_lanes<kernel::out<T, typename E::kernel_form>...>},
      .leaves = kinds,
      .outputs = outputs,
      .needs_bindings = need_bindings(kinds)};

  const void* leaves_[operands];
};

/// A bound job as bindings. It refers to its leaves and targets, and to itself.
class written_job {
 public:
  explicit written_job(const bound_job& b);
  /// The order of elements that suits a result of shape s: column-major when all operands of that
  /// shape are, else row-major.
  layout natural_layout(const shape& s) const;
  template <class... Target>
  void bind_targets(Target&... targets) {
    binder b(pool_);
    (targets.bind(b), ...);
  }
  template <class Target>
  void bind_target(const Target& target, dtype type) {
    binder(pool_).memory(type, target);
  }
  /// Once the targets have been bound.
  job get() { return pool_.get(kind_.main, kind_.outputs); }

 private:
  // Most trees have no more slots than this.
  static constexpr std::size_t few = 8;

  const job_kind& kind_;
  union {
    binding first_[few];  // all are written before they are read
  };
  binding_pool pool_;
};

/// use(job) for assignments that have been checked.
template <class Use, class... T, class... E>
auto with_job(Use use, const assignment<T, E>&... a) {
  const auto& first = std::get<0>(std::tie(a.target...));
  (check_fits(a.target.shape(), a.tree.shape(), a.target.shape() == first.shape(),
              a.target.device(), a.tree.operand_device()),
   ...);
  (check_together(first.device(), a.target.device()), ...);
  return repeated::with_stored(
      [&](const auto&... tree) {
        const bound<std::tuple<T...>, std::remove_cvref_t<decltype(tree)>...> b(tree...);
        written_job w(b);
        w.bind_targets(a.target...);
        return use(w.get());
      },
      a.tree...);
}

/// Writes `tree` to the elements of a tensor or a view, to whose shape it broadcasts.
template <class Target, class E>
void into(Target&& target, const E& tree) {
  using T = std::remove_pointer_t<decltype(target.elements())>;
  check_target<T, E>();
  check_fits(target.shape(), tree.shape(), true, target.device(), tree.operand_device());
  const auto write = [&target](const auto& e) {
    const bound<std::tuple<T>, std::remove_cvref_t<decltype(e)>> b(e);
    if constexpr (requires { target.untyped(); })
      b.into(target.untyped(), dtype_of<T>);
    else
      b.into(target.memory(), dtype_of<T>);
  };
  repeated::with_stored(write, tree);
}

/// The elements of `tree` as T in a new tensor, in the operands' own order of elements.
template <class T, class E>
tensor<T> evaluated(const E& tree) {
  check_target<T, E>();
  tensor<T> result;
  const auto write = [&result](const auto& e) {
    const bound<std::tuple<T>, std::remove_cvref_t<decltype(e)>> b(e);
    memory_of(result) = b.to_new(dtype_of<T>, e.shape(), e.operand_device(), trees::is_plain(e));
  };
  repeated::with_stored(write, tree);
  return result;
}

/// Either: to the elements of `target` where it has the tree's shape, else to those of a new
/// tensor, which replaces it. One instantiation for both.
template <class T, class E>
void into_or_new(tensor<T>& target, const E& tree) {
  check_target<T, E>();
  const auto write = [&target](const auto& e) {
    const bound<std::tuple<T>, std::remove_cvref_t<decltype(e)>> b(e);
    b.into_or_new(memory_of(target), dtype_of<T>, e.shape(), e.operand_device(),
                  trees::is_plain(e));
  };
  repeated::with_stored(write, tree);
}
}  // namespace evaluation

/// Evaluates several trees of one shape in one loop; each element is read before any is written.
/// Throws shape_error, device_error, memory_error; then no target has changed, unless a callable
/// given to map() threw while it ran.
template <class... T, class... E>
void eval(const assignment<T, E>&... a) {
  evaluation::with_job([](const job& j) { execute(j); }, a...);
}

/// The elements of e in a new tensor: row-major, or column-major when e's operands are.
template <class E>
  requires Operands<E>
auto eval(const E& e) {
  const auto& tree = trees::as_evaluated(e);
  return evaluation::evaluated<typename std::remove_cvref_t<decltype(tree)>::value_type>(tree);
}

/// Anything else: says what is missing.
template <class E>
  requires(!Operands<E> && !evaluation::is_assignment<E>)
void eval(const E&) {
  static_assert(Operands<E>,
                "weft::eval(x): x is neither an expression nor adapted; include its adaptor, e.g. "
                "<weft/xtensor.hpp>");
}

template <class Derived>
auto lazy<Derived>::item() const {
  if (size() != 1) index::not_one_element(self().shape());
  return eval(self()).item();
}

/// The same of a tree that mixes with every device, such as arange(5) * 2, on the device `where`.
/// Throws device_error when e has operands on another one.
template <class E>
  requires Operands<E>
auto eval(const E& e, device where) {
  const auto& tree = trees::as_evaluated(e);
  tensor<typename std::remove_cvref_t<decltype(tree)>::value_type> result(tree.shape(), where);
  evaluation::into(result, tree);
  return result;
}

/// The elements of x in new contiguous row-major memory on its device.
template <class X>
  requires Operands<X>
auto copy(const X& x) {
  const auto& tree = trees::as_evaluated(x);
  tensor<typename std::remove_cvref_t<decltype(tree)>::value_type> result(
      tree.shape(), result_device(tree.operand_device()));
  evaluation::into(result, tree);
  return result;
}

namespace evaluation {
/// use(job) for e into a new tensor, whose memory does not exist: for what only plans.
template <class Use, class E>
auto with_new_target(Use use, const E& e) {
  const auto plan = [&use](const auto& tree) {
    using Tree = std::remove_cvref_t<decltype(tree)>;
    using T = typename Tree::value_type;
    const bound<std::tuple<T>, Tree> b(tree);
    written_job w(b);
    const strides st = contiguous_strides(tree.shape(), w.natural_layout(tree.shape()));
    const view<T> target(nullptr, tree.shape(), st, result_device(tree.operand_device()));
    w.bind_targets(target);
    return use(w.get());
  };
  return repeated::with_stored(plan, trees::as_evaluated(e));
}
}  // namespace evaluation

/// What evaluating e into a new tensor would do and why: its expression, shape and dtype, stages,
/// loops, how each operand is reached, threads, bytes moved, temporaries, and the time predicted
/// from the machine's rates, which the first call measures. Nothing is evaluated. Throws
/// memory_error when there is none for that.
template <class E>
  requires Operands<E>
std::string explain(const E& e) {
  return evaluation::with_new_target([](const job& j) { return describe(j); }, e);
}

/// The bytes that evaluating e into a new tensor would move. Nothing is evaluated.
template <class E>
  requires Operands<E>
traffic bytes_moved(const E& e) {
  return evaluation::with_new_target([](const job& j) { return traffic_of(j); }, e);
}

/// The same of evaluating into given targets, whose layouts and overlaps it takes into account.
template <class... T, class... E>
std::string explain(const assignment<T, E>&... a) {
  return evaluation::with_job([](const job& j) { return describe(j); }, a...);
}

template <class T>
view<T>& view<T>::operator=(const view& elements) {
  evaluation::into(*this, elements);
  return *this;
}

template <class T>
template <class E>
  requires Operand<E>
view<T>& view<T>::operator=(const E& e) {
  if constexpr (Scalar<E>)
    evaluation::into(*this, constant<value_type>(static_cast<compute_t<value_type>>(e)));
  else
    evaluation::into(*this, trees::as_evaluated(e));
  return *this;
}

template <class T>
template <class E>
  requires(Operand<E> && !Scalar<E>)
tensor<T>::tensor(const E& e) : tensor(evaluation::evaluated<T>(trees::as_evaluated(e))) {}

template <class T>
tensor<T>::tensor(const tensor& other) : tensor(evaluation::evaluated<T>(trees::as_tree(other))) {}

template <class T>
tensor<T>& tensor<T>::operator=(const tensor& other) {
  if (this == &other) return *this;
  return *this = trees::as_tree(other);
}

template <class T>
template <class E>
  requires(Operand<E> && !Scalar<E>)
tensor<T>& tensor<T>::operator=(const E& e) {
  evaluation::into_or_new(*this, trees::as_evaluated(e));
  return *this;
}

template <class Derived, class T>
tensor<std::remove_const_t<T>> array<Derived, T>::to(weft::device d) const {
  devices::require("to", d);
  using E = std::remove_const_t<T>;
  const auto tree = trees::as_tree(self());
  if (d == self().device()) return evaluation::evaluated<E>(tree);
  const bool by_columns = self().is_contiguous(layout::column_major);
  if (!by_columns && !self().is_contiguous()) return evaluation::evaluated<E>(tree).to(d);
  tensor<E> result(self().shape(), by_columns ? layout::column_major : layout::row_major, d);
  devices::copy_bytes(result.elements(), d, self().elements(), self().device(),
                      std::size_t(size()) * sizeof(E));
  return result;
}

template <class T>
void tensor<T>::fill(T value) {
  evaluation::into(*this, constant<T>(static_cast<compute_t<T>>(value)));
}

namespace evaluation {
template <class Y, class E>
Y&& in_place(Y&& y, const E& e) {
  into(y, e);
  return std::forward<Y>(y);
}
}  // namespace evaluation

/// In place: y += e is y = y + e in y's own elements and type, for a tensor or a view y. Throws
/// shape_error when e does not broadcast to y's shape.
template <Expr Y, Operand E>
Y&& operator+=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y + e);
}
template <Expr Y, Operand E>
Y&& operator-=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y - e);
}
template <Expr Y, Operand E>
Y&& operator*=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y * e);
}
template <Expr Y, Operand E>
Y&& operator/=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y / e);
}
template <Expr Y, Operand E>
Y&& operator%=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y % e);
}
template <Expr Y, Operand E>
Y&& operator&=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y & e);
}
template <Expr Y, Operand E>
Y&& operator|=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y | e);
}
template <Expr Y, Operand E>
Y&& operator^=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y ^ e);
}
template <Expr Y, Operand E>
Y&& operator<<=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y << e);
}
template <Expr Y, Operand E>
Y&& operator>>=(Y&& y, E&& e) {
  return evaluation::in_place(std::forward<Y>(y), y >> e);
}

}  // namespace weft
