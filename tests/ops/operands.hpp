// tests/ops/operands.hpp: what the rows of the op table are tried on.
#pragma once

#include <string>

#include "table.hpp"

namespace table {

/// At least n operands for the row, drawn from its domain; small ones too where it reaches 0.
std::vector<column> in_domain(const row& r, std::size_t n);

/// The numbers of a dtype on which implementations go wrong: ends, zeros, halfway cases, NaN.
std::vector<long double> special_numbers(dtype type);

/// Every combination of special numbers, thinned for rows of three operands.
std::vector<column> special(const row& r);

/// The worst element of a result against expected().
struct verdict {
  double distance = 0;  // in units of the bound: above 1 is a failure
  std::string words;
  std::size_t failures = 0;
};
verdict judge(const row& r, const std::vector<column>& operands, const column& result);

}  // namespace table
