// docs/examples/adaptors/nanobind.cpp: a Python module over NumPy's arrays; quoted in
// docs/adaptors.md, used by nanobind.py.
// SPDX-License-Identifier: BSD-3-Clause
#include <nanobind/nanobind.h>

#include <weft/nanobind.hpp>
#include <weft/weft.hpp>

NB_MODULE(adaptor_nanobind, m) {
  m.def("softplus", [](weft::view<const float> x) { return weft::eval(weft::softplus(x)); });
  m.def("scale", [](weft::view<double> y, double by) { y *= by; });  // in the caller's array
  m.def("rows", [](weft::tensor<float> x) { return weft::eval(weft::sum(x, 1)); });
}
