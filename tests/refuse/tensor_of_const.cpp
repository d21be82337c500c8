// refuse: weft::tensor<T>: T is bool, an integer of <cstdint>, float16, bfloat16
// A tensor that does not change is a const tensor.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

#ifdef WEFT_REFUSE
weft::tensor<const float> x{1, 2};
#else
const weft::tensor<float> x{1, 2};
#endif
