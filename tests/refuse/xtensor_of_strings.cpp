// refuse: weft::view_of\(x\): x is an xtensor container of elements that weft has no dtype
// xtensor holds anything; weft holds numbers.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#include "../adaptors/xtensor_headers.hpp"

#ifdef WEFT_REFUSE
using element = std::string;
#else
using element = float;
#endif
auto doubled(xt::xarray<element>& x) { return weft::square(x); }
