// weft/shape.hpp: a short list of integers held inline, as shape or as strides; broadcasting.
// Up to 8 numbers without heap allocation, so that a tree of views is plain data.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <type_traits>

namespace weft {

using index_t = std::int64_t;

/// The largest rank that weft handles.
inline constexpr int max_ndim = 8;

/// Up to `max_ndim` integers, held inline. Throws `shape_error` when given more.
class dims {
 public:
  constexpr dims() = default;
  constexpr dims(std::initializer_list<index_t> values) {
    for (index_t v : values) push_back(v);
  }
  /// From any range of integers, e.g. the shape of a container of another library.
  template <class R>
    requires requires(const R& r) {
      requires std::integral<std::remove_cvref_t<decltype(*std::begin(r))>>;
      std::end(r);
    }
  explicit constexpr dims(const R& values) {
    for (auto v : values) push_back(static_cast<index_t>(v));
  }
  /// `ndim` times `value`.
  static constexpr dims filled(int ndim, index_t value) {
    dims d;
    for (int i = 0; i < ndim; ++i) d.push_back(value);
    return d;
  }

  constexpr int ndim() const { return ndim_; }
  constexpr std::size_t size() const { return std::size_t(ndim_); }
  constexpr bool empty() const { return ndim_ == 0; }
  constexpr index_t& operator[](std::size_t i) { return values_[i]; }
  constexpr index_t operator[](std::size_t i) const { return values_[i]; }
  constexpr index_t back() const { return values_[ndim_ - 1]; }
  constexpr index_t* begin() { return values_; }
  constexpr index_t* end() { return values_ + ndim_; }
  constexpr const index_t* begin() const { return values_; }
  constexpr const index_t* end() const { return values_ + ndim_; }

  constexpr void push_back(index_t value) {
    if (ndim_ == max_ndim) too_many();
    values_[ndim_++] = value;
  }
  void insert(int position, index_t value);
  void erase(int position);

  /// The product of the numbers: the count of elements of a shape; 1 for rank 0.
  constexpr index_t product() const {
    index_t p = 1;
    for (index_t v : *this) p *= v;
    return p;
  }

  friend constexpr bool operator==(const dims& a, const dims& b) {
    if (a.ndim_ != b.ndim_) return false;
    for (int i = 0; i < a.ndim_; ++i)
      if (a.values_[i] != b.values_[i]) return false;
    return true;
  }

 private:
  [[noreturn]] static void too_many();

  index_t values_[max_ndim] = {};
  int ndim_ = 0;
};

/// Extents, outermost axis first. `shape{2, 3}` is 2 rows of 3.
using shape = dims;
/// Distances between neighbours along each axis, in elements; they may be 0 or negative.
using strides = dims;

/// `(3, 4)`, and `(3,)` for one axis.
std::string to_string(const dims& d);

namespace shapes {
/// Throws `shape_error` for a negative extent or a count of elements (of `element_size` bytes)
/// beyond the address space; `function` opens the message.
void check(const char* function, const shape& s, std::size_t element_size);

/// Widens `into` to the broadcast of both, by NumPy's rule: shapes are aligned at their last axis
/// and an extent of 1 repeats. Throws `shape_error` naming the axis that does not agree.
void broadcast_slow(const char* function, shape& into, const shape& with);

inline void broadcast(const char* function, shape& into, const shape& with) {
  if (with.ndim() == 0) return;
  if (into.ndim() == 0)
    into = with;
  else if (!(into == with))
    broadcast_slow(function, into, with);
}

/// `axis` counted from the end when negative. Throws `index_error` when out of range.
int normalize_axis(const char* function, index_t axis, int ndim);
}  // namespace shapes

/// The shape that arrays of these shapes have together, by NumPy's rule.
/// Throws `shape_error` when they do not broadcast.
template <std::same_as<shape>... S>
shape broadcast_shapes(const shape& first, const S&... rest) {
  shape s = first;
  (shapes::broadcast("broadcast_shapes", s, rest), ...);
  return s;
}

}  // namespace weft
