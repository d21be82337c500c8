// refuse: invalid variable template 'dtype_of<long double>'|constraints not satisfied
// Only element types have a dtype: `long double` has none, `double` has.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/dtype.hpp"

#ifdef WEFT_REFUSE
constexpr auto t = weft::dtype_of<long double>;
#else
constexpr auto t = weft::dtype_of<double>;
#endif
static_assert(weft::size_of(t) == 8);
