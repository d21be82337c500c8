// tests/cuda/nvrtc_test.cpp: every kernel of the golden set and of the op table through NVIDIA's
// own compiler, for every generation that it knows, and what it makes of them. It needs no GPU.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/nvrtc.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sources.hpp"
#include "weft/cuda/run.hpp"
#include "weft/weft.hpp"

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
  for (const char* name :
       {"contiguous", "repeated", "broadcast", "odd_rows", "transpose", "small_transpose",
        "large_transpose", "strided", "shared", "outputs", "in_place", "generated", "halves",
        "integers", "peeled", "peeled_rows", "strided_transpose", "map", "complex"}) {
    INFO(name);
    const std::string ptx = ptx_of(golden(name));
    CHECK_FALSE(contains(ptx, ".f64"));
    CHECK_FALSE(contains(ptx, ".local"));
  }
}

namespace {

template <class T>
T number_at(const std::vector<char>& bytes, std::size_t at) {
  T x{};
  REQUIRE(at + sizeof x <= bytes.size());
  std::memcpy(&x, bytes.data() + at, sizeof x);
  return x;
}

// Bytes of a stack frame, where registers are spilled to, at most in any function of some machine
// code: what the sections .nv.info of its ELF file say. Its entries are a format, a name and a
// size, or a number where the format is not 4; name 0x11 is a function's frame.
unsigned frame_bytes(const std::vector<char>& elf) {
  const auto sections = number_at<std::uint64_t>(elf, 0x28);
  const std::size_t size = number_at<std::uint16_t>(elf, 0x3a);
  const std::size_t count = number_at<std::uint16_t>(elf, 0x3c);
  constexpr unsigned nvidia_info = 0x70000000;
  unsigned most = 0, found = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t section = sections + k * size;
    if (number_at<std::uint32_t>(elf, section + 4) != nvidia_info) continue;
    std::size_t at = number_at<std::uint64_t>(elf, section + 0x18);
    const std::size_t end = at + number_at<std::uint64_t>(elf, section + 0x20);
    while (at < end) {
      const auto length = number_at<std::uint16_t>(elf, at + 2);
      const bool has_bytes = elf[at] == 4;
      if (has_bytes && elf[at + 1] == 0x11) {
        most = std::max(most, number_at<std::uint32_t>(elf, at + 8));
        ++found;
      }
      at += 4u + (has_bytes ? length : 0u);
    }
  }
  CHECK(found > 0);
  return most;
}

}  // namespace

TEST_CASE("no kernel of the golden set spills registers in machine code", "[.][nvrtc]") {
  if (is_missing()) return;
  // That one which does would be noticed.
  constexpr const char* spilling = R"(
extern "C" __global__ void weft_kernel(float* y, const float* x, int n) {
  float a[64];
  for (int i = 0; i < 64; ++i) a[i] = x[i];
  for (int i = 0; i < n; ++i) y[i] = a[int(x[i + n]) & 63];
})";
  CHECK(frame_bytes(compile(spilling, "sm_90")) == 256);
  for (const auto& [name, text] : cuda_tests::golden_sources())
    for (const std::string& a : generations()) {
      INFO(name << " for sm_" << a);
      CHECK(frame_bytes(compile(text, "sm_" + a)) == 0);
    }
}

// With a folder that is empty first, and then in another process not. Times are printed and left
// to the reader: what else the machine does is in them.
TEST_CASE("the first kernel of a process is compiled once, and by no later process", "[.][first]") {
  const char* expected = std::getenv("EXPECTED_FROM_DISK");
  REQUIRE(expected);
  const bool from_disk = expected == std::string("1");
  const weft::tensor<float> a(weft::shape{6, 8}), b(weft::shape{6, 8}), c(weft::shape{6, 8});
  const bool with_sine = std::getenv("WITH_SINE") != nullptr;
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  const std::clock_t busy = std::clock();
  const std::string source =
      with_sine ? weft::cuda_source(a * b + sin(c)) : weft::cuda_source(a * b + c);
  const auto printed = clock::now();
  try {
    image_of(source, architecture_for(9, 0), false);
  } catch (const weft::device_error& e) {
    std::cerr << "skipped: " << e.what() << "\n";
    return;
  }
  const auto end = clock::now();
  const auto ms = [](auto d) { return std::chrono::duration<double, std::milli>(d).count(); };
  std::printf("%s: %.1f ms, of which %.1f to print the kernel; %.1f of the processor\n",
              from_disk ? "from the disk" : "compiled", ms(end - begin), ms(printed - begin),
              double(std::clock() - busy) * 1e3 / CLOCKS_PER_SEC);
  CHECK(weft::cuda_kernel_counts().from_disk == (from_disk ? 1 : 0));
  CHECK(weft::cuda_kernel_counts().compiled == (from_disk ? 0 : 1));
  std::ostringstream libraries;
  libraries << std::ifstream("/proc/self/maps").rdbuf();
  CHECK(contains(libraries.str(), "libnvrtc") == !from_disk);
}
