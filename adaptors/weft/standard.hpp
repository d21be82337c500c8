// weft/standard.hpp: std::vector, std::array, std::span and bare pointers as weft views, without a
// copy. A named container is borrowed: it must outlive every tree made from it, and growing it ends
// them. A temporary vector or array moves into the view; a span only ever refers.
//
//     std::vector<float> a = ...;
//     weft::tensor<float> y = weft::sin(a) + 1;                      // rank 1
//     auto image = weft::adapt(pixels, {height, width}, {pitch, 1});  // rank 2, borrowed
//     auto owned = weft::adapt(from_c(), {n}, [](double* p) { free(p); });
//
// The way back: x.data(), x.span(), and std::vector<float>(x.begin(), x.end()) for a copy.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <concepts>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "weft/error.hpp"
#include "weft/held.hpp"
#include "weft/operand.hpp"
#include "weft/view.hpp"

namespace weft {

namespace standard {
template <class C>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = true;

template <class C>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

template <class C>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <class C>
concept Container = (is_vector<C> || is_span<C> || is_array<C>) && Element<typename C::value_type>;

void check(const void* data, const shape& s, const strides& st);

/// Memory that release(data) frees, now if there is none for saying so.
template <class T, class Release>
buffer owned(T* data, Release release) {
  struct owner {
    T* data;
    Release release;
  };
  owner* o = new (std::nothrow) owner{data, std::move(release)};
  if (!o) {
    release(data);
    throw std::bad_alloc();
  }
  const auto end = [](void* p) {
    const std::unique_ptr<owner> last(static_cast<owner*>(p));
    last->release(last->data);
  };
  return buffer::adopt(const_cast<std::remove_const_t<T>*>(data), 0, cpu, end, o);
}
}  // namespace standard

/// `view_of(c)` for a std::vector, std::array or std::span of elements: rank 1. A std::vector<bool>
/// has no elements in memory; hold a tensor<bool> instead.
template <class C>
  requires standard::Container<C>
struct adaptor<C> {
  template <class X>
  static auto view_of(X&& x) {
    static_assert(!std::same_as<C, std::vector<bool>>,
                  "weft::view_of(x): std::vector<bool> keeps bits, which have no addresses; use a "
                  "std::vector<std::uint8_t> or a weft::tensor<bool>");
    if constexpr (std::same_as<C, std::vector<bool>>) {
      return view<bool>(nullptr, shape{});  // the assertion is the one line to read
    } else {
      return held(std::forward<X>(x), []<class Y>(Y& y, buffer owner) {
        using T = std::remove_pointer_t<decltype(y.data())>;
        return view<T>(y.data(), shape{index_t(y.size())}, strides{1}, cpu, std::move(owner));
      });
    }
  }
};

/// The elements at `data`, of any shape and any strides (in elements; row-major without). Borrowed:
/// the caller keeps them alive. Throws shape_error for strides that do not match the shape or a
/// negative extent, error for a null pointer to elements.
template <class T>
  requires Element<std::remove_const_t<T>>
view<T> adapt(T* data, const shape& s, const strides& st) {
  standard::check(data, s, st);
  return view<T>(data, s, st);
}
template <class T>
  requires Element<std::remove_const_t<T>>
view<T> adapt(T* data, const shape& s) {
  return adapt(data, s, contiguous_strides(s));
}

/// The same elements owned: release(data) runs once, when the last view or tree of them has gone,
/// or before this returns when it throws.
template <class T, std::invocable<T*> Release>
  requires Element<std::remove_const_t<T>>
view<T> adapt(T* data, const shape& s, const strides& st, Release release) {
  auto owner = standard::owned(data, std::move(release));
  standard::check(data, s, st);
  return view<T>(data, s, st, cpu, std::move(owner));
}
template <class T, std::invocable<T*> Release>
  requires Element<std::remove_const_t<T>>
view<T> adapt(T* data, const shape& s, Release release) {
  return adapt(data, s, contiguous_strides(s), std::move(release));
}

namespace standard {
inline void check(const void* data, const shape& s, const strides& st) {
  shapes::check("adapt", s, 1);
  if (s.ndim() != st.ndim())
    throw shape_error("adapt: shape " + to_string(s) + " needs " + std::to_string(s.ndim()) +
                      " strides, in elements, not " + to_string(st));
  if (!data && s.product() > 0)
    throw error("adapt: a null pointer to elements of shape " + to_string(s));
}
}  // namespace standard

}  // namespace weft
