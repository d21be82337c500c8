// weft/nanobind.hpp: NumPy's arrays through nanobind, as weft/numpy.hpp is through pybind11: both
// ways, without a copy and with shared ownership; and a function is bound in one line:
//
//     m.def("softplus", [](weft::view<const float> x) { return weft::eval(weft::softplus(x)); });
//     m.def("scale", [](weft::view<double> y, double by) { y *= by; });   // in the caller's array
//
// A view parameter takes an array of its element type where it is; view<const T> takes read-only
// ones, too. A tensor parameter, which owns its elements, gets a copy. Tensors and views are
// returned as arrays of the same memory, those of view<const T> read-only. A source file includes
// this or weft/numpy.hpp, not both.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/dlpack.hpp"
#include "weft/eval.hpp"
#include "weft/numpy_array.hpp"
#include "weft/tensor.hpp"
#include "weft/view.hpp"

namespace weft {

namespace numpy {
namespace nb = ::nanobind;

/// The annotation of a parameter or a result in the signatures that nanobind prints.
template <class T>
constexpr auto signature() {
  constexpr std::string_view name = weft::name_of(weft::dtype_of<std::remove_const_t<T>>);
  char text[name.size() + 1] = {};
  for (std::size_t i = 0; i < name.size(); ++i) text[i] = name[i];
  return nb::detail::const_name("numpy.ndarray[dtype=") + nb::detail::descr<name.size()>(text) +
         nb::detail::const_name<std::is_const_v<T>>(", writable=False]", "]");
}

/// A view as an array of the kind that Options name.
template <class... Options, class T>
nb::object exported(const view<T>& v) {
  const dlpack::data_type type = dlpack::type_of(dtype_of<std::remove_const_t<T>>);
  const std::vector<std::size_t> extents(v.shape().begin(), v.shape().end());
  const std::vector<std::int64_t> steps(v.strides().begin(), v.strides().end());
  auto shared = std::make_unique<buffer>(v.owner());
  const nb::capsule owner(shared.get(), [](void* b) noexcept { delete static_cast<buffer*>(b); });
  shared.release();  // the capsule's from here on
  return nb::ndarray<Options...>(v.data(), extents.size(), extents.data(), owner, steps.data(),
                                 nb::dlpack::dtype{type.code, type.bits, type.lanes},
                                 nb::device::cpu::value)
      .cast();
}
}  // namespace numpy

/// The elements of an array as a view that keeps it alive, with any strides. Throws TypeError for
/// anything but an array; for elements of another type than T, or that are unaligned, byte-swapped
/// or objects; for a read-only array and a T that is not const. Needs the interpreter's lock.
template <class T>
  requires Element<std::remove_const_t<T>>
view<T> from_numpy(const nanobind::handle& x) {
  try {
    return numpy::from<T>(x.ptr());
  } catch (const numpy::refused& why) {
    throw nanobind::type_error(why.what());
  }
}

/// The elements of a tensor or a view as an array that shares their ownership; of a tree, those of
/// a new tensor. A view<const T>, or a const tensor, is read-only. A view that only borrows keeps
/// nothing alive. Throws dtype_error for bfloat16. Needs the interpreter's lock.
template <class X>
  requires Expr<X>
nanobind::object to_numpy(X&& x) {
  if constexpr (requires { x.as_view(); }) {
    const auto v = x.as_view();
    using T = std::remove_pointer_t<decltype(v.data())>;
    if constexpr (std::is_same_v<std::remove_const_t<T>, bfloat16>)
      numpy::format(dtype::bfloat16);  // throws
    if constexpr (std::is_const_v<T>)
      return numpy::exported<nanobind::numpy, nanobind::ro>(v);
    else
      return numpy::exported<nanobind::numpy>(v);
  } else {
    return to_numpy(weft::eval(x));
  }
}

}  // namespace weft

namespace nanobind::detail {

/// An array of another element type leaves the call to the function's other overloads; one that no
/// overload could take is a TypeError that says why.
template <class T>
struct type_caster<weft::view<T>> {
  using Value = weft::view<T>;
  static constexpr auto Name = weft::numpy::signature<T>();
  template <class U>
  using Cast = movable_cast_t<U>;
  // Of a parameter, the refusal is thrown where nanobind asks for the value; here it may not be.
  template <class>
  bool can_cast() const {
    return value_.has_value();
  }
  explicit operator Value*() { return &found(); }
  explicit operator Value&() { return found(); }
  explicit operator Value&&() { return std::move(found()); }

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept try {
    value_.reset();  // a list's caster takes one element after another
    auto elements = weft::numpy::argument<T>(source.ptr());
    if (elements) value_.emplace(*std::move(elements));
    return value_.has_value();
  } catch (const std::exception& why) {
    refusal_ = why.what();
    return true;
  }

  template <class V>
  static handle from_cpp(V&& v, rv_policy, cleanup_list*) noexcept {
    try {
      if constexpr (std::is_pointer_v<std::remove_reference_t<V>>)
        return v ? weft::to_numpy(*v).release() : none().release();
      else
        return weft::to_numpy(v).release();
    } catch (python_error& e) {
      e.restore();
    } catch (const std::bad_alloc&) {
      PyErr_NoMemory();
    } catch (const std::exception& e) {
      if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, e.what());
    }
    return {};
  }

 private:
  Value& found() {
    if (!value_) throw type_error(refusal_.c_str());
    return *value_;
  }

  std::optional<Value> value_;
  std::string refusal_;
};

template <class T>
struct type_caster<weft::tensor<T>> {
  using Value = weft::tensor<T>;
  static constexpr auto Name = weft::numpy::signature<const T>();
  template <class U>
  using Cast = movable_cast_t<U>;
  template <class U>
  bool can_cast() const {
    return elements_.template can_cast<U>();
  }
  explicit operator Value*() { return &copied(); }
  explicit operator Value&() { return copied(); }
  explicit operator Value&&() { return std::move(copied()); }

  bool from_python(handle source, std::uint32_t flags, cleanup_list* cleanup) noexcept {
    return elements_.from_python(source, flags, cleanup);
  }
  template <class V>
  static handle from_cpp(V&& v, rv_policy policy, cleanup_list* cleanup) noexcept {
    return type_caster<weft::view<T>>::from_cpp(std::forward<V>(v), policy, cleanup);
  }

 private:
  Value& copied() {
    value_ = static_cast<weft::view<const T>&>(elements_);
    return value_;
  }

  type_caster<weft::view<const T>> elements_;
  Value value_;
};

}  // namespace nanobind::detail
