// weft/numpy_dlpack.hpp: DLPack's protocol between Python objects, through pybind11. A class that
// wraps a tensor gets it in two lines, and can then be given to numpy.from_dlpack and its like:
//
//     .def("__dlpack__", [](const Image& x, const py::kwargs& how) {
//       return weft::dlpack_capsule(x.pixels, how); })
//     .def("__dlpack_device__", [](const Image&) { return weft::dlpack_device(weft::cpu); })
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include <type_traits>
#include <utility>

#include "weft/dlpack_capsule.hpp"

namespace weft {

namespace numpy {
/// What f() returns, Python's error as pybind11's.
template <class F>
auto or_error_already_set(F f) {
  try {
    return f();
  } catch (const raised&) {
    throw pybind11::error_already_set();
  }
}
}  // namespace numpy

/// What a class's `__dlpack__(stream=None, max_version=None, copy=None, ...)` returns for a tensor
/// or a view x: a capsule that shares x's memory, or for `copy=True` a copy of it, in version 1 of
/// the format for a consumer that says it reads that, else in the older form. Throws BufferError
/// when x only reads and the consumer cannot be told.
template <class X>
  requires Expr<std::remove_cvref_t<X>>
pybind11::object dlpack_capsule(X&& x, const pybind11::kwargs& how) {
  return numpy::or_error_already_set([&] {
    PyObject* c = numpy::sent(x.as_view(), how.ptr()).release();
    return pybind11::reinterpret_steal<pybind11::object>(c);
  });
}
/// What its `__dlpack_device__()` returns.
inline std::pair<int, int> dlpack_device(device d) {
  const auto id = dlpack::device_of(d);
  return {id.type, id.index};
}

/// The elements of any Python object with `__dlpack__`, as from_dlpack() of its managed tensor.
/// Throws TypeError for an object without, else what its `__dlpack__` raised.
template <class T>
view<T> from_dlpack(const pybind11::object& x) {
  return numpy::or_error_already_set([&] { return numpy::received<T>(x.ptr()); });
}

}  // namespace weft
