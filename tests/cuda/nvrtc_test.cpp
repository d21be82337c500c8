// tests/cuda/nvrtc_test.cpp: every kernel of the golden set and of the op table through NVIDIA's
// own compiler, for every generation that it knows, and what it makes of them. It needs no GPU.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/nvrtc.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

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

// 75, 80, 90, 100 and the newest that the compiler knows.
const std::vector<std::string>& generations() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> list;
    for (const int a : std::set<int>{75, 80, 90, 100, known_architectures().back()})
      if (architecture_for(a / 10, a % 10) == "sm_" + std::to_string(a))
        list.push_back(std::to_string(a));
    return list;
  }();
  CHECK(all.size() >= 4);
  return all;
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

TEST_CASE("every golden kernel is machine code for every generation", "[.][nvrtc]") {
  if (is_missing()) return;
  for (const auto& [name, text] : cuda_tests::golden_sources())
    for (const std::string& a : generations()) {
      INFO(name << " for sm_" << a);
      CHECK_NOTHROW(compile(text, "sm_" + a));
    }
}

// Nobody runs them, so the compiler need not try hard: it would take many minutes.
TEST_CASE("the op table and all casts compile for every element type and generation",
          "[.][nvrtc]") {
  if (is_missing()) return;
  std::vector<std::string> quickly = compiler_options(false);
  if (std::stoi(compiler_version()) >= 13) quickly.push_back("--Ofast-compile=max");
  for (const auto& [name, text] : cuda_tests::op_table_sources())
    for (const std::string& a : generations()) {
      INFO(name << " for sm_" << a);
      CHECK_NOTHROW(compile(text, "compute_" + a, quickly));
      if (name.starts_with("float32")) CHECK_NOTHROW(compile(text, "sm_" + a, quickly));
    }
}

TEST_CASE("the fake driver's warps are CUDA's", "[.][nvrtc]") {
  if (is_missing()) return;
  std::ostringstream text;
  text << std::ifstream("warps.cu").rdbuf();
  for (const std::string& a : generations()) CHECK_NOTHROW(compile(text.str(), "sm_" + a));
}

TEST_CASE("a small kernel takes the compiler at most 100 ms", "[.][nvrtc]") {
  if (is_missing()) return;
  const std::string text = golden("in_place");
  double best = 1e9;
  for (int k = 0; k < 5; ++k) {
    const std::clock_t begin = std::clock();  // of this process alone
    compile(text, "sm_90");
    best = std::min(best, double(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  if (std::getenv("WEFT_SHOW_TIMES")) std::printf("%.1f ms to compile\n", best * 1e3);
  CHECK(best <= 0.1);
}

TEST_CASE("contiguous kernels load and store 16 bytes at a time", "[.][nvrtc]") {
  if (is_missing()) return;
  for (const char* name : {"contiguous", "repeated", "outputs", "broadcast", "halves", "integers",
                           "in_place", "peeled", "peeled_rows", "map"}) {
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
