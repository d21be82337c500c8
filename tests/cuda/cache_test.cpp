// tests/cuda/cache_test.cpp: kernels are printed once, compiled once, and found on the disk by the
// next process; a disk that cannot be used or trusted is as good as none.
// SPDX-License-Identifier: BSD-3-Clause
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"
#include "weft/cuda/disk.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::same;
namespace fs = std::filesystem;

namespace {

// A folder for kernels, while it lives.
class folder {
 public:
  explicit folder(const std::string& name)
      : path_(fs::temp_directory_path() / ("weft_" + name + std::to_string(getpid()))) {
    fs::remove_all(path_);
    setenv("WEFT_CACHE_DIR", path_.c_str(), 1);
  }
  ~folder() {
    setenv("WEFT_CACHE_DIR", "", 1);
    fs::remove_all(path_);
  }
  const fs::path& path() const { return path_; }
  std::vector<fs::path> files() const {
    std::vector<fs::path> list;
    for (const auto& f : fs::directory_iterator(path_)) list.push_back(f.path());
    return list;
  }

 private:
  fs::path path_;
};

std::string contents(const fs::path& p) {
  std::ostringstream text;
  text << std::ifstream(p).rdbuf();
  return text.str();
}

const std::string key = "NVRTC 13.0 sm_90\n// y = a + b\n";
const std::vector<char> image{'i', 'm', '\0', 'g'};

}  // namespace

TEST_CASE("a tree that was evaluated before is neither printed nor compiled again") {
  tensor<float> y = counting({7}).to(cuda(0));
  y = y * 2 + 1;
  const cuda_kernels before = cuda_kernel_counts();
  tensor<float> z = counting({1000}).to(cuda(0));
  z = z * 3 + 5;  // other values and another extent are the same kernel
  const cuda_kernels after = cuda_kernel_counts();
  CHECK(after.printed == before.printed);
  CHECK(after.compiled == before.compiled);
  CHECK(after.launched == before.launched + 1);
  CHECK(z.to(cpu)(0) == 8);
}

TEST_CASE("compiled kernels are kept in a folder that is their user's alone") {
  const folder f("private");
  const auto use = [](device d) {
    const tensor<float> x = counting({7}).to(d);
    return tensor<float>(x * x - x + x / 4);
  };
  const auto y = use(cuda(0));
  REQUIRE(f.files().size() == 1);
  CHECK((fs::status(f.path()).permissions() & fs::perms::all) == fs::perms::owner_all);
  CHECK_THAT(contents(f.files()[0]), ContainsSubstring("// y = a * a - a + a / value1"));
  // The other device has to load it, too.
  const cuda_kernels before = cuda_kernel_counts();
  const auto z = use(cuda(1));
  const cuda_kernels after = cuda_kernel_counts();
  CHECK(same(z, y));
  CHECK(after.compiled == before.compiled);
  CHECK(after.from_disk == before.from_disk + 1);
}

TEST_CASE("files that are damaged, foreign or writable by others are ignored and written anew") {
  const folder f("damaged");
  gpu::disk::store(key, image);
  REQUIRE(f.files().size() == 1);
  const fs::path file = f.files()[0];
  const std::string whole = contents(file);
  REQUIRE(gpu::disk::load(key) == image);
  const auto damage = GENERATE(0, 1, 2, 3, 4, 5, 6, 7);
  if (damage == 0) fs::resize_file(file, whole.size() - 1);
  if (damage == 1) std::ofstream(file) << "another program's file\n";
  if (damage == 2) std::ofstream(file) << whole.substr(0, whole.size() - 1) + "x";
  if (damage == 3) std::ofstream{file};
  if (damage == 4) fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  if (damage == 5 && chown(file.c_str(), 12345, gid_t(-1)) != 0) return;  // only root can
  if (damage == 6) {
    fs::remove(file);
    REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  }
  if (damage == 7) {
    fs::rename(file, f.path() / "elsewhere");
    fs::create_symlink("elsewhere", file);
  }
  CHECK(gpu::disk::load(key).empty());
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key) == image);
  CHECK(contents(file) == whole);
}

TEST_CASE("a file that was cut anywhere, or has any byte changed, is not loaded") {
  const folder f("cut");
  gpu::disk::store(key, image);
  const fs::path file = f.files()[0];
  const std::string whole = contents(file);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    INFO("byte " << n);
    std::ofstream(file) << whole.substr(0, n);
    CHECK(gpu::disk::load(key).empty());
    std::string changed = whole;
    changed[n] = char(changed[n] ^ 1);
    std::ofstream(file) << changed;
    CHECK(gpu::disk::load(key).empty());
    std::ofstream(file) << changed.substr(0, n) + "\n" + changed.substr(n);
    CHECK(gpu::disk::load(key).empty());
  }
  std::ofstream(file) << whole;
  CHECK(gpu::disk::load(key) == image);
}

TEST_CASE("the folder is private under any spelling of its name, and needs no home") {
  const folder f("spelled");
  setenv("WEFT_CACHE_DIR", (f.path().string() + "/below//").c_str(), 1);
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key) == image);
  CHECK((fs::status(f.path() / "below").permissions() & fs::perms::all) == fs::perms::owner_all);
  // A link to somebody's folder is not followed because its name ends in a slash.
  fs::create_directory_symlink(f.path() / "below", f.path() / "link");
  setenv("WEFT_CACHE_DIR", (f.path().string() + "/link/").c_str(), 1);
  CHECK(gpu::disk::load(key).empty());
  // A file where the folder should be.
  std::ofstream(f.path() / "file") << "no folder";
  setenv("WEFT_CACHE_DIR", (f.path() / "file").c_str(), 1);
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key).empty());

  const std::string home = std::getenv("HOME") ? std::getenv("HOME") : "";
  unsetenv("WEFT_CACHE_DIR");
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  CHECK(gpu::disk::folder().empty());
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key).empty());
  setenv("HOME", f.path().c_str(), 1);
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key) == image);
  CHECK(fs::exists(f.path() / ".cache/weft/cuda"));
  setenv("HOME", home.c_str(), 1);
}

TEST_CASE("what a process that was killed had begun to write goes away, and hinders nobody") {
  const folder f("killed");
  gpu::disk::store(key, image);
  const fs::path old = f.path() / ".old.part", young = f.path() / ".young.part";
  const std::string own = "." + std::to_string(getpid()) + ".0.part";
  for (const fs::path& p : {old, young, f.path() / own}) std::ofstream(p) << "half a kern";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  gpu::disk::store(key + "2", image);
  CHECK(gpu::disk::load(key + "2") == image);
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(young));
}

TEST_CASE("the oldest kernels go when the folder is full, whoever else clears it") {
  const folder f("size");
  gpu::disk::store("first", image);
  fs::last_write_time(f.files()[0], fs::file_time_type::clock::now() - std::chrono::hours(9));
  for (int k = 0; k < 3; ++k) {  // without bytes on the disk
    const fs::path file = f.path() / ("large" + std::to_string(k) + ".kernel");
    std::ofstream{file};
    fs::resize_file(file, gpu::disk::most_bytes / 3);
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(8 - k));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] { gpu::disk::store("thread" + std::to_string(t), image); });
  for (std::thread& t : threads) t.join();
  CHECK(gpu::disk::load("first").empty());
  CHECK_FALSE(fs::exists(f.path() / "large0.kernel"));
  CHECK(fs::exists(f.path() / "large2.kernel"));
  for (int t = 0; t < 4; ++t) CHECK(gpu::disk::load("thread" + std::to_string(t)) == image);
}

TEST_CASE("a folder that others can write, a link to one, or none at all is not used") {
  const folder f("open");
  gpu::disk::store(key, image);
  fs::permissions(f.path(), fs::perms::group_write, fs::perm_options::add);
  CHECK(gpu::disk::load(key).empty());
  fs::permissions(f.path(), fs::perms::group_write, fs::perm_options::remove);
  CHECK(gpu::disk::load(key) == image);
  CHECK(gpu::disk::load(key + " ").empty());

  const fs::path link = f.path().string() + "_link";
  fs::create_directory_symlink(f.path(), link);
  setenv("WEFT_CACHE_DIR", link.c_str(), 1);
  CHECK(gpu::disk::load(key).empty());
  fs::remove(link);
  setenv("WEFT_CACHE_DIR", "", 1);
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key).empty());
}

TEST_CASE("a disk that cannot be written, or is full, costs nothing but time") {
  const folder f("full");
  setenv("WEFT_CACHE_DIR", "/dev/null/nowhere", 1);
  gpu::disk::store(key, image);
  CHECK(gpu::disk::load(key).empty());
  setenv("WEFT_CACHE_DIR", f.path().c_str(), 1);
  rlimit before{}, small{};
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 10;
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  gpu::disk::store(key, image);
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(f.files().empty());
  CHECK(gpu::disk::load(key).empty());
}

// CTest runs this in a process that compiles and then in one that cannot: with the same NVRTC on
// the disk, it is not even opened.
TEST_CASE("a kernel that an earlier process compiled needs no compiler", "[.][disk]") {
  const tensor<float> x = counting({7}).to(cuda(0));
  CHECK(same(x * x + 1, counting({7}) * counting({7}) + 1));
  const char* expected = std::getenv("EXPECTED_FROM_DISK");
  REQUIRE(expected);
  if (expected != std::string("any"))
    CHECK(cuda_kernel_counts().from_disk == std::size_t(std::atoi(expected)));
}

// Two more processes evaluate the same new kernel, each with this program's file.
TEST_CASE("two processes may build the same kernel at once, in one folder") {
  const folder f("processes");
  const std::string program = "EXPECTED_FROM_DISK=any '" +
                              fs::read_symlink("/proc/self/exe").string() +
                              "' '[disk]' > /dev/null";
  std::vector<std::thread> processes;
  std::atomic<int> failed = 0;
  for (int p = 0; p < 2; ++p)
    processes.emplace_back([&] { failed += std::system(program.c_str()) != 0; });
  for (std::thread& p : processes) p.join();
  CHECK(failed == 0);
  // The kernel, and what is remembered of the compiler; nothing half written.
  CHECK(f.files().size() == 2);
}

TEST_CASE("several threads, or processes, may store and load one kernel at once", "[threads]") {
  const folder f("threads");
  gpu::disk::store(key, image);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        gpu::disk::store(key, image);
        wrong += gpu::disk::load(key) != image;
      }
    });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(f.files().size() == 1);
}

TEST_CASE("several host threads may evaluate on a device at once", "[threads]") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const device d = cuda(t % 2);
      for (int k = 0; k < 10; ++k) {
        tensor<float> x = counting({100}, t).to(d);
        x = x * x + float(k);
        wrong += !same(x, counting({100}, t) * counting({100}, t) + float(k));
      }
    });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("host threads with streams of their own share tensors and memory", "[threads]") {
  const tensor<float> x = counting({3000}).to(cuda(0));
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int k = 0; k < 10; ++k) {
        const with_stream on(stream(cuda(0)));
        const tensor<float> y(x * float(t));
        const tensor<float> z = tensor<float>(y + float(k)).to(cuda(k % 2));
        wrong += !same(z, counting({3000}) * float(t) + float(k));
      }
    });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("fast math is an option of the process or of a part of it, and of the kernels' keys") {
  const folder f("fast");
  const auto uses = [](const char* option) {
    const tensor<float> x = counting({7}).to(cuda(0));
    tensor<float> y(exp(x) / (x + 0.75f));
    synchronize(cuda(0));
    return fake_cuda::compiler_options().find(option) != std::string::npos;
  };
  constexpr const char* fast = "--use_fast_math";
  CHECK_FALSE(cuda_fast_math());
  CHECK_FALSE(uses(fast));
  {
    const with_cuda_fast_math on;
    CHECK(uses(fast));
    {
      const with_cuda_fast_math off(false);
      CHECK_FALSE(cuda_fast_math());
    }
    CHECK(cuda_fast_math());
  }
  CHECK(f.files().size() == 2);
  const cuda_kernels before = cuda_kernel_counts();
  uses(fast);
  set_cuda_fast_math(true);
  uses(fast);
  set_cuda_fast_math(false);
  CHECK_FALSE(cuda_fast_math());
  CHECK(cuda_kernel_counts().compiled == before.compiled);
}
