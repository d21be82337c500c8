// tests/golden/readme_test.cpp: what the README and docs/adaptors.md show is what their programs
// are and print.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include "catch.hpp"

namespace {

std::string contents(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The predicted time is the machine's: only that it is there is pinned.
std::string without_prediction(const std::string& text) {
  static const std::regex prediction("predicted: [0-9.e+-]+ us at [0-9.e+-]+ GB/s, limited by .*");
  return std::regex_replace(text, prediction, "predicted");
}

const std::string readme = without_prediction(contents("../../README.md"));

}  // namespace

TEST_CASE("the README's program is docs/examples/first.cpp") {
  const std::string program = contents("../../docs/examples/first.cpp");
  const auto begin = program.find("#include <iostream>");
  REQUIRE(begin != std::string::npos);
  CHECK(readme.find("```cpp\n" + program.substr(begin) + "```") != std::string::npos);
}

TEST_CASE("the programs of docs/adaptors.md are those in docs/examples/adaptors") {
  const std::string page = contents("../../docs/adaptors.md");
  for (const std::string name : {"standard", "eigen", "dlpack", "xtensor", "nanobind"}) {
    const std::string program = contents(("../../docs/examples/adaptors/" + name + ".cpp").c_str());
    const auto begin = program.find("#include");
    REQUIRE(begin != std::string::npos);
    INFO(name);
    CHECK(page.find("```cpp\n" + program.substr(begin) + "```") != std::string::npos);
  }
}

TEST_CASE("the README's output is what its program prints") {
  std::FILE* output = popen(FIRST_PROGRAM, "r");
  REQUIRE(output);
  std::string printed;
  char line[256];
  while (std::fgets(line, sizeof line, output)) printed += line;
  CHECK(pclose(output) == 0);
  INFO(printed);
  CHECK(printed.find("predicted: ") != std::string::npos);
  CHECK(readme.find("```\n" + without_prediction(printed) + "```") != std::string::npos);
}
