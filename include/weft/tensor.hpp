// weft/tensor.hpp: tensor<T> owns its elements and has value semantics: copying copies.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <initializer_list>
#include <utility>

#include "weft/operand.hpp"
#include "weft/view.hpp"

namespace weft {

namespace tensors {
/// What a tensor holds: an element type, an integer by the name of its width.
template <class T>
concept Holds = Element<T> && std::same_as<T, element_t<T>>;

/// Values in braces, as deep as the tensor has axes.
template <class T, int Depth>
struct nested {
  using type = std::initializer_list<typename nested<T, Depth - 1>::type>;
};
template <class T>
struct nested<T, 0> {
  using type = T;
};
[[noreturn]] void ragged(index_t axis, index_t expected, index_t found);
/// Memory of elements that are not initialised, placed in the given order. Throws shape_error for a
/// negative extent, memory_error.
buffer allocate(const shape& s, std::size_t element_size, layout order, device where);
}  // namespace tensors

namespace evaluation {
/// The memory of a tensor that gets another one.
template <class T>
buffer& memory_of(tensor<T>& x) {
  return x.memory_;
}
}  // namespace evaluation

/// A tensor as an operand: its elements, shape and strides are all in the memory that it shares.
template <class T>
class leaf : public lazy<leaf<T>> {
 public:
  using value_type = T;
  static constexpr int slot_count = 1;
  using kernel_form = kernel::in<T>;

  explicit leaf(buffer memory) : memory_(std::move(memory)) {}
  const weft::shape& shape() const { return memory_.place().shape; }
  device operand_device() const { return weft::operand_device(shape(), memory_.where()); }
  const buffer& memory() const { return memory_; }
  view<const T> rearranged(const rearrangement& r) const {
    return view<const T>(static_cast<const T*>(memory_.data()), shape(), memory_.place().strides,
                         memory_.where(), memory_)
        .rearranged(r);
  }

 private:
  buffer memory_;
};

namespace trees {
template <class T>
inline constexpr bool has_paces<leaf<T>> = false;
template <class T>
inline constexpr std::array<leaf_kind, 1> leaves_of<leaf<T>>{
    {{leaf_kind::is::tensor, dtype_of<T>}}};
}  // namespace trees

/// An array of rank 0 to 8 in its own memory, row-major unless it was made otherwise.
template <class T>
class tensor : public expression, public array<tensor<T>, T> {
  static_assert(
      tensors::Holds<T>,
      "weft::tensor<T>: T is bool, an integer of <cstdint>, float16, bfloat16, float, double "
      "or a complex of the last two");

  template <int Depth>
  using nested = typename tensors::nested<T, Depth>::type;

 public:
  using value_type = T;

  /// Rank 1 and no elements.
  tensor() = default;
  /// Elements that are not initialised. Throws shape_error for a negative extent, memory_error.
  explicit tensor(const weft::shape& s, layout order = layout::row_major, weft::device where = cpu)
      : memory_(tensors::allocate(s, sizeof(T), order, where)) {}
  /// The same in row-major order on a device.
  tensor(const weft::shape& s, weft::device where) : tensor(s, layout::row_major, where) {}
  /// All elements `value`.
  tensor(const weft::shape& s, T value, weft::device where = cpu) : tensor(s, where) {
    fill(value);
  }

  /// From values in braces, as deep as there are axes: `tensor<float> x{{1, 2}, {3, 4}}`; on the
  /// host. Throws shape_error when ragged.
  template <class = void>  // so that {{1}, {2}} is two rows, although {1} is a number too
  tensor(nested<1> v) : tensor(from_values<1>(v)) {}
  tensor(nested<2> v) : tensor(from_values<2>(v)) {}
  tensor(nested<3> v) : tensor(from_values<3>(v)) {}
  tensor(nested<4> v) : tensor(from_values<4>(v)) {}
  tensor(nested<5> v) : tensor(from_values<5>(v)) {}
  tensor(nested<6> v) : tensor(from_values<6>(v)) {}
  tensor(nested<7> v) : tensor(from_values<7>(v)) {}
  tensor(nested<8> v) : tensor(from_values<8>(v)) {}

  /// The elements of any expression, evaluated now. Defined in eval.hpp.
  template <class E>
    requires(Operand<E> && !Scalar<E>)
  tensor(const E& e);  // NOLINT(google-explicit-constructor)

  tensor(const tensor& other);
  tensor(tensor&& other) noexcept = default;
  /// Into this tensor's memory when the shapes agree, which its views then see; new memory if not.
  tensor& operator=(const tensor& other);
  tensor& operator=(tensor&& other) noexcept = default;
  template <class E>
    requires(Operand<E> && !Scalar<E>)
  tensor& operator=(const E& e);

  /// Sets all elements.
  void fill(T value);

  const weft::shape& shape() const { return memory_.place().shape; }
  const weft::strides& strides() const { return memory_.place().strides; }
  weft::device device() const { return memory_.where(); }
  weft::device operand_device() const { return weft::operand_device(shape(), device()); }
  T* elements() { return static_cast<T*>(memory_.data()); }
  const T* elements() const { return static_cast<const T*>(memory_.data()); }
  /// The memory itself, to be shared.
  const buffer& memory() const { return memory_; }

  /// All elements, sharing the memory.
  view<T> as_view() { return {elements(), shape(), strides(), device(), memory_}; }
  view<const T> as_view() const { return {elements(), shape(), strides(), device(), memory_}; }
  /// The same at the placement change(where they are).
  template <class Change>
  view<T> placed_by(const Change& change) {
    return {elements(), [&] { return change(memory_.place()); }, device(), memory_};
  }
  template <class Change>
  view<const T> placed_by(const Change& change) const {
    return {elements(), [&] { return change(memory_.place()); }, device(), memory_};
  }

  /// The slots of a target.
  void bind(binder& b) { b.memory(dtype_of<T>, memory_); }

 private:
  template <class U>
  friend buffer& evaluation::memory_of(tensor<U>& x);

  template <int Depth>
  static tensor from_values(const nested<Depth>& values) {
    weft::shape s;
    measure<Depth>(values, s);
    tensor result(s);
    T* next = result.elements();
    copy_values<Depth>(values, s, 0, next);
    return result;
  }
  template <int Depth>
  static void measure(const nested<Depth>& values, weft::shape& s) {
    s.push_back(index_t(values.size()));
    if constexpr (Depth > 1) {
      static const nested<Depth - 1> none{};
      measure<Depth - 1>(values.size() == 0 ? none : *values.begin(), s);
    }
  }
  template <int Depth>
  static void copy_values(const nested<Depth>& values, const weft::shape& s, std::size_t axis,
                          T*& next) {
    if (index_t(values.size()) != s[axis])
      tensors::ragged(index_t(axis), s[axis], index_t(values.size()));
    for (const auto& v : values) {
      if constexpr (Depth == 1)
        *next++ = v;
      else
        copy_values<Depth - 1>(v, s, axis + 1, next);
    }
  }

  buffer memory_;
};

template <class E>
  requires(Operand<E> && !Scalar<E>)
tensor(const E&) -> tensor<typename decltype(trees::as_tree(std::declval<const E&>()))::value_type>;

}  // namespace weft
