// weft/numpy_dlpack.hpp: DLPack's protocol between Python objects, through pybind11. A class that
// wraps a tensor gets it in two lines, and can then be given to numpy.from_dlpack and its like:
//
//     .def("__dlpack__", [](const Image& x, const py::kwargs& how) {
//       return weft::dlpack_capsule(x.pixels, how); })
//     .def("__dlpack_device__", [](const Image&) { return weft::dlpack_device(weft::cpu); })
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <type_traits>
#include <utility>

#include "weft/dlpack.hpp"

namespace weft {

namespace numpy {
template <class M>
inline constexpr bool is_versioned = std::is_same_v<M, dlpack::managed_tensor_versioned>;
template <class M>
inline constexpr const char* capsule = is_versioned<M> ? "dltensor_versioned" : "dltensor";
template <class M>
inline constexpr const char* used_capsule =
    is_versioned<M> ? "used_dltensor_versioned" : "used_dltensor";

/// A capsule that calls the deleter unless somebody has taken the tensor.
template <class M>
pybind11::object in_capsule(M* m) {
  PyObject* c = PyCapsule_New(m, capsule<M>, [](PyObject* self) {
    if (!PyCapsule_IsValid(self, capsule<M>)) return;
    auto* unread = static_cast<M*>(PyCapsule_GetPointer(self, capsule<M>));
    unread->deleter(unread);
  });
  if (!c) {
    m->deleter(m);
    throw pybind11::error_already_set();
  }
  return pybind11::reinterpret_steal<pybind11::object>(c);
}

template <class T, class M>
view<T> taken(PyObject* c) {
  auto* m = static_cast<M*>(PyCapsule_GetPointer(c, capsule<M>));
  PyCapsule_SetName(c, used_capsule<M>);  // from here on it is ours to delete
  return from_dlpack<T>(m);
}
}  // namespace numpy

/// What a class's `__dlpack__(stream=None, max_version=None, ...)` returns for a tensor or a view
/// x: a capsule that shares x's memory, in version 1 of the format for a consumer that says it
/// reads that, else in the older form. Throws BufferError when x only reads and the consumer
/// cannot be told.
template <class X>
  requires Expr<std::remove_cvref_t<X>>
pybind11::object dlpack_capsule(X&& x, const pybind11::kwargs& how) {
  const auto v = x.as_view();
  if (how.contains("max_version") && !how["max_version"].is_none() &&
      how["max_version"].cast<std::pair<int, int>>().first >= 1)
    return numpy::in_capsule(to_dlpack(v));
  if constexpr (std::is_const_v<std::remove_pointer_t<decltype(v.elements())>>)
    throw pybind11::buffer_error(
        "__dlpack__: the elements are read-only, which needs a consumer of DLPack "
        "1.0 or newer; copy them first");
  else
    return numpy::in_capsule(to_dlpack_unversioned(v));
}
/// What its `__dlpack_device__()` returns.
inline std::pair<int, int> dlpack_device(device d) {
  const auto id = dlpack::device_of(d);
  return {id.type, id.index};
}

/// The elements of any Python object with `__dlpack__`, as from_dlpack() of its managed tensor.
template <class T>
view<T> from_dlpack(const pybind11::object& x) {
  namespace py = pybind11;
  if (!py::hasattr(x, "__dlpack__"))
    throw py::type_error("from_dlpack: a " +
                         py::str(py::type::handle_of(x).attr("__name__")).cast<std::string>() +
                         " has no __dlpack__");
  py::object c;
  try {
    c = x.attr("__dlpack__")(py::arg("max_version") =
                                 std::pair(dlpack::major_version, dlpack::minor_version));
  } catch (const py::error_already_set& e) {
    if (!e.matches(PyExc_TypeError)) throw;
    c = x.attr("__dlpack__")();  // a producer that knows the older protocol only
  }
  using versioned = dlpack::managed_tensor_versioned;
  using older = dlpack::managed_tensor;
  if (PyCapsule_IsValid(c.ptr(), numpy::capsule<versioned>))
    return numpy::taken<T, versioned>(c.ptr());
  if (PyCapsule_IsValid(c.ptr(), numpy::capsule<older>)) return numpy::taken<T, older>(c.ptr());
  throw py::type_error("from_dlpack: __dlpack__ returned no capsule that is still to be taken");
}

}  // namespace weft
