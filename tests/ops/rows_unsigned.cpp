// tests/ops/rows_unsigned.cpp: the op table compiled for bool and unsigned integers.
#include "compile.hpp"

namespace table {
template std::vector<row> compiled_rows<bool>();
template std::vector<row> compiled_rows<std::uint8_t>();
template std::vector<row> compiled_rows<std::uint16_t>();
template std::vector<row> compiled_rows<std::uint32_t>();
template std::vector<row> compiled_rows<std::uint64_t>();
}  // namespace table
