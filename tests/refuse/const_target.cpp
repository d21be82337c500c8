// refuse: weft::assign\(y, e\): y is a view<const T>, which only reads
// Views of const tensors do not write.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

#ifdef WEFT_REFUSE
using values = const weft::tensor<float>;
#else
using values = weft::tensor<float>;
#endif
void clear(values& x) { x(weft::range(0, 2)) = 0; }
