// weft/cuda/disk.cpp: one file for each kernel: a line with sizes and a checksum, the key, the
// image. A file appears whole under its name, by rename, so that processes can write the same one
// at once. The driver runs what is loaded: a folder or a file that somebody else could write is not
// read.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace weft::gpu::disk {
namespace {

namespace fs = std::filesystem;
constexpr const char *suffix = ".kernel", *unfinished_suffix = ".part";

std::uint64_t hash_of(const char* bytes, std::size_t count, std::uint64_t seed) {
  std::uint64_t h = seed;  // FNV-1a
  for (std::size_t k = 0; k < count; ++k) h = (h ^ std::uint8_t(bytes[k])) * 1099511628211u;
  return h;
}
constexpr std::uint64_t basis = 14695981039346656037u;

std::string hex(std::uint64_t x) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(x));
  return text;
}

std::string file_of(const std::string& key) {
  return folder() + "/" + hex(hash_of(key.data(), key.size(), basis)) + suffix;
}

// The first line of a file for this content.
std::string heading(const std::string& key, const std::vector<char>& image) {
  const std::uint64_t sum =
      hash_of(image.data(), image.size(), hash_of(key.data(), key.size(), basis));
  return "weft kernel 1 " + std::to_string(key.size()) + " " + std::to_string(image.size()) + " " +
         hex(sum) + "\n";
}

// Whether only this user can have written it.
bool is_own(const struct stat& s) { return s.st_uid == geteuid() && (s.st_mode & 022) == 0; }

bool folder_is_own() {
  struct stat s{};
  const std::string f = folder();
  return !f.empty() && lstat(f.c_str(), &s) == 0 && S_ISDIR(s.st_mode) && is_own(s);
}

// A file descriptor that closes itself.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }
  bool write_all(const char* bytes, std::size_t count) const {
    while (count > 0) {
      const ssize_t n = write(fd_, bytes, count);
      if (n <= 0) return false;
      bytes += n;
      count -= std::size_t(n);
    }
    return true;
  }

 private:
  int fd_;
};

std::string read_own(const std::string& path) {
  // Without blocking: a pipe of that name would wait for a writer.
  const descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat s{};
  if (file.get() < 0 || fstat(file.get(), &s) != 0 || !S_ISREG(s.st_mode) || !is_own(s)) return "";
  std::string content(std::size_t(std::min<off_t>(s.st_size, off_t(most_bytes))), '\0');
  std::size_t got = 0;
  while (got < content.size()) {
    const ssize_t n = read(file.get(), content.data() + got, content.size() - got);
    if (n <= 0) return "";
    got += std::size_t(n);
  }
  return content;
}

void make_folder() {
  const fs::path f = folder();
  std::error_code ignored;
  fs::create_directories(f.parent_path(), ignored);
  mkdir(f.c_str(), 0700);
}

// Removes the oldest files until a quarter of the room is free again, and what processes that were
// killed had begun to write. Other processes may do the same meanwhile: files vanish at any time.
void make_room() {
  struct entry {
    fs::path path;
    fs::file_time_type written;
    std::size_t bytes;
  };
  std::vector<entry> files;
  std::size_t total = 0;
  std::error_code gone;
  const auto an_hour_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const fs::directory_entry& f : fs::directory_iterator(folder())) {
    const bool unfinished = f.path().extension() == unfinished_suffix;
    if (!unfinished && f.path().extension() != suffix) continue;
    const fs::file_time_type written = f.last_write_time(gone);
    if (gone) continue;
    if (unfinished) {
      if (written < an_hour_ago) fs::remove(f.path(), gone);
      continue;
    }
    const auto bytes = f.file_size(gone);
    if (gone) continue;
    files.push_back({f.path(), written, std::size_t(bytes)});
    total += files.back().bytes;
  }
  if (total <= most_bytes) return;
  std::ranges::sort(files, {}, &entry::written);
  for (const entry& f : files) {
    if (total <= most_bytes / 4 * 3) break;
    fs::remove(f.path, gone);
    total -= f.bytes;
  }
}

void write_file(const std::string& key, const std::vector<char>& image) {
  // A name that no other process has, also none that was killed, or runs on another machine.
  std::string own = folder() + "/.XXXXXX" + unfinished_suffix;
  const std::string head = heading(key, image);
  bool whole = false;
  {
    const descriptor file(
        mkostemps(own.data(), int(std::strlen(unfinished_suffix)), O_CLOEXEC));  // mode 0600
    if (file.get() < 0) return;
    whole = file.write_all(head.data(), head.size()) && file.write_all(key.data(), key.size()) &&
            file.write_all(image.data(), image.size());
  }
  if (!whole || rename(own.c_str(), file_of(key).c_str()) != 0) unlink(own.c_str());
}

}  // namespace

std::string folder() {
  if (const char* given = std::getenv("WEFT_CACHE_DIR")) {
    // With a slash behind its name, a folder's parent would be itself, and a link what it names.
    std::string path = given;
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }
  if (const char* caches = std::getenv("XDG_CACHE_HOME"); caches && *caches)
    return std::string(caches) + "/weft/cuda";
  if (const char* home = std::getenv("HOME"); home && *home)
    return std::string(home) + "/.cache/weft/cuda";
  return "";
}

std::vector<char> load(const std::string& key) {
  if (!folder_is_own()) return {};
  const std::string content = read_own(file_of(key));
  const auto head = content.find('\n') + 1;
  if (head == 0 || content.size() < head + key.size() ||
      content.compare(head, key.size(), key) != 0)
    return {};
  std::vector<char> image(content.begin() + std::ptrdiff_t(head + key.size()), content.end());
  if (heading(key, image) != content.substr(0, head)) return {};
  return image;
}

void store(const std::string& key, const std::vector<char>& image) noexcept {
  try {
    if (folder().empty()) return;
    make_folder();
    if (!folder_is_own()) return;
    write_file(key, image);
    make_room();
  } catch (const std::exception&) {
    // A cache that cannot be written is only slower.
  }
}

}  // namespace weft::gpu::disk
