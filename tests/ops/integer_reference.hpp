// tests/ops/integer_reference.hpp: the integer rows of the table, written a second time.
#pragma once

#include "table.hpp"

namespace table {

/// The value of an integer row in 128-bit arithmetic, wrapped to the row's type. False when the
/// row has no second definition here; it is then compared with its own body in long double.
bool integer_expected(const row& r, long double x, long double y, long double z,
                      long double& value);

}  // namespace table
