// tests/ops/rows_signed.cpp: the op table compiled for signed integers.
#include "compile.hpp"

namespace table {
template std::vector<row> compiled_rows<std::int8_t>();
template std::vector<row> compiled_rows<std::int16_t>();
template std::vector<row> compiled_rows<std::int32_t>();
template std::vector<row> compiled_rows<std::int64_t>();
}  // namespace table
