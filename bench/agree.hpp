// bench/agree.hpp: whether an implementation computes what the case's plain loop computes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "arrays.hpp"

namespace bench {

/// "", or where `found` first differs from `expected` by more than rounding. NaN differs.
std::string difference(const std::vector<elements>& found, const std::vector<elements>& expected);

/// Evaluates both; "" when they agree.
using check = std::function<std::string()>;
void add_check(const std::string& name, index_t size, check c);
/// Runs the checks of all cases of at most `largest` elements and prints those that fail, then how
/// many there were. False when one failed or there was none.
bool all_agree(index_t largest);

}  // namespace bench
