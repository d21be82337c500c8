// tests/ops/rows_complex.cpp: the op table compiled for complex numbers.
#include "compile.hpp"

namespace table {
template std::vector<row> compiled_rows<std::complex<float>>();
template std::vector<row> compiled_rows<std::complex<double>>();
}  // namespace table
