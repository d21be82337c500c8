// refuse: weft::view_of\(x\): x is not adapted; include its adaptor
// An expression of xtensor's has no elements to view yet.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#include "../adaptors/xtensor_headers.hpp"

auto view(xt::xarray<float>& x) {
#ifdef WEFT_REFUSE
  return weft::view_of(x + x);
#else
  return weft::view_of(xt::eval(x + x));
#endif
}
