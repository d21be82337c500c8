// refuse: weft::tensor<T>: T is bool, an integer of <cstdint>, float16, bfloat16
// Elements are what every backend has.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

#ifdef WEFT_REFUSE
weft::tensor<long double> x(weft::shape{3});
#else
weft::tensor<double> x(weft::shape{3});
#endif
