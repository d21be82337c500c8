// weft/index.hpp: what may stand in x(...): integers, ranges, all, newaxis, ellipsis.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <span>

#include "weft/device.hpp"
#include "weft/layout.hpp"

namespace weft {

/// The elements from `start` up to, not including, `stop`, every `step`-th; as Python's
/// start:stop:step. Negative bounds count from the end, std::nullopt means "to the end",
/// bounds beyond the axis are cut, and a negative step walks backwards.
struct range {
  std::optional<index_t> start, stop;
  index_t step = 1;

  range(std::optional<index_t> from, std::optional<index_t> to, index_t by = 1)
      : start(from), stop(to), step(by) {}
  /// The first `to` elements.
  explicit range(index_t to) : stop(to) {}
};

/// The axes that a reduction takes: one, a list, or, when none is named, all. Negative ones count
/// from the end: `sum(x, -1)`, `sum(x, {0, 1})`, `sum(x)`.
class axis_set {
 public:
  axis_set() = default;
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  axis_set(I axis) : list_{index_t(axis)}, every_(false) {}  // NOLINT(google-explicit-constructor)
  axis_set(std::initializer_list<index_t> axes) : list_(axes), every_(false) {}
  axis_set(const dims& axes) : list_(axes), every_(false) {}  // NOLINT(google-explicit-constructor)

  bool every() const { return every_; }
  const dims& list() const { return list_; }

 private:
  dims list_;
  bool every_ = true;
};

/// Whether a reduction keeps the axes that it takes, with extent 1: `max(x, -1, keepdims)`.
struct keepdims_t {
  bool value = true;
  constexpr explicit keepdims_t(bool keep = true) : value(keep) {}
};
inline constexpr keepdims_t keepdims;
inline constexpr keepdims_t dropdims{false};

struct all_t {
  /// Whether all elements are true, as any(); defined in reduce.hpp.
  template <class X>
  auto operator()(X&& x, const axis_set& axes = {}, keepdims_t keep = dropdims) const;
  template <class X>
  auto operator()(X&& x, keepdims_t keep) const;
};
struct newaxis_t {};
struct ellipsis_t {};
/// The whole axis.
inline constexpr all_t all;
/// A new axis of extent 1.
inline constexpr newaxis_t newaxis;
/// As many whole axes as are not named otherwise.
inline constexpr ellipsis_t ellipsis;

/// Anything that may stand between the parentheses of x(...).
template <class I>
concept Index = std::integral<I> || std::same_as<I, range> || std::same_as<I, all_t> ||
                std::same_as<I, newaxis_t> || std::same_as<I, ellipsis_t>;

namespace index {

/// An Index with its type erased, so that slicing is compiled once.
struct item {
  enum class what { integer, range, all, newaxis, ellipsis } kind;
  index_t integer = 0;
  weft::range range{std::nullopt, std::nullopt};

  explicit item(std::integral auto i) : kind(what::integer), integer(index_t(i)) {}
  explicit item(const weft::range& r) : kind(what::range), range(r) {}
  explicit item(all_t) : kind(what::all) {}
  explicit item(newaxis_t) : kind(what::newaxis) {}
  explicit item(ellipsis_t) : kind(what::ellipsis) {}
};

placement slice(const placement& from, std::span<const item> items);

[[noreturn]] void bad_indices(const shape& s, std::span<const index_t> indices);
[[noreturn]] void not_one_element(const shape& s);
[[noreturn]] void not_contiguous(const char* function, const shape& s, const strides& st);
[[noreturn]] void not_on_host(const char* function, device where);

inline index_t offset(const shape& s, const strides& st, std::span<const index_t> indices) {
  if (indices.size() != s.size()) bad_indices(s, indices);
  index_t result = 0;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    index_t i = indices[k];
    if (i < 0) i += s[k];
    if (i < 0 || i >= s[k]) bad_indices(s, indices);
    result += i * st[k];
  }
  return result;
}

}  // namespace index
}  // namespace weft
