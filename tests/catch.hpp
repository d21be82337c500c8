// tests/catch.hpp: Catch2, version 2 (Debian 12) or 3 (elsewhere), under version 3's names.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#include <string>

namespace Catch::Matchers {
inline auto ContainsSubstring(const std::string& text) { return Contains(text); }
}  // namespace Catch::Matchers
#endif
