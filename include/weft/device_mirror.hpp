// weft/device_mirror.hpp: trees over the host's memory, evaluated on a CUDA device. Their operands
// are copied there for one evaluation; what a device_mirror keeps stays there for the next ones.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <vector>

#include "weft/eval.hpp"

namespace weft {

namespace evaluation {
class moved_job;
}

/// Copies of host memory on a device, for evaluations that read the same operands again and again:
///
///     weft::device_mirror mirror(weft::cuda(0));
///     mirror.keep(a, b);                       // copied now
///     auto y = weft::eval(a * b + c, mirror);  // copies c only
///     a(0, 0) = 7;                             // the copy is stale: evaluations read the old 7
///     mirror.refresh(a);                       // copied again
///
/// A copy is made when it is asked for and never follows the host's elements by itself. What is
/// kept is borrowed: forget() it, or clear(), before it is freed or resized, else other data that
/// comes to its addresses would be taken for it. Elements are found by their addresses, so a view
/// of what is kept needs no copy of its own. For one thread at a time.
class device_mirror {
 public:
  /// Keeps nothing yet. With `cpu` in the place of a device it never does, and evaluations run on
  /// the host. Throws device_error for a device that is missing.
  explicit device_mirror(device where);

  device where() const { return where_; }

  /// Copies the memory from the first to the last element of each x, tensors, views and adapted
  /// containers of the host; again if it is kept already. Throws memory_error; device_error for
  /// elements that are on a device.
  template <class... X>
    requires(Operands<X> && ...)
  void keep(const X&... x) {
    (keep(span_of("device_mirror::keep", x)), ...);
  }
  /// Copies what is kept of x again, after its elements have changed. Throws error when it is not
  /// kept, or only in part.
  template <class... X>
    requires(Operands<X> && ... && (sizeof...(X) > 0))
  void refresh(const X&... x) {
    (refresh(span_of("device_mirror::refresh", x)), ...);
  }
  /// All that is kept.
  void refresh();
  /// No longer keeps x.
  template <class... X>
    requires(Operands<X> && ...)
  void forget(const X&... x) {
    (forget(span_of("device_mirror::forget", x)), ...);
  }
  void clear() { kept_.clear(); }

  /// Bytes that are kept on the device.
  std::size_t bytes() const;

  /// Host memory from one element to behind another.
  struct memory_span {
    const std::byte* first = nullptr;
    std::size_t bytes = 0;
  };
  /// The copy of host memory; null when it is not kept.
  void* find(const memory_span& s) const;

 private:
  struct copied {
    memory_span from;
    buffer to;
  };

  template <class X>
  static memory_span span_of(const char* function, const X& x) {
    const auto tree = [&] {
      if constexpr (requires { x.as_view(); })
        return x.as_view();
      else
        return view_of(x);
    }();
    return span_of(function, tree.device(), tree.elements(), tree.where(), size_of(tree.dtype()));
  }
  static memory_span span_of(const char* function, device where, const void* data,
                             const placement& p, std::size_t element_bytes);
  void keep(const memory_span& s);
  void refresh(const memory_span& s);
  void forget(const memory_span& s);

  friend class evaluation::moved_job;

  device where_;
  std::vector<copied> kept_;
};

namespace evaluation {
/// A job over the host's memory as one on a device: each operand is the copy that `mirror` keeps,
/// or one made for this job. Generators that only C++ can compute are computed into memory first.
class moved_job {
 public:
  /// Throws device_error for a callable of map() without CUDA text, which runs on the host only.
  moved_job(const job& j, const device_mirror& mirror);
  moved_job(const moved_job&) = delete;
  moved_job& operator=(const moved_job&) = delete;
  job get() const;

 private:
  void compute(binding& b);
  void note(const binding& b);
  void copy_spans();
  void move(binding& b) const;

  const device_mirror& mirror_;
  job from_;
  std::vector<binding> bindings_;
  std::vector<reduction_stage> reductions_;
  std::vector<device_mirror::memory_span> spans_;
  std::vector<device_mirror::copied> copies_;
  // Generators' elements, and where they are.
  std::vector<buffer> computed_;
};

/// The elements of `tree` as T in a new tensor on the mirror's device.
template <class T, class E>
tensor<T> evaluated(const E& tree, layout order, const device_mirror& mirror) {
  const bound<std::tuple<T>, E> b(tree);
  tensor<T> result(tree.shape(), order, mirror.where());
  written_job w(b);
  w.bind_targets(result);
  execute(moved_job(w.get(), mirror).get());
  return result;
}
}  // namespace evaluation

/// The elements of e, whose operands are in the host's memory, in a new row-major tensor on the
/// mirror's device. Throws as eval() does, and device_error for a map() without CUDA text.
template <class E>
  requires Operands<E>
auto eval(const E& e, const device_mirror& mirror) {
  const auto& tree = trees::as_evaluated(e);
  using T = typename std::remove_cvref_t<decltype(tree)>::value_type;
  return evaluation::evaluated<T>(tree, layout::row_major, mirror);
}

}  // namespace weft
