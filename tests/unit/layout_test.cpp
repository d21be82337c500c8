// tests/unit/layout_test.cpp: strides and contiguity.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/layout.hpp"

#include "catch.hpp"

using namespace weft;

TEST_CASE("an array without elements is contiguous in every order") {
  CHECK(is_contiguous({0, 7, 7}, {1, 1, 7}));
  CHECK(is_contiguous({7, 7, 0}, {7, 1, 1}, layout::column_major));
  CHECK(!is_contiguous({1, 7, 7}, {1, 1, 7}));
}

TEST_CASE("the strides of an extent of 1 are never stepped by, so they may be anything") {
  CHECK(is_contiguous({3, 1, 4}, {4, -9, 1}));
}
