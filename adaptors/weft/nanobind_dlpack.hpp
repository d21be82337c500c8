// weft/nanobind_dlpack.hpp: DLPack's protocol between Python objects, through nanobind. A class
// that wraps a tensor gets it in two lines, and can then be given to numpy.from_dlpack and its
// like:
//
//     .def("__dlpack__", [](const Image& x, nb::kwargs how) {
//       return weft::dlpack_capsule(x.pixels, how); })
//     .def("__dlpack_device__", [](const Image&) { return weft::dlpack_device(weft::cpu); })
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nanobind/nanobind.h>

#include <type_traits>

#include "weft/dlpack_capsule.hpp"

namespace weft {

namespace numpy {
/// What f() returns, Python's error as nanobind's.
template <class F>
auto or_python_error(F f) {
  try {
    return f();
  } catch (const raised&) {
    throw nanobind::python_error();
  }
}
}  // namespace numpy

/// What a class's `__dlpack__(stream=None, max_version=None, copy=None, ...)` returns for a tensor
/// or a view x: a capsule that shares x's memory, or for `copy=True` a copy of it, in version 1 of
/// the format for a consumer that says it reads that, else in the older form. Throws BufferError
/// when x only reads and the consumer cannot be told.
template <class X>
  requires Expr<std::remove_cvref_t<X>>
nanobind::object dlpack_capsule(X&& x, const nanobind::kwargs& how) {
  return numpy::or_python_error(
      [&] { return nanobind::steal(numpy::sent(x.as_view(), how.ptr()).release()); });
}
/// What its `__dlpack_device__()` returns.
inline nanobind::tuple dlpack_device(device d) {
  const auto id = dlpack::device_of(d);
  return nanobind::make_tuple(int(id.type), int(id.index));
}

/// The elements of any Python object with `__dlpack__`, as from_dlpack() of its managed tensor.
/// Throws TypeError for an object without, else what its `__dlpack__` raised.
template <class T>
view<T> from_dlpack(const nanobind::object& x) {
  return numpy::or_python_error([&] { return numpy::received<T>(x.ptr()); });
}

}  // namespace weft
