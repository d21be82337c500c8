// weft/xtensor_device.hpp: xtensor expressions evaluated on a CUDA device.
//
//     auto z = weft::eval(a * b + xt::sin(c), weft::cuda(0));   // a, b and c are copied there
//     weft::device_mirror mirror(weft::cuda(0));
//     mirror.keep(a, b);                                        // copied once
//     auto y = weft::eval(a * b + xt::sin(c), mirror);          // copies c
//     mirror.refresh(a);                                        // after a has changed
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "weft/device_mirror.hpp"
#include "weft/xtensor_word.hpp"

namespace weft {

/// The elements of an xtensor expression, computed on the mirror's device, in a new container of
/// xtensor's as eval(e) gives. Its buffers are copied there, but for those that the mirror keeps,
/// of which the copy is read as it is: after they have changed, call mirror.refresh(). Throws as
/// eval() does; device_error for a functor that weft has no row for, which runs on the host only.
template <class E>
  requires(Operands<E>) && XtensorExpression<E>
auto eval(const E& e, const device_mirror& mirror) {
  using container = typename xtensors::container<E>::type;
  auto tree = trees::as_tree(e);
  if (mirror.where() == cpu) return xtensors::evaluated<container>(std::move(tree));
  auto result =
      container::from_shape(xtensors::numbers<typename container::shape_type>(tree.shape()));
  using T = element_t<typename container::value_type>;
  constexpr auto order = container::static_layout == xt::layout_type::column_major
                             ? layout::column_major
                             : layout::row_major;
  const auto there = evaluation::evaluated<T>(tree, order, mirror);
  devices::copy_bytes(result.data(), cpu, there.elements(), there.device(),
                      std::size_t(there.size()) * sizeof(T));
  return result;
}
/// The same on device `where`, whose copies are freed afterwards.
template <class E>
  requires(Operands<E>) && XtensorExpression<E>
auto eval(const E& e, device where) {
  return weft::eval(e, device_mirror(where));
}

}  // namespace weft
