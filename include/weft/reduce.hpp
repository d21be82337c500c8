// weft/reduce.hpp: reductions as nodes. Each is a sweep over its operand, whatever tree that is;
// in the tree around it, its results are a leaf. Nothing is computed here.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "weft/cpu/reduce_each.hpp"
#include "weft/cpu/reduce_loop.hpp"
#include "weft/cpu/reduce_place.hpp"
#include "weft/functions.hpp"
#include "weft/reduction.hpp"

namespace weft {

namespace reductions {
/// What a reduction does to a shape.
struct geometry {
  weft::shape result;  // 1 for each axis that is reduced
  placement where;     // the results in the tree: the axes that are left, or all with keepdims
  bool reduces[max_ndim] = {};
  bool is_rearranged = false;  // in the tree; else its results are row-major
};
/// Throws index_error for an axis that is out of range or named twice, shape_error when there is
/// nothing to reduce and no elements have no value, device_error unless d is the host.
geometry geometry_of(const char* name, const shape& s, const axis_set& axes, keepdims_t keep,
                     bool has_empty, device d);
bool same(const geometry& a, const geometry& b);
/// Whether two reductions with these kernels are the same: 'self' is what a reducer gets.
bool same(const reducer& kernels, const void* self, const void* other);
/// A reduction of a tree whose operands are all row-major and of its shape; it points to them.
struct plain_reduction {
  const reducer& kernels;
  const void* self;
  const stage& what;
  const weft::shape& operand;
  const geometry& where;
  std::span<const leaf_kind> kinds;
  const void* const* leaves;
  dtype type;
};
/// Evaluates it if it is small and its results are of this type and shape.
bool run_plain(const plain_reduction& r, void* results, dtype type, const weft::shape& s);
/// The number of the stage that does what s does, whose operand is bound in `pool` and computed by
/// `what`; s itself becomes the last one if none does.
int find_or_add(recycled_vector<reduction_stage>& all, reduction_stage&& s, binding_pool& pool,
                const stage& what);
}  // namespace reductions

/// The reduction R of a tree over some of its axes.
template <class R, class E>
class reduction : public lazy<reduction<R, E>> {
  using element = typename E::value_type;
  using kernels = kernel::reduce<R, typename E::kernel_form, E::slot_count>;

 public:
  using value_type = typename R::template result<element>;
  using operand_type = E;
  static constexpr int slot_count = 1;
  // Within a tree the results keep the precision in which they were computed.
  using stored = compute_t<value_type>;
  using kernel_form = kernel::in<stored>;

  reduction(R r, E operand, const axis_set& axes, keepdims_t keep)
      : r_(std::move(r)),
        operand_(std::move(operand)),
        geometry_(reductions::geometry_of(R::name.data(), operand_.shape(), axes, keep,
                                          R::has_empty, operand_.operand_device())) {}
  reduction(R r, E operand, const reductions::geometry& where)
      : r_(std::move(r)), operand_(std::move(operand)), geometry_(where) {}

  const weft::shape& shape() const { return geometry_.where.shape; }
  device operand_device() const { return operand_.operand_device(); }
  const E& operand() const { return operand_; }
  const reductions::geometry& geometry() const { return geometry_; }
  /// Whether another one does the same to the same axes, of whatever operand.
  bool is_like(const reduction& other) const {
    return reductions::same(kernels::functions, self(), other.self()) &&
           reductions::same(geometry_, other.geometry_);
  }
  /// The same of another operand of that shape.
  template <class Other>
  reduction<R, Other> of(Other operand) const {
    return reduction<R, Other>(r_, std::move(operand), geometry_);
  }

  void bind(binder& b) const { b.reduced(dtype_of<stored>, geometry_.where, stage_in(b.pool)); }
  bool reduce_plain(void* results, dtype type, const weft::shape& s) const {
    if (!trees::is_plain(operand_)) return false;
    const void* leaves[E::slot_count];
    const void** next = leaves;
    trees::point_to(operand_, next);
    return reductions::run_plain({kernels::functions, self(), kernels::what, operand_.shape(),
                                  geometry_, trees::leaves_of<E>, leaves, dtype_of<stored>},
                                 results, type, s);
  }
  // All results are computed, whichever of them the rearranged tree takes.
  reduction rearranged(const rearrangement& r) const {
    reduction moved = *this;
    moved.geometry_.where = r(geometry_.where);
    moved.geometry_.is_rearranged = true;
    return moved;
  }

 private:
  const void* self() const { return std::is_empty_v<R> ? nullptr : static_cast<const void*>(&r_); }
  int stage_in(binding_pool& around) const {
    reduction_stage s{.kernels = &kernels::functions,
                      .self = self(),
                      .bindings = recycled_vector<binding>(std::size_t(E::slot_count)),
                      .stages = {},
                      .operand = operand_.shape(),
                      .result = geometry_.result,
                      .reduces = {},
                      .type = dtype_of<stored>,
                      .name = R::name};
    std::copy_n(geometry_.reduces, max_ndim, s.reduces);
    binding_pool pool(s.bindings, &around);
    binder inner(pool);
    trees::bind(operand_, inner);
    return reductions::find_or_add(around.reductions(), std::move(s), pool, kernels::what);
  }

  [[no_unique_address]] R r_;
  E operand_;
  reductions::geometry geometry_;
};

namespace reductions {
/// A tree in one place, however often it stands in a larger one: so that callables and generators
/// in it, of which only the address is known, are found to be the same.
template <class E>
class held : public lazy<held<E>> {
 public:
  using value_type = typename E::value_type;
  static constexpr int slot_count = E::slot_count;
  using kernel_form = typename E::kernel_form;

  explicit held(E tree) : tree_(std::make_shared<const E>(std::move(tree))) {}
  const weft::shape& shape() const { return tree_->shape(); }
  device operand_device() const { return tree_->operand_device(); }
  void point_to_leaves(const void**& next) const { trees::point_to(*tree_, next); }

 private:
  std::shared_ptr<const E> tree_;
};

}  // namespace reductions
namespace trees {
template <class E>
inline constexpr bool has_paces<reductions::held<E>> = has_paces<E>;
template <class R, class E>
inline constexpr bool has_paces<reduction<R, E>> = false;
template <class R, class E>
inline constexpr std::array<leaf_kind, 1> leaves_of<reduction<R, E>>{
    {{leaf_kind::is::reduction, dtype::boolean,
      [](const void* leaf, binder& b) { static_cast<const reduction<R, E>*>(leaf)->bind(b); },
      [](const void* leaf, void* results, dtype type, const shape& s) {
        return static_cast<const reduction<R, E>*>(leaf)->reduce_plain(results, type, s);
      }}}};
template <class E>
inline constexpr auto leaves_of<reductions::held<E>> = leaves_of<E>;
}  // namespace trees
namespace reductions {
template <class R, class X>
auto make(R r, X&& x, const axis_set& axes, keepdims_t keep) {
  auto tree = trees::as_tree(std::forward<X>(x));
  using Tree = decltype(tree);
  return reduction<R, Tree>(std::move(r), std::move(tree), axes, keep);
}
/// f of the results of R.
template <class R, class F, class X>
auto make_finished(F f, X&& x, const axis_set& axes, keepdims_t keep) {
  return make(finished<R, F>{{}, std::move(f)}, std::forward<X>(x), axes, keep);
}
template <class R, class X>
inline constexpr bool takes = R::type_rule::template accepts<trees::value_t<X>>;
}  // namespace reductions

// Each takes a tensor, a tree or an adapted container, the axes to reduce (one, a list, by default
// all; negative ones count from the end) and `keepdims` to keep them with extent 1. Each returns a
// node of the shape that is left, of rank 0 when nothing is. Element types: docs/reductions.md.
// Throws index_error for an axis that is out of range or named twice, device_error off the host.
// REDUCTION(name) writes name(x), name(x, axes), name(x, axes, keepdims) and name(x, keepdims).
#define WEFT_REDUCTION(NAME)                                                           \
  template <class X>                                                                   \
    requires Operands<X>                                                               \
  auto NAME(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {            \
    static_assert(reductions::takes<reductions::NAME, X>,                              \
                  "weft: " #NAME                                                       \
                  " does not take complex elements; take real(x), imag(x) or abs(x)"); \
    return reductions::make(reductions::NAME{}, std::forward<X>(x), axes, keep);       \
  }                                                                                    \
  template <class X>                                                                   \
    requires Operands<X>                                                               \
  auto NAME(X&& x, keepdims_t keep) {                                                  \
    return NAME(std::forward<X>(x), axis_set(), keep);                                 \
  }
namespace reductions {
using argmin = arg<min>;
using argmax = arg<max>;
}  // namespace reductions
WEFT_REDUCTION(sum)
WEFT_REDUCTION(prod)
WEFT_REDUCTION(min)
WEFT_REDUCTION(max)
WEFT_REDUCTION(any)
/// Where the smallest or the largest element is, as int64: its place among those that are reduced,
/// in row-major order. The first of equal ones; the first NaN if there is one.
WEFT_REDUCTION(argmin)
WEFT_REDUCTION(argmax)
#undef WEFT_REDUCTION

/// In another element type: `sum<double>(x)` of floats adds doubles and gives one.
template <Element T, class X>
  requires Operands<X>
auto sum(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  return sum(cast<T>(std::forward<X>(x)), axes, keep);
}
template <Element T, class X>
  requires Operands<X>
auto prod(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  return prod(cast<T>(std::forward<X>(x)), axes, keep);
}

/// f joins all elements with each other, in some order and grouping, and once with `init`: so it
/// must be associative and commutative. Elements are converted to init's type, which is the
/// result's; f gets two of them, halves as float. No elements give `init`. f may run on several
/// threads. CPU only.
template <class F, Scalar T, class X>
  requires Operands<X>
auto reduce(F f, T init, X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) {
  using S = compute_t<element_t<T>>;
  static_assert(std::is_invocable_r_v<S, const F&, S, S>,
                "weft::reduce(f, init, x): f must take two values of init's type (halves as float) "
                "and return one, and be const");
  using R = reductions::folded<F, element_t<T>>;
  return reductions::make(R{std::move(f), static_cast<S>(init)}, std::forward<X>(x), axes, keep);
}

/// e as a stage of its own, for a sub-expression that stands both inside a reduction and beside it:
/// `auto e = store(exp(x)); y = e / sum(e);` computes exp once. It is kept only as long as it is
/// needed: row by row where the tree is evaluated so. Same shape, dtype and values as e; throws
/// bad_alloc.
template <class X>
  requires Operands<X>
auto store(X&& x) {
  return reductions::make(reductions::store{}, reductions::held(trees::as_tree(std::forward<X>(x))),
                          axis_set(dims()), dropdims);
}

template <class X>
auto all_t::operator()(X&& x, const axis_set& axes, keepdims_t keep) const {
  return reductions::make(reductions::all{}, std::forward<X>(x), axes, keep);
}
template <class X>
auto all_t::operator()(X&& x, keepdims_t keep) const {
  return (*this)(std::forward<X>(x), axis_set(), keep);
}

}  // namespace weft
