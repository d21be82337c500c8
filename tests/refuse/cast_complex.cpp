// refuse: weft::cast<T>\(x\): complex to real loses a part; take real\(x\)
// A cast does not drop imaginary parts in silence.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>

auto part(const weft::tensor<std::complex<float>>& z) {
#ifdef WEFT_REFUSE
  return weft::cast<float>(z);
#else
  return weft::cast<float>(real(z));
#endif
}
