// tests/cuda/golden_test.cpp: generated kernels as text, so that a change to them shows in review.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "sources.hpp"

TEST_CASE("generated kernels are those of tests/cuda/golden") {
  for (const auto& [name, text] : cuda_tests::golden_sources()) {
    const std::string path = "golden/" + name + ".cu";
    if (std::getenv("WEFT_UPDATE_GOLDEN")) std::ofstream(path) << text;
    std::ostringstream found;
    found << std::ifstream(path).rdbuf();
    INFO("run cuda_tests with WEFT_UPDATE_GOLDEN=1 in tests/cuda to write " << path << " anew");
    CHECK(found.str() == text);
  }
}
