// tests/ops/compile.hpp: one kernel for each row of ops.def that takes T, made of the fused loop's
// own parts. The loop around them is tested in tests/property and in position_test.cpp.
#pragma once

#include "table.hpp"
#include "weft/cpu/loop.hpp"

namespace table {

template <class Op, class... T>
void run_row(void* const* data, std::ptrdiff_t n) {
  using namespace weft;
  using Form = kernel::apply<Op, kernel::in<T>...>;
  using R = op::result_t<Op, T...>;
  constexpr int N = kernel::lanes_of<kernel::out<R, Form>>::value;
  kernel::cursor c{data + 1};
  const kernel::part<Form, N, kernel::reads::whole> part(c);
  for (index_t i = 0; i < n; i += N)
    lane::store(static_cast<R*>(data[0]) + i, lane::convert<R>(part.at(i)));
}

template <class Op, class... T>
void add_row(std::vector<row>& rows, rule type_rule) {
  using namespace weft;
  using Operand = std::tuple_element_t<sizeof...(T) - 1, std::tuple<T...>>;
  if constexpr (op::accepts<Op, T...>)
    rows.push_back({Op::name, Op::arity, type_rule, Op::form == op::simd::batch, Op::lo, Op::hi,
                    Op::ulp, dtype_of<Operand>, dtype_of<op::promoted_t<Op, T...>>,
                    dtype_of<op::result_t<Op, T...>>, &run_row<Op, T...>});
}

template <class T>
std::vector<row> compiled_rows() {
  using namespace weft;
  std::vector<row> rows;
  // The condition of `where` is bool; the chain is discarded at compile time.
#define OP(NAME, ARITY, SPELLING, RULE, BODY, SIMD, COST, LO, HI, ULP, DOC) \
  if constexpr (std::same_as<op::NAME, op::where>)                          \
    add_row<op::NAME, bool, T, T>(rows, rule::RULE);                        \
  else if constexpr (ARITY == 1)                                            \
    add_row<op::NAME, T>(rows, rule::RULE);                                 \
  else if constexpr (ARITY == 2)                                            \
    add_row<op::NAME, T, T>(rows, rule::RULE);                              \
  else                                                                      \
    add_row<op::NAME, T, T, T>(rows, rule::RULE);
#include "weft/ops.def"
#undef OP
  return rows;
}

}  // namespace table
