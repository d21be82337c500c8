// tests/fake_cuda/nvrtc.cpp: a libnvrtc that compiles kernels with the host compiler. What it has
// compiled it keeps in a folder of the build, by content, so that tests that run again are quick.
// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "nvrtc_controls.hpp"

namespace {

struct program {
  std::string source, log, image;
};

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Calls from the driver: fake_run_NAME and fake_sizes_NAME for the kernel NAME.
std::string with_entry(const std::string& source) {
  constexpr const char* mark = "__global__ void ";
  const auto at = source.find(mark);
  if (at == std::string::npos) return source;
  const auto begin = at + std::strlen(mark);
  const std::string name = source.substr(begin, source.find('(', begin) - begin);
  const bool barriers = source.find("__sync") != std::string::npos ||
                        source.find("_sync(") != std::string::npos ||
                        source.find("__activemask") != std::string::npos;
  return std::string(barriers ? "#define FAKE_CUDA_BARRIERS\n" : "") + contents(FAKE_CUDA_DEVICE) +
         source +
         "\nnamespace weft::scalar {}\nusing namespace weft::scalar;\nextern \"C\" void fake_run_" +
         name + "(const unsigned* grid, const unsigned* block, void** arguments) {\n  " +
         "fake_cuda::run(&" + name + ", grid, block, arguments);\n}\n" +
         "extern \"C\" int fake_sizes_" + name + "(const unsigned long** sizes) {\n  " +
         "return fake_cuda::sizes_of(&" + name + ", sizes);\n}\n";
}

std::string hash_of(const std::string& text) {
  std::uint64_t h = 1469598103934665603u;
  for (const char c : text) h = (h ^ std::uint8_t(c)) * 1099511628211u;
  std::ostringstream digits;
  digits << std::hex << h;
  return digits.str();
}

}  // namespace

extern "C" {

int nvrtcVersion(int* major, int* minor) {
  if (!fake_cuda::asks_for_version(major, minor)) *major = 13, *minor = 0;
  return 0;
}
const char* nvrtcGetErrorString(int code) {
  return code == 6 ? "NVRTC_ERROR_COMPILATION" : code == 0 ? "NVRTC_SUCCESS" : "NVRTC_ERROR_OTHER";
}
int nvrtcGetNumSupportedArchs(int* count) {
  *count = 4;
  return 0;
}
int nvrtcGetSupportedArchs(int* list) {
  const int known[] = {75, 80, 90, 100};
  std::memcpy(list, known, sizeof known);
  return 0;
}
int nvrtcCreateProgram(program** p, const char* source, const char*, int, const char* const*,
                       const char* const*) {
  *p = new program{source, "", ""};
  return 0;
}
int nvrtcCompileProgram(program* p, int count, const char* const* list) {
  const int number = fake_cuda::begin_compilation(count, list);
  if (number == 0) {
    p->log = fake_cuda::failure;
    return 6;
  }
  namespace fs = std::filesystem;
  const std::string text = with_entry(p->source);
  const std::string command =
      std::string(FAKE_CUDA_COMPILER) + " -x c++ -std=c++20 -O1 -fPIC -shared -w -ffp-contract=off";
  fs::create_directories(FAKE_CUDA_FOLDER);
  const std::string stem = std::string(FAKE_CUDA_FOLDER) + "/" + hash_of(command + text);
  p->image = stem + ".so";
  if (fs::exists(p->image)) return 0;
  const std::string own = stem + "." + std::to_string(getpid()) + "." + std::to_string(number);
  std::ofstream(own + ".cu") << text;
  const int status =
      std::system((command + " -o " + own + ".so " + own + ".cu 2> " + own + ".log").c_str());
  p->log = contents(own + ".log");
  if (status == 0) fs::rename(own + ".so", p->image);
  fs::remove(own + ".log");
  if (status == 0) fs::remove(own + ".cu");  // what does not compile stays, to be looked at
  return status == 0 ? 0 : 6;
}
int nvrtcGetProgramLogSize(program* p, std::size_t* size) {
  *size = p->log.size() + 1;
  return 0;
}
int nvrtcGetProgramLog(program* p, char* text) {
  std::memcpy(text, p->log.c_str(), p->log.size() + 1);
  return 0;
}
int nvrtcGetCUBINSize(program* p, std::size_t* size) {
  *size = p->image.size() + 1;
  return 0;
}
int nvrtcGetCUBIN(program* p, char* text) {
  std::memcpy(text, p->image.c_str(), p->image.size() + 1);
  return 0;
}
int nvrtcGetPTXSize(program* p, std::size_t* size) { return nvrtcGetCUBINSize(p, size); }
int nvrtcGetPTX(program* p, char* text) { return nvrtcGetCUBIN(p, text); }
int nvrtcDestroyProgram(program** p) {
  delete *p;
  *p = nullptr;
  return 0;
}

}  // extern "C"
