// weft/numpy.hpp: NumPy's arrays through pybind11, both ways, without a copy and with shared
// ownership; and type casters, so that a function over tensors and views is bound in one line:
//
//     m.def("softplus", [](weft::view<const float> x) { return weft::eval(weft::softplus(x)); });
//     m.def("scale", [](weft::view<double> y, double by) { y *= by; });   // in the caller's array
//
// A view parameter takes an array of its element type where it is; view<const T> takes read-only
// ones, too. A tensor parameter, which owns its elements, gets a copy. Tensors and views are
// returned as arrays of the same memory, those of view<const T> read-only. A view may be let go of
// on any thread: that takes the interpreter's lock. SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/error.hpp"
#include "weft/eval.hpp"
#include "weft/tensor.hpp"
#include "weft/view.hpp"

namespace weft {

namespace numpy {
namespace py = pybind11;

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

/// An element type's name in the signatures that pybind11 prints.
template <class T>
constexpr auto described() {
  constexpr std::string_view name = weft::name_of(weft::dtype_of<T>);
  char text[name.size() + 1] = {};
  for (std::size_t i = 0; i < name.size(); ++i) text[i] = name[i];
  return py::detail::descr<name.size()>(text);
}

/// The element type of an array; nothing when weft has none such.
inline std::optional<dtype> dtype_of(const py::array& a) {
  const std::string name = a.dtype().kind() + std::to_string(a.itemsize());
  for (int t = 0; t <= int(dtype::complex128); ++t)
    if (dtype(t) != dtype::bfloat16 && name == format(dtype(t))) return dtype(t);
  return std::nullopt;
}

[[noreturn]] inline void refuse(const std::string& why) {
  throw py::type_error("from_numpy: " + why);
}

/// Throws TypeError for an array whose elements weft cannot refer to, whatever their type.
inline void check(const py::array& a) {
  const auto described = [&] {
    return "elements of dtype " + py::str(a.dtype()).cast<std::string>();
  };
  if (!dtype_of(a))
    refuse(described() +
           "; weft takes bool, integers, float16 to float64, complex64 and "
           "complex128: use x.astype(...)");
  if (!a.dtype().attr("isnative").cast<bool>())
    refuse(described() +
           " have their bytes in the other order; use x.astype(x.dtype.newbyteorder('='))");
  if ((a.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) == 0)
    refuse("the elements are not aligned; use x.copy()");
  if (a.ndim() > max_ndim)
    refuse(std::to_string(a.ndim()) + " axes; weft has at most " + std::to_string(max_ndim));
  for (py::ssize_t axis = 0; axis < a.ndim(); ++axis)
    if (a.shape(axis) > 1 && a.strides(axis) % a.itemsize() != 0)
      refuse("stride of " + std::to_string(a.strides(axis)) + " bytes on axis " +
             std::to_string(axis) + ", no whole number of elements; use x.copy()");
}

/// The elements of an array that has been checked.
template <class T>
view<T> view_of(const py::array& a) {
  shape s;
  strides st;
  for (py::ssize_t axis = 0; axis < a.ndim(); ++axis) {
    s.push_back(a.shape(axis));
    st.push_back(a.strides(axis) / a.itemsize());
  }
  auto* data = const_cast<void*>(a.data());
  PyObject* kept = a.inc_ref().ptr();
  const auto release = [](void* array) {
    if (!Py_IsInitialized()) return;  // the interpreter is gone, and all its objects with it
    const py::gil_scoped_acquire lock;
    Py_DECREF(static_cast<PyObject*>(array));
  };
  auto owner = buffer::adopt(data, std::size_t(a.nbytes()), cpu, release, kept);
  return view<T>(static_cast<T*>(data), s, st, cpu, std::move(owner));
}
}  // namespace numpy

/// The elements of an array as a view that keeps it alive, with any strides. Throws TypeError for
/// anything but an array; for elements of another type than T, or that are unaligned, byte-swapped
/// or objects; for a read-only array and a T that is not const. Needs the interpreter's lock.
template <class T>
  requires Element<std::remove_const_t<T>>
view<T> from_numpy(const pybind11::handle& x) {
  if (!pybind11::isinstance<pybind11::array>(x))
    numpy::refuse("a " +
                  pybind11::str(pybind11::type::handle_of(x).attr("__name__")).cast<std::string>() +
                  " is no NumPy array; use numpy.asarray(x)");
  const auto a = pybind11::reinterpret_borrow<pybind11::array>(x);
  numpy::check(a);
  constexpr dtype wanted = dtype_of<std::remove_const_t<T>>;
  if (*numpy::dtype_of(a) != wanted)
    numpy::refuse("the elements are " + std::string(name_of(*numpy::dtype_of(a))) + ", not " +
                  std::string(name_of(wanted)));
  if (!std::is_const_v<T> && !a.writeable())
    numpy::refuse("the array is read-only; pass x.copy(), or take it as a view<const T>");
  return numpy::view_of<T>(a);
}

/// The elements of a tensor or a view as an array that shares their ownership; of a tree, those of
/// a new tensor. A view<const T>, or a const tensor, is read-only. A view that only borrows keeps
/// nothing alive. Throws dtype_error for bfloat16. Needs the interpreter's lock.
template <class X>
  requires Expr<X>
pybind11::array to_numpy(X&& x) {
  if constexpr (requires { x.as_view(); }) {
    const auto v = x.as_view();
    using T = std::remove_pointer_t<decltype(v.data())>;
    constexpr dtype type = dtype_of<std::remove_const_t<T>>;
    std::vector<pybind11::ssize_t> s(v.shape().begin(), v.shape().end()), st;
    for (const index_t step : v.strides()) st.push_back(step * index_t(sizeof(T)));
    auto shared = std::make_unique<buffer>(v.owner());
    const pybind11::capsule owner(shared.get(), [](void* b) { delete static_cast<buffer*>(b); });
    shared.release();  // the capsule's from here on
    pybind11::array a(pybind11::dtype(numpy::format(type)), std::move(s), std::move(st), v.data(),
                      owner);
    if (std::is_const_v<T>) a.attr("flags").attr("writeable") = false;
    return a;
  } else {
    return to_numpy(weft::eval(x));
  }
}

}  // namespace weft

namespace pybind11::detail {

/// An array of another element type leaves the call to the function's other overloads; one that no
/// overload could take is a TypeError that says why.
template <class T>
struct type_caster<weft::view<T>> {
  static constexpr auto name = const_name("numpy.ndarray[") +
                               weft::numpy::described<std::remove_const_t<T>>() + const_name("]");
  template <class U>
  using cast_op_type = movable_cast_op_type<U>;
  operator weft::view<T>*() { return &*value_; }
  operator weft::view<T>&() { return *value_; }
  operator weft::view<T>&&() && { return std::move(*value_); }

  bool load(handle source, bool) {
    if (!isinstance<array>(source)) return false;
    const auto a = reinterpret_borrow<array>(source);
    weft::numpy::check(a);
    if (*weft::numpy::dtype_of(a) != weft::dtype_of<std::remove_const_t<T>>) return false;
    value_.emplace(weft::from_numpy<T>(source));
    return true;
  }
  template <class V>
  static handle cast(V&& v, return_value_policy, handle) {
    return weft::to_numpy(std::forward<V>(v)).release();
  }

 private:
  std::optional<weft::view<T>> value_;
};

template <class T>
struct type_caster<weft::tensor<T>> {
  PYBIND11_TYPE_CASTER(weft::tensor<T>, type_caster<weft::view<const T>>::name);

  bool load(handle source, bool convert) {
    type_caster<weft::view<const T>> elements;
    if (!elements.load(source, convert)) return false;
    value = static_cast<weft::view<const T>&>(elements);
    return true;
  }
  static handle cast(const weft::tensor<T>& x, return_value_policy, handle) {
    return weft::to_numpy(x).release();
  }
  static handle cast(weft::tensor<T>&& x, return_value_policy, handle) {
    return weft::to_numpy(x).release();
  }
};

}  // namespace pybind11::detail
