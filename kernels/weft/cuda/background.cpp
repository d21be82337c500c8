// weft/cuda/background.cpp: a queue of tasks and the threads that empty it, each of which ends when
// it finds nothing to do.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/background.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "weft/cuda/nvrtc.hpp"

namespace weft::gpu {
namespace {

class pool {
 public:
  // Whether the task will be called, or destroyed at the end.
  bool take(std::function<void()>& task) {
    const std::lock_guard guard(lock_);
    if (ending_) return false;
    tasks_.push_back(std::move(task));
    const int most = int(std::clamp(std::thread::hardware_concurrency(), 2u, 4u));
    if (threads_ == most) return true;
    try {
      std::thread([this] { run(); }).detach();
      ++threads_;
    } catch (const std::system_error&) {
      if (threads_ > 0) return true;
      task = std::move(tasks_.back());
      tasks_.pop_back();
      return false;
    }
    return true;
  }
  void end() {
    std::unique_lock guard(lock_);
    ending_ = true;
    std::deque<std::function<void()>> dropped;
    dropped.swap(tasks_);
    ended_.wait(guard, [&] { return threads_ == 0; });
    guard.unlock();
  }

 private:
  friend pool& the_pool();
  void run() {
    std::unique_lock guard(lock_);
    while (!tasks_.empty()) {
      std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      guard.unlock();
      task();
      task = nullptr;
      guard.lock();
    }
    --threads_;
    ended_.notify_all();
  }

  std::mutex lock_;
  std::condition_variable ended_;
  std::deque<std::function<void()>> tasks_;
  int threads_ = 0;
  bool ending_ = false;
};

// Never destroyed: its threads look at it until their very end.
pool& the_pool() {
  static pool& only = *new pool;
  // The threads stay with the process that made them: a child has none to wait for when it ends.
  static const int registered =
      pthread_atfork([] { only.lock_.lock(); }, [] { only.lock_.unlock(); },
                     [] {
                       only.threads_ = 0;
                       only.lock_.unlock();
                     });
  static_cast<void>(registered);
  return only;
}

struct at_exit {
  ~at_exit() { the_pool().end(); }
};

}  // namespace

void in_background(std::function<void()> task) {
  compiler_problem();  // what the compiler has to end for itself comes after the end of its threads
  static const at_exit end;
  if (!the_pool().take(task)) task();
}

}  // namespace weft::gpu
