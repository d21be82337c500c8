// tests/cuda/nvrtc_test.cpp: every kernel of the golden set and of the op table through NVIDIA's
// own compiler, for every generation that it knows, and what it makes of them. It needs no GPU.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/nvrtc.hpp"

#include <iostream>
#include <set>
#include <string>

#include "catch.hpp"
#include "sources.hpp"

using namespace weft::gpu;

namespace {

bool is_missing() {
  if (compiler_problem().empty()) return false;
  std::cerr << "skipped: " << compiler_problem() << "\n";
  return true;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string ptx_of(const std::string& source) {
  const std::vector<char> text = compile(source, "compute_90");
  return {text.begin(), text.end()};
}

std::string golden(const std::string& name) {
  for (const auto& s : cuda_tests::golden_sources())
    if (s.name == name) return s.text;
  FAIL("no golden source " << name);
  return "";
}

}  // namespace

TEST_CASE("every golden kernel compiles for every generation", "[.][nvrtc]") {
  if (is_missing()) return;
  std::set<int> wanted{75, 80, 90, 100, known_architectures().back()};
  std::erase_if(
      wanted, [](int a) { return architecture_for(a / 10, a % 10) != "sm_" + std::to_string(a); });
  CHECK(wanted.size() >= 4);
  for (const auto& [name, text] : cuda_tests::golden_sources())
    for (const int a : wanted) {
      INFO(name << " for sm_" << a);
      CHECK_NOTHROW(compile(text, "sm_" + std::to_string(a)));
    }
}

TEST_CASE("the op table compiles for element types of every kind", "[.][nvrtc]") {
  if (is_missing()) return;
  for (const auto& [name, text] : cuda_tests::op_table_sources()) {
    INFO(name);
    CHECK_NOTHROW(compile(text, "compute_75"));
  }
}

TEST_CASE("contiguous kernels load and store 16 bytes at a time", "[.][nvrtc]") {
  if (is_missing()) return;
  for (const char* name : {"repeated", "outputs", "in_place", "peeled", "peeled_rows", "map"}) {
    INFO(name);
    const std::string ptx = ptx_of(golden(name));
    const bool loads = contains(ptx, "ld.global.v4") || contains(ptx, "ld.global.nc.v4");
    CHECK(loads);
    CHECK(contains(ptx, "st.global.v4"));
  }
}

TEST_CASE("kernels of floats use neither doubles nor memory of their own", "[.][nvrtc]") {
  if (is_missing()) return;
  // sin and cos are not here: their reduction of large arguments uses both.
  for (const char* name :
       {"broadcast", "odd_rows", "transpose", "small_transpose", "large_transpose", "strided",
        "shared", "outputs", "in_place", "generated", "halves", "integers", "peeled", "peeled_rows",
        "strided_transpose", "map"}) {
    INFO(name);
    const std::string ptx = ptx_of(golden(name));
    CHECK_FALSE(contains(ptx, ".f64"));
    CHECK_FALSE(contains(ptx, ".local"));
  }
}
