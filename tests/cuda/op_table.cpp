// tests/cuda/op_table.cpp: the programs of all rows, and the kernels that several of them make.
// SPDX-License-Identifier: BSD-3-Clause
#include "op_table.hpp"

#include "sources.hpp"
#include "weft/weft.hpp"

namespace cuda_tests {
namespace {

using namespace weft;

template <class Op, class... T>
void add(std::vector<row_program>& rows) {
  using Operand = std::tuple_element_t<sizeof...(T) - 1, std::tuple<T...>>;
  if constexpr (op::accepts<Op, T...>) {
    using R = op::result_t<Op, T...>;
    rows.push_back({Op::name, Op::arity, dtype_of<Operand>, dtype_of<R>,
                    kernel::program<kernel::out<R, kernel::apply<Op, kernel::in<T>...>>>::code});
  }
}

template <class T>
std::vector<row_program> programs() {
  std::vector<row_program> rows;
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, LO, HI, ULP, DOC) \
  if constexpr (std::same_as<op::NAME, op::where>)                    \
    add<op::NAME, bool, T, T>(rows);                                  \
  else if constexpr (ARITY == 1)                                      \
    add<op::NAME, T>(rows);                                           \
  else if constexpr (ARITY == 2)                                      \
    add<op::NAME, T, T>(rows);                                        \
  else                                                                \
    add<op::NAME, T, T, T>(rows);
#include "weft/ops.def"
#undef OP
  return rows;
}

}  // namespace

std::vector<row_program> row_programs(dtype type) {
  static const std::vector<row_program> all[] = {programs<bool>(),
                                                 programs<std::int8_t>(),
                                                 programs<std::int16_t>(),
                                                 programs<std::int32_t>(),
                                                 programs<std::int64_t>(),
                                                 programs<std::uint8_t>(),
                                                 programs<std::uint16_t>(),
                                                 programs<std::uint32_t>(),
                                                 programs<std::uint64_t>(),
                                                 programs<float16>(),
                                                 programs<bfloat16>(),
                                                 programs<float>(),
                                                 programs<double>(),
                                                 programs<std::complex<float>>(),
                                                 programs<std::complex<double>>()};
  return all[std::size_t(type)];
}

rows_job::rows_job(std::span<const row_program> rows, std::span<void* const> data, index_t n,
                   device where)
    : shape_{n}, outputs_(int(rows.size())) {
  const auto bind = [&](dtype type) {
    bindings_.push_back({path::direct, true, type, -1, data[bindings_.size()], &shape_, &strides_,
                         0, nullptr, "", where});
  };
  for (const row_program& r : rows) bind(r.result);
  for (const row_program& r : rows) {
    for (int k = 0; k < r.arity; ++k) bind(r.operand_type(k));
    program_.insert(program_.end(), r.code.begin(), r.code.end());
  }
  stage_.program = program_;
  stage_.count = int(bindings_.size());
}

std::vector<named_source> op_table_sources() {
  std::vector<named_source> all;
  // One type of each kind and size class: the compiler takes a second for each of these kernels.
  for (const dtype t : {dtype::boolean, dtype::int8, dtype::int64, dtype::uint32, dtype::float16,
                        dtype::float32, dtype::float64, dtype::complex64}) {
    std::vector<row_program> rows = row_programs(t);
    // Long bodies are the same templates in double, and take the compiler several times as long.
    std::erase_if(rows, [](const row_program& r) {
      const instruction& step = r.code[r.code.size() - 2];
      return step.cost >= 10 && (step.operand != r.operand || r.operand == dtype::float64);
    });
    for (std::size_t begin = 0; begin < rows.size(); begin += rows_a_kernel) {
      const auto some =
          std::span(rows).subspan(begin, std::min(rows_a_kernel, rows.size() - begin));
      std::vector<void*> data;  // addresses that nothing is read from
      for (std::size_t k = 1; k <= 4 * some.size(); ++k)
        data.push_back(reinterpret_cast<void*>(k << 12));
      const rows_job j(some, data, 64, cpu);
      all.push_back(
          {std::string(name_of(t)) + " from " + std::string(some[0].name), cuda_source(j.get())});
    }
  }
  return all;
}

}  // namespace cuda_tests
