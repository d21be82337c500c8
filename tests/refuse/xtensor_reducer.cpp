// refuse: weft::from\(e\): e has a reducer of xtensor's that weft has no reduction for
// Sums, products, smallest and largest elements are weft's own; another functor is not known.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#include "../adaptors/xtensor_headers.hpp"

#ifdef WEFT_REFUSE
struct join {
  float operator()(float x, float y) const { return x + 2 * y; }
};
#else
using join = xt::detail::plus;
#endif
auto centred(xt::xarray<float>& x) { return weft::eval(x - xt::reduce(join(), x, {0})); }
