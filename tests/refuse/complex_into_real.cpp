// refuse: weft: a complex expression does not fit a real target; take real\(e\) or abs\(e\)
// Nor does an assignment.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

void store(weft::tensor<float>& y, const weft::tensor<std::complex<float>>& z) {
#ifdef WEFT_REFUSE
  y = z * z;
#else
  y = abs(z * z);
#endif
}
