// weft/dlpack_capsule.hpp: DLPack's protocol between Python objects: what a class's `__dlpack__`
// returns, and what becomes of another's. What weft/numpy_dlpack.hpp and weft/nanobind_dlpack.hpp
// share: it needs no more than Python's own header, and all of it needs the interpreter's lock.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Python.h>

#include <string>
#include <type_traits>
#include <utility>

#include "weft/dlpack.hpp"
#include "weft/eval.hpp"
#include "weft/numpy_array.hpp"

namespace weft::numpy {

/// Thrown when Python's own error is set. Each binding has a type for that.
struct raised {};

[[noreturn]] inline void raise(PyObject* kind, const std::string& why) {
  PyErr_SetString(kind, why.c_str());
  throw raised();
}
/// A new reference that a function of Python's has returned. Throws raised when it failed.
inline reference owned(PyObject* x) {
  if (!x) throw raised();
  return reference(x);
}

template <class M>
inline constexpr bool is_versioned = std::is_same_v<M, dlpack::managed_tensor_versioned>;
template <class M>
inline constexpr const char* capsule = is_versioned<M> ? "dltensor_versioned" : "dltensor";
template <class M>
inline constexpr const char* used_capsule =
    is_versioned<M> ? "used_dltensor_versioned" : "used_dltensor";

/// A capsule that calls the deleter unless somebody has taken the tensor.
template <class M>
reference in_capsule(M* m) {
  PyObject* c = PyCapsule_New(m, capsule<M>, [](PyObject* self) {
    if (!PyCapsule_IsValid(self, capsule<M>)) return;
    auto* unread = static_cast<M*>(PyCapsule_GetPointer(self, capsule<M>));
    unread->deleter(unread);
  });
  if (!c) m->deleter(m);
  return owned(c);
}

/// What the keyword arguments of `__dlpack__` ask for; null stands for none. The stream is not
/// looked at.
struct wishes {
  bool versioned = false;  // a consumer that reads version 1 of the format
  bool copied = false;

  explicit wishes(PyObject* how) {
    if (PyObject* newest = named(how, "max_version")) {
      const reference major = owned(PySequence_GetItem(newest, 0));
      versioned = PyLong_AsLong(major.get()) >= dlpack::major_version;
    }
    if (PyObject* copy = named(how, "copy")) copied = PyObject_IsTrue(copy) == 1;
    if (PyErr_Occurred()) throw raised();
  }

 private:
  static PyObject* named(PyObject* how, const char* name) {
    PyObject* x = how ? PyDict_GetItemString(how, name) : nullptr;
    return x == Py_None ? nullptr : x;
  }
};

/// A capsule that shares the memory of a view. Throws raised, a BufferError, when the view only
/// reads and the consumer cannot be told.
template <class T>
reference capsule_of(const view<T>& v, const wishes& how, std::uint64_t flags = 0) {
  if (how.versioned) {
    auto* sent = to_dlpack(v);
    sent->flags |= flags;
    return in_capsule(sent);
  }
  if constexpr (std::is_const_v<T>)
    raise(PyExc_BufferError,
          "__dlpack__: the elements are read-only, which needs a consumer of DLPack 1.0 or newer; "
          "copy them first");
  else
    return in_capsule(to_dlpack_unversioned(v));
}
/// The same of what __dlpack__(**how) is called for: of a new tensor, if the consumer wants a copy.
template <class T>
reference sent(const view<T>& v, PyObject* how) {
  const wishes w(how);
  return w.copied ? capsule_of(weft::copy(v).as_view(), w, dlpack::is_copied) : capsule_of(v, w);
}

template <class T, class M>
view<T> taken(PyObject* c) {
  auto* m = static_cast<M*>(PyCapsule_GetPointer(c, capsule<M>));
  PyCapsule_SetName(c, used_capsule<M>);  // from here on it is ours to delete
  return from_dlpack<T>(m);
}

/// The elements of an object with `__dlpack__`, as from_dlpack() of its managed tensor. Throws
/// raised: a TypeError for an object without, else what the object raised.
template <class T>
view<T> received(PyObject* x) {
  if (!PyObject_HasAttrString(x, "__dlpack__")) {
    const std::string name = Py_TYPE(x)->tp_name;
    raise(PyExc_TypeError,
          "from_dlpack: a " + name.substr(name.rfind('.') + 1) + " has no __dlpack__");
  }
  const reference method = owned(PyObject_GetAttrString(x, "__dlpack__"));
  const reference nothing = owned(PyTuple_New(0));
  const reference newest = owned(Py_BuildValue(
      "{s:(ii)}", "max_version", int(dlpack::major_version), int(dlpack::minor_version)));
  reference c(PyObject_Call(method.get(), nothing.get(), newest.get()));
  if (!c && PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Clear();
    c.reset(PyObject_CallNoArgs(method.get()));  // a producer that knows the older protocol only
  }
  if (!c) throw raised();
  using versioned = dlpack::managed_tensor_versioned;
  using older = dlpack::managed_tensor;
  if (PyCapsule_IsValid(c.get(), capsule<versioned>)) return taken<T, versioned>(c.get());
  if (PyCapsule_IsValid(c.get(), capsule<older>)) return taken<T, older>(c.get());
  raise(PyExc_TypeError, "from_dlpack: __dlpack__ returned no capsule that is still to be taken");
}

}  // namespace weft::numpy
