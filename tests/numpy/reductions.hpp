// tests/numpy/reductions.hpp: reductions of values by the names that NumPy has for them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "elementwise.hpp"

namespace numpy_reductions {

using namespace weft;

template <class T>
using function = std::string (*)(const view<T>&, const axis_set&, keepdims_t);

#define REDUCTION(NAME, F)                                       \
  {NAME, [](const view<T>& x, const axis_set& a, keepdims_t k) { \
     return elementwise::text(F(x, a, k));                       \
   }}

template <class T>
std::map<std::string, function<T>> functions() {
  std::map<std::string, function<T>> table{
      REDUCTION("sum", sum),       REDUCTION("prod", prod), REDUCTION("min", min),
      REDUCTION("max", max),       REDUCTION("mean", mean), REDUCTION("argmin", argmin),
      REDUCTION("argmax", argmax), REDUCTION("any", any),   REDUCTION("all", all)};
  if constexpr (std::floating_point<T>)
    table.insert({REDUCTION("var", var), REDUCTION("std", stddev), REDUCTION("ptp", ptp),
                  REDUCTION("count_nonzero", count_nonzero), REDUCTION("nansum", nansum),
                  REDUCTION("nanprod", nanprod), REDUCTION("nanmin", nanmin),
                  REDUCTION("nanmax", nanmax), REDUCTION("nanmean", nanmean),
                  REDUCTION("nanvar", nanvar), REDUCTION("nanstd", nanstd),
                  REDUCTION("nanargmin", nanargmin), REDUCTION("nanargmax", nanargmax)});
  return table;
}
#undef REDUCTION

template <class T>
std::string run_as(const std::string& name, const dims& s, const dims& order, const axis_set& axes,
                   bool keep, const std::string& values) {
  static const auto table = functions<T>();
  tensor<T> x(s);
  std::stringstream list(values);
  T* to = x.data();
  for (std::string word; std::getline(list, word, ',');) *to++ = elementwise::parse<T>(word);
  return table.at(name)(permute(x, order), axes, keepdims_t(keep));
}

}  // namespace numpy_reductions
