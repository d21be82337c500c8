// tests/ops/table.hpp: the op table as run-time data, so that every check is ordinary code.
// Each accepted pair of row and dtype is one compiled kernel; a number of any dtype is exact in a
// complex long double, which holds 64-bit integers and doubles alike.
#pragma once

#include <complex>
#include <cstddef>
#include <string_view>
#include <vector>

#include "weft/dtype.hpp"

namespace table {

using weft::dtype;
using exact = std::complex<long double>;

/// Elements of one dtype, padded to whole SIMD steps.
class column {
 public:
  column(dtype type, std::size_t size);
  dtype type() const { return type_; }
  std::size_t size() const { return size_; }
  void* data() { return bytes_.data() + offset_; }
  const void* data() const { return bytes_.data() + offset_; }
  /// The element, exactly.
  exact operator[](std::size_t i) const;
  /// Stores the value in this dtype, as C++ converts it; integers wrap, halves round from float.
  void set(std::size_t i, exact value);
  /// The bits of an element, for comparisons that tell -0 from 0 and one NaN from another.
  std::vector<std::byte> bits(std::size_t i) const;

 private:
  dtype type_;
  std::size_t size_, offset_;
  std::vector<std::byte> bytes_;
};

enum class rule {
  arithmetic,
  ring,
  real,
  integral,
  floating,
  real_floating,
  equality,
  ordering,
  predicate,
  logical,
  magnitude,
  component,
  angle,
  select
};

/// A row of ops.def on operands of one dtype (the condition of `where` is bool).
struct row {
  std::string_view name;
  int arity;
  table::rule rule;
  bool batch;
  double lo, hi, ulp;
  dtype operand, promoted, result;
  /// data: the result, then the operands; whole steps, so n may be rounded up to 64.
  void (*run)(void* const* data, std::ptrdiff_t n);

  column operator()(const std::vector<column>& operands) const;
};

/// All rows that take this dtype.
const std::vector<row>& rows_on(dtype type);

/// Each dtype's rows are compiled in a file of its kind: rows_*.cpp.
template <class T>
std::vector<row> compiled_rows();

}  // namespace table
