// tests/cuda/op_table.cpp: the programs of all rows, and the kernels that several of them make.
// SPDX-License-Identifier: BSD-3-Clause
#include "op_table.hpp"

#include <cstdlib>
#include <string>

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

template <class From, class... To>
void add_casts(std::vector<row_program>& rows) {
  const auto add_one = [&]<class T>(std::type_identity<T>) {
    if constexpr (is_complex_v<T> || !is_complex_v<From>)
      rows.push_back(
          {"cast", 1, dtype_of<From>, dtype_of<T>,
           kernel::program<kernel::out<T, kernel::apply<cast_to<T>, kernel::in<From>>>>::code});
  };
  (add_one(std::type_identity<To>{}), ...);
}
template <class... T>
std::vector<row_program> all_casts(dtype from) {
  std::vector<row_program> rows;
  ((from == dtype_of<T> ? add_casts<T, T...>(rows) : void()), ...);
  return rows;
}

template <class T>
std::vector<row_program> programs() {
  std::vector<row_program> rows;
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC) \
  if constexpr (std::same_as<op::NAME, op::where>)                          \
    add<op::NAME, bool, T, T>(rows);                                        \
  else if constexpr (ARITY == 1)                                            \
    add<op::NAME, T>(rows);                                                 \
  else if constexpr (ARITY == 2)                                            \
    add<op::NAME, T, T>(rows);                                              \
  else                                                                      \
    add<op::NAME, T, T, T>(rows);
#include "weft/ops.def"
#undef OP
  return rows;
}

}  // namespace

std::size_t rows_a_kernel() {
  const char* given = std::getenv("ROWS_A_KERNEL");
  return given ? std::stoul(given) : 45;
}

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

std::vector<dtype> all_dtypes() {
  std::vector<dtype> all;
  for (int t = 0; t <= int(dtype::complex128); ++t) all.push_back(dtype(t));
  return all;
}

std::vector<row_program> cast_programs(dtype from) {
  return all_casts<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                   std::uint16_t, std::uint32_t, std::uint64_t, float16, bfloat16, float, double,
                   std::complex<float>, std::complex<double>>(from);
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
  for (const dtype t : all_dtypes()) {
    std::vector<row_program> rows = row_programs(t);
    const std::vector<row_program> casts = cast_programs(t);
    rows.insert(rows.end(), casts.begin(), casts.end());
    for (std::size_t begin = 0; begin < rows.size(); begin += rows_a_kernel()) {
      const auto some =
          std::span(rows).subspan(begin, std::min(rows_a_kernel(), rows.size() - begin));
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
