// weft/eigen.hpp: Eigen's matrices, arrays, maps, refs and blocks as weft views and back, without a
// copy; the Tensor and TensorMap of its unsupported modules too, when their header is included.
// A named object is borrowed; a temporary Matrix, Array or Tensor moves into the view. Matrices are
// rank 2, vectors (one row or one column at compile time) rank 1.
//
//     Eigen::MatrixXf m = ..., y(3, 4);
//     weft::eval(weft::assign(y, weft::sin(m) + m.rows()));
//     auto map = weft::to_eigen<Eigen::MatrixXf>(x);         // x's elements, any strides
//     map.array() *= 2;
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/error.hpp"
#include "weft/held.hpp"
#include "weft/operand.hpp"
#include "weft/tensor.hpp"
#include "weft/view.hpp"

namespace weft {

/// A Matrix, Array, Map, Ref or Block of elements in memory. What Eigen has not evaluated has none.
template <class E>
concept EigenBuffer = requires(E& e) {
  e.data();
  e.innerStride();
  e.outerStride();
  []<class Derived>(Eigen::DenseBase<Derived>&) {}(e);
  requires bool(int(E::Flags) & int(Eigen::DirectAccessBit));
};

/// A Tensor or TensorMap.
template <class E>
concept EigenTensor = requires(E& e) {
  typename E::Dimensions;
  { E::NumIndices + 0 } -> std::convertible_to<int>;
  { E::Layout + 0 } -> std::convertible_to<int>;
  e.dimensions();
  requires std::is_pointer_v<decltype(e.data())>;
};

namespace eigen {
template <class E>
using element = std::remove_pointer_t<decltype(std::declval<E&>().data())>;

template <class E>
auto matrix_view(E& e, buffer owner) {
  const index_t inner = e.innerStride(), outer = e.outerStride();
  shape s;
  strides st;
  if constexpr (E::IsVectorAtCompileTime) {
    s = {e.size()}, st = {inner};
  } else {
    s = {e.rows(), e.cols()};
    st = E::IsRowMajor ? strides{outer, inner} : strides{inner, outer};
  }
  return view<element<E>>(e.data(), s, st, cpu, std::move(owner));
}
template <class E>
auto tensor_view(E& e, buffer owner) {
  shape s;
  for (int axis = 0; axis < int(E::NumIndices); ++axis)
    s.push_back(index_t(e.dimensions()[std::size_t(axis)]));
  const auto order =
      int(E::Layout) == int(Eigen::RowMajor) ? layout::row_major : layout::column_major;
  return view<element<E>>(e.data(), s, contiguous_strides(s, order), cpu, std::move(owner));
}
}  // namespace eigen

template <class E>
  requires(EigenBuffer<E> || EigenTensor<E>)
struct adaptor<E> {
  template <class X>
  static auto view_of(X&& x) {
    static_assert(Element<std::remove_const_t<eigen::element<E>>>,
                  "weft::view_of(x): x holds elements that weft has no dtype for");
    return held(std::forward<X>(x), [](auto& e, buffer owner) {
      if constexpr (EigenBuffer<E>)
        return eigen::matrix_view(e, std::move(owner));
      else
        return eigen::tensor_view(e, std::move(owner));
    });
  }
};

namespace eigen {
[[noreturn]] inline void refuse(const std::string& why) { throw shape_error("to_eigen: " + why); }

template <class M, class V>
auto matrix_map(const V& v) {
  const shape& s = v.shape();
  if (s.ndim() > 2 || s.empty())
    refuse("shape " + to_string(s) + " is neither a matrix nor a vector");
  // A tensor of rank 1 is a column, or a row where M has one row.
  const bool row = M::RowsAtCompileTime == 1;
  const index_t n = s[0], along = v.strides()[0];
  const bool flat = s.ndim() == 1;
  const index_t rows = flat && row ? 1 : n, cols = flat ? (row ? n : 1) : s[1];
  const index_t down = flat && row ? n * along : along, right = flat ? along : v.strides()[1];
  const auto fits = [](int fixed, index_t extent) {
    return fixed == Eigen::Dynamic || fixed == extent;
  };
  if (!fits(M::RowsAtCompileTime, rows) || !fits(M::ColsAtCompileTime, cols))
    refuse("shape " + to_string(s) + " does not fit a type of " +
           std::to_string(M::RowsAtCompileTime) + " x " + std::to_string(M::ColsAtCompileTime) +
           " (-1 is any)");
  using Scalar = typename M::Scalar;
  using T = std::remove_pointer_t<decltype(v.elements())>;
  using Target = std::conditional_t<std::is_const_v<T>, const M, M>;
  static_assert(std::is_same_v<Scalar, std::remove_const_t<T>>,
                "weft::to_eigen<M>(x): M's scalars are not x's elements; cast<T>(x) first");
  using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  const Stride stride = M::IsRowMajor ? Stride(down, right) : Stride(right, down);
  return Eigen::Map<Target, Eigen::Unaligned, Stride>(v.elements(), rows, cols, stride);
}

template <class M, class V>
M tensor_map(const V& v) {
  const auto order =
      int(M::Layout) == int(Eigen::RowMajor) ? layout::row_major : layout::column_major;
  if (v.ndim() != int(M::NumIndices))
    refuse("shape " + to_string(v.shape()) + " has not the tensor's rank " +
           std::to_string(int(M::NumIndices)));
  if (!v.is_contiguous(order))
    refuse("strides " + to_string(v.strides()) + " of shape " + to_string(v.shape()) +
           " are not the TensorMap's contiguous layout; pass weft::copy(x), or a TensorMap of the "
           "other layout");
  typename M::Dimensions dimensions;
  for (int axis = 0; axis < v.ndim(); ++axis)
    dimensions[std::size_t(axis)] = v.shape()[std::size_t(axis)];
  return M(v.elements(), dimensions);
}
}  // namespace eigen

/// The elements of a tensor or a view as an Eigen::Map of the Matrix or Array type M, with inner
/// and outer strides; or as the TensorMap type M. It only refers to them: x, or whatever owns its
/// elements, must outlive it. Throws shape_error when the shape does not fit M, or the strides a
/// TensorMap; device_error for memory that the host cannot read.
template <class M, class X>
  requires Expr<X> && requires(X& x) { x.as_view(); }
auto to_eigen(X&& x) {
  static_assert(!trees::is_tensor<std::remove_cvref_t<X>> || std::is_lvalue_reference_v<X>,
                "weft::to_eigen(x): x is a temporary tensor, which the map would outlive");
  auto v = x.as_view();
  v.data();  // throws for a device's memory
  if constexpr (EigenTensor<M>)
    return eigen::tensor_map<M>(v);
  else
    return eigen::matrix_map<M>(v);
}

}  // namespace weft
