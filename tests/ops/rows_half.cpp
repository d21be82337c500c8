// tests/ops/rows_half.cpp: the op table compiled for the two halves.
#include "compile.hpp"

namespace table {
template std::vector<row> compiled_rows<weft::float16>();
template std::vector<row> compiled_rows<weft::bfloat16>();
}  // namespace table
