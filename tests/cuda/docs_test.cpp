// tests/cuda/docs_test.cpp: what the README and docs/cuda.md show of a device is what weft says.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "same.hpp"

using namespace weft;

namespace {

// Without the declarations before the kernel's own.
std::string shortened(const std::string& source) {
  const auto begin = source.find("\nnamespace weft {\n");
  const auto end = source.find("\nnamespace weft::scalar {\n\n__device__ ");
  REQUIRE(begin < end);
  REQUIRE(end != std::string::npos);
  return source.substr(0, begin) + "\n...\n" + source.substr(end);
}

// The first block of code behind `lead` in a page.
void check_block(const std::string& path, const std::string& lead, const std::string& expected) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::string page = text.str();
  auto begin = page.find(lead);
  REQUIRE(begin != std::string::npos);
  begin = page.find('\n', page.find("```", begin)) + 1;
  const auto end = page.find("```", begin);
  INFO("run cuda_tests with WEFT_UPDATE_GOLDEN=1 in tests/cuda to write it anew in " << path);
  if (std::getenv("WEFT_UPDATE_GOLDEN"))
    std::ofstream(path) << page.replace(begin, end - begin, expected);
  else
    CHECK(page.substr(begin, end - begin) == expected);
}

}  // namespace

TEST_CASE("the README shows what explain says of its expression on a device") {
  const tensor<float> a(shape{1000}), b(shape{1000});
  const auto x = a.to("cuda"), y = b.to(weft::cuda(0));
  check_block("../../README.md", "`explain` of the same tree", shortened(explain(x * y + sin(x))));
}

TEST_CASE("docs/cuda.md shows the kernel that its expression becomes") {
  const tensor<float> a(shape{1000}), b(shape{1000}), c(shape{1000});
  check_block("../../docs/cuda.md", "`a * b + sin(c)` over contiguous floats is",
              shortened(cuda_source(a * b + sin(c))));
}
