// weft/numpy.hpp: NumPy's arrays through pybind11, both ways, without a copy and with shared
// ownership; and type casters, so that a function over tensors and views is bound in one line:
//
//     m.def("softplus", [](weft::view<const float> x) { return weft::eval(weft::softplus(x)); });
//     m.def("scale", [](weft::view<double> y, double by) { y *= by; });   // in the caller's array
//
// A view parameter takes an array of its element type where it is; view<const T> takes read-only
// ones, too. A tensor parameter, which owns its elements, gets a copy. Tensors and views are
// returned as arrays of the same memory, those of view<const T> read-only. A view may be let go of
// on any thread: that takes the interpreter's lock.
// SPDX-License-Identifier: BSD-3-Clause
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

#include "weft/eval.hpp"
#include "weft/numpy_array.hpp"
#include "weft/tensor.hpp"
#include "weft/view.hpp"

namespace weft {

namespace numpy {
namespace py = pybind11;

/// An element type's name in the signatures that pybind11 prints.
template <class T>
constexpr auto described() {
  constexpr std::string_view name = weft::name_of(weft::dtype_of<T>);
  char text[name.size() + 1] = {};
  for (std::size_t i = 0; i < name.size(); ++i) text[i] = name[i];
  return py::detail::descr<name.size()>(text);
}

/// What f() returns, a refusal as Python's TypeError.
template <class F>
auto or_type_error(F f) {
  try {
    return f();
  } catch (const refused& why) {
    throw py::type_error(why.what());
  }
}
}  // namespace numpy

/// The elements of an array as a view that keeps it alive, with any strides. Throws TypeError for
/// anything but an array; for elements of another type than T, or that are unaligned, byte-swapped
/// or objects; for a read-only array and a T that is not const. Needs the interpreter's lock.
template <class T>
  requires Element<std::remove_const_t<T>>
view<T> from_numpy(const pybind11::handle& x) {
  return numpy::or_type_error([&] { return numpy::from<T>(x.ptr()); });
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
    auto found = weft::numpy::or_type_error([&] { return weft::numpy::argument<T>(source.ptr()); });
    if (found) value_.emplace(*std::move(found));
    return value_.has_value();
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
