// weft/kept.cpp: a short list under a lock; the block that has waited longest goes first.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/kept.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

#include "weft/buffer.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(first, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(first, bytes)
#endif

namespace weft {
namespace {

// A sixteenth of the machine's memory, 1 GiB at most.
std::size_t usual_limit() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return 0;
  return std::min(std::size_t(pages) / 16 * std::size_t(page), std::size_t(1) << 30);
}

class list {
 public:
  kept::memory take(std::size_t bytes) {
    const std::lock_guard guard(lock_);
    int best = -1;
    for (int k = 0; k < count_; ++k)
      if (at(k).bytes >= bytes && at(k).bytes - bytes <= bytes / 4 &&
          (best < 0 || at(k).bytes < at(best).bytes))
        best = k;
    if (best < 0) return {};
    const kept::memory m = remove(best);
    ASAN_UNPOISON_MEMORY_REGION(m.first, m.bytes);
    return m;
  }

  bool keep(kept::memory m) {
    const std::lock_guard guard(lock_);
    if (m.bytes > limit_) return false;
    while (count_ == most || total_ > limit_ - m.bytes) free_oldest();
#if defined(MADV_FREE)
    // The system may have the pages back when it runs out; until then they stay mapped.
    madvise(m.first, m.bytes, MADV_FREE);
#endif
    ASAN_POISON_MEMORY_REGION(m.first, m.bytes);
    blocks_[std::size_t(count_++)] = m;
    total_ += m.bytes;
    return true;
  }

  void limit_to(std::size_t bytes) {
    const std::lock_guard guard(lock_);
    limit_ = bytes;
    while (total_ > limit_) free_oldest();
  }

  void empty() {
    const std::lock_guard guard(lock_);
    while (count_ > 0) free_oldest();
  }

  std::size_t total() {
    const std::lock_guard guard(lock_);
    return total_;
  }

 private:
  static constexpr int most = 16;

  kept::memory& at(int k) { return blocks_[std::size_t(k)]; }
  kept::memory remove(int k) {
    const kept::memory m = at(k);
    std::copy(blocks_.begin() + k + 1, blocks_.begin() + count_, blocks_.begin() + k);
    --count_;
    total_ -= m.bytes;
    return m;
  }
  void free_oldest() {
    const kept::memory m = remove(0);
    ASAN_UNPOISON_MEMORY_REGION(m.first, m.bytes);
    std::free(m.first);
  }

  std::mutex lock_;
  std::array<kept::memory, most> blocks_;
  int count_ = 0;
  std::size_t total_ = 0, limit_ = usual_limit();
};

// Never destroyed: a tensor with static lifetime may be freed after everything else.
list& blocks() {
  static list& only = *new list;
  return only;
}

}  // namespace

kept::memory kept::take(std::size_t bytes) { return blocks().take(bytes); }
bool kept::keep(memory m) noexcept { return blocks().keep(m); }

void set_memory_cache(std::size_t bytes) { blocks().limit_to(bytes); }
void empty_memory_cache() { blocks().empty(); }
std::size_t memory_cached() { return blocks().total(); }

}  // namespace weft
