// weft/view.hpp: view<T> refers to elements that a tensor or somebody else owns.
// Assigning to a view writes through to those elements.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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
      : owner_(std::move(owner)), data_(data), place_{s, st, 0}, device_(where) {}
  /// The same at the placement that make() returns, which is made where it stays; its offset counts
  /// from `data`.
  template <class Make>
    requires std::same_as<std::invoke_result_t<const Make&>, placement>
  view(T* data, const Make& make, weft::device where, buffer owner)
      : owner_(std::move(owner)), data_(data), place_(make()), device_(where) {
    data_ += std::exchange(place_.offset, 0);
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

  const weft::shape& shape() const { return place_.shape; }
  const weft::strides& strides() const { return place_.strides; }
  weft::device device() const { return device_; }
  /// The device as operands see it: a rank-0 CPU tensor mixes with every device.
  weft::device operand_device() const {
    return shape().empty() && device_ == cpu ? any_device : device_;
  }
  const buffer& owner() const { return owner_; }
  T* elements() const { return data_; }

  /// The same memory at the placement change(where it is now), whose offset counts from this view's
  /// first element.
  template <class Change>
  view placed_by(const Change& change) const {
    return view(data_, [&] { return change(place_); }, device_, owner_);
  }
  view placed(const placement& p) const {
    return placed_by([&](const placement&) { return p; });
  }
  const placement& where() const { return place_; }
  // A rank-0 operand repeats wherever the others go.
  view rearranged(const rearrangement& r) const {
    return shape().empty() && !r.whole.empty() ? *this : placed_by(r);
  }
  view as_view() const { return *this; }

  void bind(binder& b) const { b.memory(dtype_of<value_type>, data_, place_, false, device_); }

 private:
  buffer owner_;
  T* data_;
  placement place_;
  weft::device device_;
};

}  // namespace weft
