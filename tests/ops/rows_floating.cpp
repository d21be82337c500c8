// tests/ops/rows_floating.cpp: the op table compiled for float and double.
#include "compile.hpp"

namespace table {
template std::vector<row> compiled_rows<float>();
template std::vector<row> compiled_rows<double>();
}  // namespace table
