// tests/cuda/op_table.hpp: rows of the op table as jobs without types, many rows to a job, so that
// the table is a few dozen kernels and not a thousand.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "weft/job.hpp"

namespace cuda_tests {

/// A row of ops.def on operands of one dtype, as a program that ends with its output.
struct row_program {
  std::string_view name;
  int arity;
  weft::dtype operand, result;
  std::span<const weft::instruction> code;

  weft::dtype operand_type(int k) const {
    return name == "where" && k == 0 ? weft::dtype::boolean : operand;
  }
};

/// bool to complex of double.
std::vector<weft::dtype> all_dtypes();

/// All rows that take this dtype.
std::vector<row_program> row_programs(weft::dtype type);
/// The casts from this dtype to all that take it.
std::vector<row_program> cast_programs(weft::dtype from);

/// Rows that make one kernel: many, since the fake compiler takes a second for each, or as many as
/// ROWS_A_KERNEL in the environment says, since NVRTC takes ten times as long for three times as
/// many.
std::size_t rows_a_kernel();

/// The job of several rows over n elements: data has the outputs first, then each row's operands.
class rows_job {
 public:
  rows_job(std::span<const row_program> rows, std::span<void* const> data, weft::index_t n,
           weft::device where);
  weft::job get() const { return {bindings_, {&stage_, 1}, outputs_}; }

 private:
  weft::shape shape_;
  weft::strides strides_{1};
  std::vector<weft::instruction> program_;
  std::vector<weft::binding> bindings_;
  weft::stage stage_;
  int outputs_;
};

}  // namespace cuda_tests
