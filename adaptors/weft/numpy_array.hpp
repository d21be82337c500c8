// weft/numpy_array.hpp: where a NumPy array's elements are, as it says in `__array_struct__`, and
// whether weft can refer to them. What weft/numpy.hpp and weft/nanobind.hpp share: it needs no more
// than Python's own header, and all of it needs the interpreter's lock.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/buffer.hpp"
#include "weft/error.hpp"
#include "weft/shape.hpp"
#include "weft/view.hpp"

namespace weft::numpy {

/// An array that weft cannot refer to, and why: a TypeError in Python.
struct refused : error {
  explicit refused(const std::string& why) : error("from_numpy: " + why) {}
};

struct drop_reference {
  void operator()(PyObject* x) const { Py_DECREF(x); }
};
/// A reference to a Python object, or none.
using reference = std::unique_ptr<PyObject, drop_reference>;

/// NumPy's name for an element type, e.g. `f4`. Throws dtype_error for bfloat16, which it lacks.
inline std::string format(dtype t) {
  if (t == dtype::bfloat16)
    throw dtype_error("to_numpy: NumPy has no bfloat16; cast<float>(x) first");
  const char kind = t == dtype::boolean   ? 'b'
                    : t <= dtype::int64   ? 'i'
                    : t <= dtype::uint64  ? 'u'
                    : t <= dtype::float64 ? 'f'
                                          : 'c';
  return kind + std::to_string(size_of(t));
}

/// What the capsule in `__array_struct__` points at, from the published array interface.
struct description {
  int two;  // for a check
  int ndim;
  char kind;
  int itemsize;
  int flags;
  std::intptr_t* shape;
  std::intptr_t* strides;  // in bytes
  void* data;
};
enum flag : int { aligned = 0x100, native_bytes = 0x200, writeable = 0x400 };

/// A NumPy array with its description, or nothing when x is something else.
class array_at {
 public:
  explicit array_at(PyObject* x) : object_(x) {
    if (!is_array(x)) return;
    capsule_.reset(PyObject_GetAttrString(x, "__array_struct__"));
    if (capsule_)
      says_ = static_cast<const description*>(PyCapsule_GetPointer(capsule_.get(), nullptr));
    PyErr_Clear();  // a subclass may hide what it is
    if (says_ && says_->two != 2) says_ = nullptr;
  }

  explicit operator bool() const { return says_ != nullptr; }
  const description* operator->() const { return says_; }
  PyObject* object() const { return object_; }

  /// The element type; nothing when weft has none such.
  std::optional<dtype> type() const {
    const std::string name = says_->kind + std::to_string(says_->itemsize);
    for (int t = 0; t <= int(dtype::complex128); ++t)
      if (dtype(t) != dtype::bfloat16 && name == format(dtype(t))) return dtype(t);
    return std::nullopt;
  }

 private:
  // Nothing is one before somebody has imported NumPy.
  static bool is_array(PyObject* x) {
    const reference name(PyUnicode_FromString("numpy"));
    const reference module(name ? PyImport_GetModule(name.get()) : nullptr);
    const reference type(module ? PyObject_GetAttrString(module.get(), "ndarray") : nullptr);
    const bool is = type && PyObject_IsInstance(x, type.get()) == 1;
    if (!is) PyErr_Clear();
    return is;
  }

  PyObject* object_;
  reference capsule_;
  const description* says_ = nullptr;
};

/// str(x), or nothing of it when that fails.
inline std::string text_of(PyObject* x) {
  const reference text(x ? PyObject_Str(x) : nullptr);
  const char* characters = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  if (!characters) PyErr_Clear();
  return characters ? characters : "";
}

/// Throws refused for an array whose elements weft cannot refer to, whatever their type.
inline void check(const array_at& a) {
  const auto described = [&] {
    const reference type(PyObject_GetAttrString(a.object(), "dtype"));
    return "elements of dtype " + text_of(type.get());
  };
  if (!a.type())
    throw refused(described() +
                  "; weft takes bool, integers, float16 to float64, complex64 and "
                  "complex128: use x.astype(...)");
  if ((a->flags & native_bytes) == 0)
    throw refused(described() +
                  " have their bytes in the other order; use x.astype(x.dtype.newbyteorder('='))");
  if ((a->flags & aligned) == 0) throw refused("the elements are not aligned; use x.copy()");
  if (a->ndim > max_ndim)
    throw refused(std::to_string(a->ndim) + " axes; weft has at most " + std::to_string(max_ndim));
  for (int axis = 0; axis < a->ndim; ++axis)
    if (a->shape[axis] > 1 && a->strides[axis] % a->itemsize != 0)
      throw refused("stride of " + std::to_string(a->strides[axis]) + " bytes on axis " +
                    std::to_string(axis) + ", no whole number of elements; use x.copy()");
}

/// The elements of an array that has been checked and is of this type, as a view that keeps the
/// array alive. It may be let go of on any thread. Throws refused for a read-only array and a T
/// that is not const.
template <class T>
view<T> elements(const array_at& a) {
  if (!std::is_const_v<T> && (a->flags & writeable) == 0)
    throw refused("the array is read-only; pass x.copy(), or take it as a view<const T>");
  shape s;
  strides st;
  for (int axis = 0; axis < a->ndim; ++axis) {
    s.push_back(a->shape[axis]);
    st.push_back(a->strides[axis] / a->itemsize);
  }
  const auto release = [](void* array) {
    if (!Py_IsInitialized()) return;  // the interpreter is gone, and all its objects with it
    const PyGILState_STATE lock = PyGILState_Ensure();
    Py_DECREF(static_cast<PyObject*>(array));
    PyGILState_Release(lock);
  };
  const auto bytes = std::size_t(s.product()) * sizeof(T);
  Py_INCREF(a.object());
  return view<T>(static_cast<T*>(a->data), s, st, cpu,
                 buffer::adopt(a->data, bytes, cpu, release, a.object()));
}

/// The array x where a function takes a view<T>; nothing when x is no array or its elements are of
/// another type, so that another overload may take it. Throws refused when none could, and for a
/// read-only array and a T that is not const.
template <class T>
std::optional<view<T>> argument(PyObject* x) {
  const array_at a(x);
  if (!a) return std::nullopt;
  check(a);
  if (*a.type() != dtype_of<std::remove_const_t<T>>) return std::nullopt;
  return elements<T>(a);
}

/// The same where nothing else will do. Throws refused.
template <class T>
view<T> from(PyObject* x) {
  const array_at a(x);
  if (!a) {
    const std::string name = Py_TYPE(x)->tp_name;
    throw refused("a " + name.substr(name.rfind('.') + 1) +
                  " is no NumPy array; use numpy.asarray(x)");
  }
  check(a);
  constexpr dtype wanted = dtype_of<std::remove_const_t<T>>;
  if (*a.type() != wanted)
    throw refused("the elements are " + std::string(name_of(*a.type())) + ", not " +
                  std::string(name_of(wanted)));
  return elements<T>(a);
}

}  // namespace weft::numpy
