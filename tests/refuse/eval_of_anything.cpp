// refuse: weft::eval\(x\): x is neither an expression nor adapted; include its adaptor
// What weft does not know it cannot evaluate.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>
#include <weft/weft.hpp>

auto copy(std::vector<float>& x) {
#ifdef WEFT_REFUSE
  return weft::eval(x);
#else
  return weft::eval(weft::view<float>(x.data(), {weft::index_t(x.size())}));
#endif
}
