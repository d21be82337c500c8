// refuse: weft::from\(e\): e has one of xtensor's reducers in it
// xtensor's lazy reducers give wrong values inside larger expressions; weft does not repeat them.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#include "../adaptors/xtensor_headers.hpp"

auto centred(xt::xarray<float>& x) {
#ifdef WEFT_REFUSE
  return weft::eval(x - xt::mean(x, {0}));
#else
  return weft::eval(x - xt::eval(xt::mean(x, {0})));
#endif
}
