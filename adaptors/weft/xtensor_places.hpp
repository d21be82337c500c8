// weft/xtensor_places.hpp: xtensor's views by index lists (xt::keep, xt::drop) and its dynamic
// views. Where one of their elements is depends on each index by itself, so a list of offsets for
// each axis says it all. Lists in equal steps are strides, and the view is used where it is; others
// are gathered into a temporary, or scattered from one.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/tensor.hpp"
#include "weft/view.hpp"
#include "weft/xtensor_buffer.hpp"
#include "weft/xtensor_include.hpp"

namespace weft::xtensors {

/// The slices of a view by which neighbours are in equal steps.
template <class S>
inline constexpr bool is_stepped = std::integral<S>;
template <class T>
inline constexpr bool is_stepped<xt::xall<T>> = true;
template <class T>
inline constexpr bool is_stepped<xt::xrange<T>> = true;
template <class T>
inline constexpr bool is_stepped<xt::xstepped_range<T>> = true;
template <class T>
inline constexpr bool is_stepped<xt::xnewaxis<T>> = true;

/// Whether E is an xt::view or a dynamic view of elements in memory, and so has places.
template <class E>
inline constexpr bool has_places = false;
template <class E>
inline constexpr bool is_placed_elements =
    XtensorBuffer<std::remove_cvref_t<E>> || has_places<std::remove_cvref_t<E>>;
template <class CT, class... S>
inline constexpr bool has_places<xt::xview<CT, S...>> = is_placed_elements<CT>;
template <class CT, class S, xt::layout_type L, class F>
inline constexpr bool has_places<xt::xdynamic_view<CT, S, L, F>> = is_placed_elements<CT>;

/// Whether result axis `axis` of a view is known to go in equal steps.
template <class E>
struct steps {
  static bool are_equal(std::size_t) { return false; }
};
template <class CT, class... S>
  requires XtensorBuffer<std::remove_cvref_t<CT>>
struct steps<xt::xview<CT, S...>> {
  static bool are_equal(std::size_t axis) {
    // An integer takes its axis away; axes without a slice are whole.
    bool result = true;
    std::size_t at = 0;
    const auto next = [&](bool has_axis, bool equal) {
      if (has_axis && at++ == axis) result = equal;
    };
    (next(!std::integral<std::remove_cvref_t<S>>, is_stepped<std::remove_cvref_t<S>>), ...);
    return result;
  }
};

/// Element (i, j, ...) of a view is first[offsets[0][i] + offsets[1][j] + ...].
template <class T>
struct places {
  T* first = nullptr;
  weft::shape shape;
  std::vector<std::vector<index_t>> offsets;

  template <class E>
  explicit places(E& e) : shape(e.shape()), offsets(shape.size()) {
    if (shape.product() == 0) return;
    std::vector<std::size_t> index(shape.size());
    const auto here = [&] { return &e.element(index.begin(), index.end()); };
    first = here();
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      auto& list = offsets[axis];
      list.resize(std::size_t(shape[axis]));
      const bool equal = steps<std::remove_const_t<E>>::are_equal(axis);
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (equal && i > 1) {
          list[i] = list[1] * index_t(i);
        } else {
          index[axis] = i;
          list[i] = here() - first;
        }
      }
      index[axis] = 0;
    }
  }

  /// The steps between neighbours, where they are equal along each axis.
  std::optional<weft::strides> strides() const {
    weft::strides result;
    for (const auto& list : offsets) {
      const index_t step = list.size() > 1 ? list[1] : 0;
      for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i] != step * index_t(i)) return std::nullopt;
      result.push_back(step);
    }
    return result;
  }

  /// visit(row, other, last): the first element of each row, that of the same row of a contiguous
  /// array, and the offsets within the row.
  template <class U, class Visit>
  void rows(U* contiguous, Visit visit) const {
    if (shape.product() == 0) return;
    static const std::vector<index_t> one{0};
    const auto& last = offsets.empty() ? one : offsets.back();
    const std::size_t outer = offsets.empty() ? 0 : offsets.size() - 1;
    std::size_t index[max_ndim] = {};
    for (bool more = true; more; contiguous += last.size()) {
      T* row = first;
      for (std::size_t axis = 0; axis < outer; ++axis) row += offsets[axis][index[axis]];
      visit(row, contiguous, last);
      more = false;
      for (std::size_t axis = outer; axis-- > 0 && !more;) {
        more = ++index[axis] < offsets[axis].size();
        if (!more) index[axis] = 0;
      }
    }
  }
  /// Copies the elements into a contiguous array.
  template <class U>
  void gather(U* to) const {
    rows(to, [](const T* row, U* out, const std::vector<index_t>& last) {
      for (const index_t at : last) *out++ = row[at];
    });
  }
  /// Copies the elements of a contiguous array to their places, in order.
  template <class U>
  void scatter(const U* from) const {
    rows(from, [](T* row, const U* in, const std::vector<index_t>& last) {
      for (const index_t at : last) row[at] = *in++;
    });
  }
};

/// The elements of a view that has places: where they are, or a copy of them.
template <class E>
view<const typename E::value_type> elements_of(const E& e, buffer owner) {
  using T = typename E::value_type;
  const places<const T> p(e);
  if (const auto st = p.strides()) return {p.first, p.shape, *st, cpu, std::move(owner)};
  tensor<element_t<T>> copy(p.shape);
  p.gather(copy.elements());
  return {reinterpret_cast<const T*>(copy.elements()), copy.shape(), copy.strides(), cpu,
          copy.memory()};
}

}  // namespace weft::xtensors
