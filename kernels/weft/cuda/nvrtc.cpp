// weft/cuda/nvrtc.cpp: finds libnvrtc and calls it. It is looked for in WEFT_NVRTC (a file), where
// the loader looks, in CUDA_PATH and in /usr/local/cuda.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/nvrtc.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "weft/cuda.hpp"
#include "weft/cuda/disk.hpp"
#include "weft/cuda/driver.hpp"
#include "weft/error.hpp"

namespace weft::gpu {
namespace {

using program = struct one_program*;

struct functions {
  int (*version)(int*, int*);
  const char* (*error_text)(int);
  int (*count_architectures)(int*);
  int (*architectures)(int*);
  int (*create)(program*, const char*, const char*, int, const char* const*, const char* const*);
  int (*compile)(program, int, const char* const*);
  int (*log_size)(program, std::size_t*);
  int (*log)(program, char*);
  int (*ptx_size)(program, std::size_t*);
  int (*ptx)(program, char*);
  int (*cubin_size)(program, std::size_t*);
  int (*cubin)(program, char*);
  int (*destroy)(program*);
};
// What libnvrtc calls the members of `functions`, in their order.
constexpr const char* names[] = {"nvrtcVersion",
                                 "nvrtcGetErrorString",
                                 "nvrtcGetNumSupportedArchs",
                                 "nvrtcGetSupportedArchs",
                                 "nvrtcCreateProgram",
                                 "nvrtcCompileProgram",
                                 "nvrtcGetProgramLogSize",
                                 "nvrtcGetProgramLog",
                                 "nvrtcGetPTXSize",
                                 "nvrtcGetPTX",
                                 "nvrtcGetCUBINSize",
                                 "nvrtcGetCUBIN",
                                 "nvrtcDestroyProgram"};
static_assert(sizeof(functions) == sizeof names);

std::string places() {
  const char* given = std::getenv("WEFT_NVRTC");
  if (given && *given) return given;
  std::string list;
  const auto add_folder = [&](const std::string& folder) {
    for (const char* version : {".13", ".12", ""}) list += folder + "libnvrtc.so" + version + "\n";
  };
  add_folder("");
  if (const char* toolkit = std::getenv("CUDA_PATH")) add_folder(std::string(toolkit) + "/lib64/");
  add_folder("/usr/local/cuda/lib64/");
  return list;
}

struct compiler {
  functions call{};
  std::string problem;
  int major = 0, minor = 0;
  std::vector<int> known;
  std::string file;

  compiler() {
    void* const library = open_library(places(), problem);
    if (!library) {
      problem = "NVRTC, which compiles the kernels, was not found (" + problem +
                "); install the CUDA toolkit's libnvrtc or name the file in WEFT_NVRTC";
      return;
    }
    problem.clear();
    auto* to = reinterpret_cast<char*>(&call);
    for (const char* name : names) {
      if (!find_function(library, name, to)) {
        problem = "NVRTC is too old: it has no " + std::string(name) + "; weft needs 11.2 or newer";
        return;
      }
      to += sizeof(void*);
    }
    call.version(&major, &minor);
    if (major < 12) {
      problem = "NVRTC " + std::to_string(major) + "." + std::to_string(minor) +
                " is too old: it lacks C++20; weft needs 12.0 or newer";
      return;
    }
    Dl_info where{};
    if (dladdr(reinterpret_cast<void*>(call.version), &where) != 0 && where.dli_fname)
      file = where.dli_fname;
    int count = 0;
    call.count_architectures(&count);
    known.resize(std::size_t(count));
    call.architectures(known.data());
    std::ranges::sort(known);
    if (known.empty()) problem = "NVRTC names no architecture that it compiles for";
  }
};

const compiler& unchecked_compiler() {
  static const compiler& only = *new compiler;
  return only;
}
const compiler& the_compiler() {
  const compiler& c = unchecked_compiler();
  if (!c.problem.empty()) throw device_error("cuda: " + c.problem);
  return c;
}

// What makes the key of an image, of a compiler that need not be open.
struct facts {
  std::string version;  // `13.0`
  std::vector<int> known;
};

// A file as it is now: its size and when it was written.
std::string state_of_file(const std::string& path) {
  struct stat s{};
  if (path.empty() || stat(path.c_str(), &s) != 0) return "";
  return std::to_string(s.st_size) + " " + std::to_string(s.st_mtim.tv_sec) + "." +
         std::to_string(s.st_mtim.tv_nsec);
}

// Opening the compiler takes longer than loading a kernel, so the folder of kernels also keeps what
// it said, for as long as it is looked for in the same places and its file is the same.
std::string key_of_facts() {
  std::string key = "weft compiler 1\n" + places();
  if (const char* path = std::getenv("LD_LIBRARY_PATH")) key += path;
  return key;
}
facts remembered_facts() {
  const std::vector<char> text = disk::load(key_of_facts());
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::string file, state;
  facts f;
  std::getline(lines, file);
  std::getline(lines, state);
  std::getline(lines, f.version);
  for (int a = 0; lines >> a;) f.known.push_back(a);
  if (state.empty() || state_of_file(file) != state) return {};
  return f;
}
void remember(const facts& f, const std::string& file) {
  const std::string state = state_of_file(file);
  if (state.empty()) return;
  std::string text = file + "\n" + state + "\n" + f.version + "\n";
  for (const int a : f.known) text += std::to_string(a) + " ";
  disk::store(key_of_facts(), {text.begin(), text.end()});
}

const facts& the_facts() {
  static const facts& only = *new facts([] {
    facts f = remembered_facts();
    if (!f.known.empty()) return f;
    const compiler& c = the_compiler();
    f = {std::to_string(c.major) + "." + std::to_string(c.minor), c.known};
    remember(f, c.file);
    return f;
  }());
  return only;
}

// Destroys the program on every way out.
class compilation {
 public:
  compilation(const functions& f, const std::string& source) : call_(f) {
    check(call_.create(&program_, source.c_str(), "weft_kernel.cu", 0, nullptr, nullptr));
  }
  ~compilation() { call_.destroy(&program_); }
  compilation(const compilation&) = delete;
  compilation& operator=(const compilation&) = delete;

  int run(const std::vector<std::string>& options) {
    std::vector<const char*> list;
    for (const std::string& o : options) list.push_back(o.c_str());
    return call_.compile(program_, int(list.size()), list.data());
  }
  std::vector<char> get(int (*size_of)(program, std::size_t*), int (*text_of)(program, char*)) {
    std::size_t size = 0;
    check(size_of(program_, &size));
    std::vector<char> text(size);
    if (size) check(text_of(program_, text.data()));
    return text;
  }
  void check(int code) {
    if (code != 0)
      throw cuda_error("cuda: NVRTC failed: " + std::string(call_.error_text(code)), code,
                       call_.error_text(code));
  }

 private:
  const functions& call_;
  program program_ = nullptr;
};

}  // namespace

const std::string& compiler_problem() { return unchecked_compiler().problem; }

std::string compiler_version() { return the_facts().version; }

std::vector<std::string> compiler_options(bool fast_math) {
  std::vector<std::string> options{"--std=c++20", "--device-as-default-execution-space"};
  // Without what kernels do not use: textures, and functions that call the runtime library.
  if (std::stoi(compiler_version()) >= 13) options.push_back("--minimal");
  if (fast_math) options.push_back("--use_fast_math");
  return options;
}

std::vector<int> known_architectures() { return the_facts().known; }

std::string architecture_for(int major, int minor) {
  const std::vector<int>& known = the_facts().known;
  const int wanted = 10 * major + minor;
  if (std::ranges::binary_search(known, wanted)) return "sm_" + std::to_string(wanted);
  const auto above = std::ranges::upper_bound(known, wanted);
  if (above == known.begin())
    throw device_error("cuda: NVRTC " + compiler_version() + " compiles for sm_" +
                       std::to_string(known.front()) + " and newer, and the device is sm_" +
                       std::to_string(wanted) + "; name an older libnvrtc in WEFT_NVRTC");
  return "compute_" + std::to_string(*(above - 1));
}

std::vector<char> compile(const std::string& source, const std::string& architecture,
                          std::vector<std::string> options) {
  const functions& call = the_compiler().call;
  compilation work(call, source);
  options.push_back("--gpu-architecture=" + architecture);
  if (const int code = work.run(options); code != 0) {
    const std::vector<char> log = work.get(call.log_size, call.log);
    throw cuda_error("cuda: the kernel does not compile for " + architecture + ": " +
                         call.error_text(code) + "\n" + std::string(log.data()) +
                         "\nof this source:\n" + source,
                     code, call.error_text(code));
  }
  return architecture.starts_with("sm_") ? work.get(call.cubin_size, call.cubin)
                                         : work.get(call.ptx_size, call.ptx);
}

}  // namespace weft::gpu
