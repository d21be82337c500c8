// weft/tensor.hpp: tensor<T> owns its elements and has value semantics: copying copies.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>
#include <utility>

#include "weft/operand.hpp"
#include "weft/view.hpp"

namespace weft {

namespace tensors {
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
void check_resize(const shape& s, std::size_t element_size);
}  // namespace tensors

/// An array of rank 0 to 8 in its own memory, row-major unless it was made otherwise.
template <class T>
class tensor : public expression, public array<tensor<T>, T> {
  static_assert(Element<T> && std::same_as<T, element_t<T>>,
                "weft::tensor<T>: T is bool, an integer of <cstdint>, float16, bfloat16, float, double "
                "or a complex of the last two");

  template <int Depth>
  using nested = typename tensors::nested<T, Depth>::type;

 public:
  using value_type = T;

  /// Rank 1 and no elements.
  tensor() : tensor(weft::shape{0}) {}
  /// Elements that are not initialised. Throws shape_error for a negative extent, memory_error.
  explicit tensor(const weft::shape& s, layout order = layout::row_major, weft::device where = cpu)
      : data_(allocate(s, order, where)) {}
  /// All elements `value`.
  tensor(const weft::shape& s, T value) : tensor(s) { fill(value); }

  /// From values in braces, as deep as there are axes: `tensor<float> x{{1, 2}, {3, 4}}`. Throws
  /// shape_error when ragged.
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
  tensor(tensor&& other) noexcept : data_(std::move(other.data_)) { other.rebind(none()); }
  /// Into this tensor's memory when the shapes agree, which its views then see; new memory if not.
  tensor& operator=(const tensor& other);
  tensor& operator=(tensor&& other) noexcept {
    rebind(std::move(other.data_));
    other.rebind(none());
    return *this;
  }
  template <class E>
    requires(Operand<E> && !Scalar<E>)
  tensor& operator=(const E& e);

  /// Sets all elements.
  void fill(T value);

  const weft::shape& shape() const { return data_.shape(); }
  const weft::strides& strides() const { return data_.strides(); }
  weft::device device() const { return data_.device(); }
  weft::device operand_device() const { return data_.operand_device(); }
  T* elements() { return data_.elements(); }
  const T* elements() const { return data_.elements(); }

  /// All elements, sharing the memory.
  view<T> as_view() { return data_; }
  view<const T> as_view() const { return data_; }

 private:
  static view<T> allocate(const weft::shape& s, layout order, weft::device where) {
    tensors::check_resize(s, sizeof(T));
    buffer memory = buffer::allocate(std::size_t(s.product()) * sizeof(T), where);
    auto* first = static_cast<T*>(memory.data());
    return view<T>(first, s, contiguous_strides(s, order), where, std::move(memory));
  }
  static view<T> none() { return view<T>(nullptr, weft::shape{0}); }
  // A view's own assignment writes elements; this one lets go of the memory.
  void rebind(view<T>&& v) noexcept {
    std::destroy_at(&data_);
    std::construct_at(&data_, std::move(v));
  }

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

  view<T> data_;
};

template <class E>
  requires(Operand<E> && !Scalar<E>)
tensor(const E&) -> tensor<typename decltype(trees::as_tree(std::declval<const E&>()))::value_type>;

}  // namespace weft
