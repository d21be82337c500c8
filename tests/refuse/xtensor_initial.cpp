// refuse: weft: a reducer of a tree takes no xt::initial; join that to the result
// xtensor's reducers of a tree of weft's begin with nothing.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#include "../adaptors/xtensor_headers.hpp"

double total(weft::tensor<double>& t) {
#ifdef WEFT_REFUSE
  return xt::sum(t * 2, xt::initial(3.0))();
#else
  return xt::sum(t * 2, xt::keep_dims)(0) + 3.0;
#endif
}
