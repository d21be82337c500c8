// weft/view.hpp: view<T> refers to elements that a tensor or somebody else owns.
// Assigning to a view writes through to those elements.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <concepts>
#include <type_traits>
#include <utility>

#include "weft/array.hpp"
#include "weft/buffer.hpp"
#include "weft/expr.hpp"

namespace weft {

/// A strided window on memory. A copy is another view of the same elements; an assignment writes
/// them. `view<const T>` only reads. It keeps the memory alive when it came from a tensor or was
/// given an owner, and only borrows when it was made from a bare pointer.
template <class T>
class view : public expression, public array<view<T>, T> {
 public:
  using value_type = std::remove_const_t<T>;
  static constexpr int slot_count = 1;
  using kernel_form = kernel::in<value_type>;

  /// Elements at `data` with this shape and these strides (in elements), on device `where`.
  /// `owner` keeps them alive; without one the caller must.
  view(T* data, const weft::shape& s, const weft::strides& st, device where = cpu,
       buffer owner = {})
      : window_{std::move(owner), untyped(data), {s, st, 0}, where} {}
  /// The same at the placement that make() returns, which is made where it stays; its offset counts
  /// from `data`.
  template <class Make>
    requires std::same_as<std::invoke_result_t<const Make&>, placement>
  view(T* data, const Make& make, weft::device where, buffer owner)
      : window_{std::move(owner), untyped(data), make(), where} {
    window_.data = untyped(elements() + std::exchange(window_.place.offset, 0));
  }
  /// Contiguous row-major elements at `data`.
  view(T* data, const weft::shape& s) : view(data, s, contiguous_strides(s)) {}

  view(const view&) = default;
  view(view&&) noexcept = default;
  /// A view that may write serves as one that only reads.
  template <class U>
    requires(std::is_const_v<T> && std::same_as<U, value_type>)
  view(const view<U>& v)  // NOLINT(google-explicit-constructor)
      : view(v.data(), v.shape(), v.strides(), v.device(), v.owner()) {}

  // Defined in eval.hpp. Each throws shape_error when the right side does not broadcast to this
  // view's shape, and then leaves the elements as they were.
  view& operator=(const view& elements);
  template <class E>
    requires Operand<E>
  view& operator=(const E& e);

  const weft::shape& shape() const { return window_.place.shape; }
  const weft::strides& strides() const { return window_.place.strides; }
  weft::device device() const { return window_.where; }
  weft::device operand_device() const { return weft::operand_device(shape(), device()); }
  const buffer& owner() const { return window_.owner; }
  T* elements() const { return static_cast<T*>(window_.data); }
  const window& untyped() const { return window_; }

  /// The same memory at the placement change(where it is now), whose offset counts from this view's
  /// first element.
  template <class Change>
  view placed_by(const Change& change) const {
    return view(elements(), [&] { return change(window_.place); }, device(), owner());
  }
  view placed(const placement& p) const {
    return placed_by([&](const placement&) { return p; });
  }
  const placement& where() const { return window_.place; }
  // A rank-0 operand repeats wherever the others go.
  view rearranged(const rearrangement& r) const {
    return shape().empty() && !r.whole.empty() ? *this : placed_by(r);
  }
  view as_view() const { return *this; }

  /// The slots of a target.
  void bind(binder& b) const { b.memory(dtype_of<value_type>, window_); }

 private:
  static void* untyped(T* data) { return const_cast<value_type*>(data); }

  window window_;
};

namespace trees {
template <class T>
inline constexpr std::array<leaf_kind, 1> leaves_of<view<T>>{
    {{leaf_kind::is::view, dtype_of<std::remove_const_t<T>>}}};
}  // namespace trees

}  // namespace weft
