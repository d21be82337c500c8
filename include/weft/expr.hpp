// weft/expr.hpp: the typed tree. A node holds its operands by value, and each leaf holds its
// buffer, so a tree is valid wherever it is returned to. Shapes and devices are checked here,
// where the tree is built.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/adapt.hpp"
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

/// The bindings of all stages of a job. Those of the main stage come first and are the caller's;
/// only a tree with shared sub-expressions moves them to the heap.
struct binding_pool {
  std::span<binding> bindings;
  std::vector<binding> grown;
  std::vector<stage> stages;  // of the shared sub-expressions, each after those that it needs
  std::vector<reduction_stage>& reductions;  // of the whole job, in the same order

  binding_pool(std::span<binding> main, std::vector<reduction_stage>& of_job)
      : bindings(main), reductions(of_job) {}
  int extend(int count) {
    if (grown.empty()) grown.assign(bindings.begin(), bindings.end());
    const auto begin = grown.size();
    grown.resize(begin + std::size_t(count));
    bindings = grown;
    return int(begin);
  }
};

/// Writes bindings [next, ...) of a pool in the order in which the kernel takes them.
struct binder {
  binding_pool& pool;
  std::size_t next = 0;

  [[gnu::always_inline]] void push(const binding& b) { pool.bindings[next++] = b; }
  void value(dtype type, const void* data, const char* name = "",
             const generator_text* text = nullptr) {
    push({path::value, false, type, -1, const_cast<void*>(data), nullptr, nullptr, 0, nullptr, name,
          cpu, text});
  }
  [[gnu::always_inline]] void memory(dtype type, const void* data, const placement& p,
                                     bool contiguous, device where) {
    push({path::direct, contiguous, type, -1, const_cast<void*>(data), &p.shape, &p.strides, 0,
          nullptr, "", where});
  }
  void generated(dtype type, const void* state, const placement& p, fill_function fill,
                 const char* name, const generator_text* text) {
    push({path::generated, false, type, -1, const_cast<void*>(state), &p.shape, &p.strides,
          p.offset, fill, name, cpu, text});
  }
  void reduced(dtype type, const placement& p, int reduction) {
    push({path::direct, false, type, -1, nullptr, &p.shape, &p.strides, p.offset, nullptr, "", cpu,
          nullptr, reduction});
  }
  void shared(dtype type, int stage) {
    push({path::shared, false, type, stage, nullptr, nullptr, nullptr, 0, nullptr, ""});
  }
};

/// How the leaves of a tree move when the tree is rearranged: each is broadcast to the tree's
/// shape, then gets the placement that the rearranged tree has.
struct rearrangement {
  weft::shape whole;
  std::function<placement(const placement&)> change;
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
  /// As tensor's: `(a * b)(range(1, -1), all)`. Throws index_error.
  template <Index... I>
  auto operator()(const I&... items) const {
    const index::item list[] = {index::item(items)..., index::item(ellipsis)};
    rearrangement r{self().shape(),
                    [&](const placement& p) { return index::slice(p, {list, sizeof...(I)}); },
                    {}};
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
  void bind(binder& b) const { b.value(dtype_of<compute_t<T>>, &value_); }
  const constant& rearranged(rearrangement&) const { return *this; }

 private:
  compute_t<T> value_;
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
class node : public lazy<node<Op, E...>> {
  using traits = node_traits<Op, typename E::value_type...>;

 public:
  using value_type = typename traits::value_type;
  static constexpr int slot_count = (traits::own_slots + ... + E::slot_count);
  using kernel_form = typename traits::template form<typename E::kernel_form...>;

  /// Throws shape_error when the operands do not broadcast, device_error when they are on
  /// different devices, or those of a callable without CUDA text are not on the host.
  explicit node(Op o, E... operands) : op_(std::move(o)), operands_(std::move(operands)...) {
    std::apply([&](const auto&... x) { (join(x), ...); }, operands_);
    if constexpr (traits::own_slots == 1)
      if (!trees::text_of(op_.function)) devices::require_host(Op::name.data(), device_);
  }

  const weft::shape& shape() const { return shape_; }
  device operand_device() const { return device_; }

  void bind(binder& b) const {
    if constexpr (traits::own_slots == 1)
      b.value(dtype::uint8, &op_, "f", trees::text_of(op_.function));
    std::apply([&](const auto&... x) { (x.bind(b), ...); }, operands_);
  }
  auto rearranged(rearrangement& r) const {
    const auto build = [&](auto... x) { return node<Op, decltype(x)...>(op_, std::move(x)...); };
    return std::apply([&](const auto&... x) { return build(x.rearranged(r)...); }, operands_);
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

}  // namespace weft
