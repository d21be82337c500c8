// docs/examples/python_module.cpp: a Python module over weft. Functions over tensors and views are
// bound in one line; a class holds a tensor of either float type, prints it as weft does, shares
// its memory with NumPy, and speaks DLPack. python_session.py uses it.
// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <variant>
#include <vector>
#include <weft/numpy.hpp>
#include <weft/numpy_dlpack.hpp>
#include <weft/weft.hpp>

namespace py = pybind11;

namespace {

struct array {
  std::variant<weft::view<float>, weft::view<double>> elements;

  template <class F>
  auto visit(F f) const {
    return std::visit(f, elements);
  }
};

weft::shape shape_of(const std::vector<weft::index_t>& extents) { return weft::shape(extents); }

array from_numpy(const py::array& a) {
  if (py::isinstance<py::array_t<float>>(a)) return {weft::from_numpy<float>(a)};
  return {weft::from_numpy<double>(a)};
}

array add(const array& x, const array& y) {
  return std::visit([](const auto& a, const auto& b) { return array{weft::eval(a + b).as_view()}; },
                    x.elements, y.elements);
}

}  // namespace

PYBIND11_MODULE(weft_example, m) {
  m.doc() = "weft's tensors in Python: an example";

  // One line for a function. An array is taken where it is, and what comes back is weft's memory.
  m.def("softplus", [](weft::view<const float> x) { return weft::eval(weft::softplus(x)); });
  m.def("softplus", [](weft::view<const double> x) { return weft::eval(weft::softplus(x)); });
  m.def("scale", [](weft::view<double> y, double by) { y *= by; });
  m.def("doubled", [](weft::tensor<int> x) { return x *= 2; });
  m.def("same", [](weft::view<double> x) { return x; });
  m.def("reads", [](weft::view<const double> x) { return x; });
  m.def("truth", [](weft::view<const bool> x) { return weft::eval(!x); });
  m.def("total", [](const std::vector<weft::view<const double>>& all) {
    double sum = 0;
    for (const auto& x : all) sum += weft::sum(x).item();
    return sum;
  });
  m.def("halves", [](weft::view<const weft::float16> x) { return weft::eval(x * 2); });

  py::class_<array>(m, "Tensor")
      .def("__repr__",
           [](const array& x) { return x.visit([](auto v) { return weft::to_string(v); }); })
      .def("numpy",
           [](const array& x) { return x.visit([](auto v) { return weft::to_numpy(v); }); })
      .def("add_",
           [](array& x, double y) {
             x.visit([&](auto v) { v += y; });
             return x;
           })
      .def("to",
           [](const array& x, const std::string& device) {
             return x.visit([&](auto v) { return array{v.to(device).as_view()}; });
           })
      .def("__add__", &add)
      .def("__dlpack__",
           [](const array& x, const py::kwargs& how) {
             return x.visit([&](auto v) { return weft::dlpack_capsule(v, how); });
           })
      .def("__dlpack_device__", [](const array& x) {
        return x.visit([](auto v) { return weft::dlpack_device(v.device()); });
      });
  m.def("zeros", [](const std::vector<weft::index_t>& extents) {
    return array{weft::zeros<float>(shape_of(extents)).as_view()};
  });
  m.def("from_numpy", &from_numpy);
  m.def("from_dlpack", [](const py::object& x) { return array{weft::from_dlpack<double>(x)}; });
  m.def("read_dlpack", [](const py::object& x) { return weft::from_dlpack<const double>(x); });
  m.def("lent", [](weft::view<const double> x, const py::kwargs& how) {
    return weft::dlpack_capsule(x, how);
  });
}
