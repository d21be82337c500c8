// weft/cuda/queue.cpp: queues, and who waits for whom. An event is recorded only when somebody has
// to wait: a program with one stream on one device records none.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/queue.hpp"

#include <pthread.h>

#include <algorithm>

#include "weft/cuda/memory.hpp"
#include "weft/error.hpp"

namespace weft::gpu {
namespace {

constexpr unsigned non_blocking = 1;   // CU_STREAM_NON_BLOCKING: not tied to the default stream
constexpr unsigned without_times = 2;  // CU_EVENT_DISABLE_TIMING

// Changed under order() only. The list may be walked without it, by what writes error messages.
struct all_queues {
  std::vector<queue*> defaults, unused;
  std::atomic<queue*> newest = nullptr;
  int count = 0;
  std::atomic<bool> uses_are_known = false;

  all_queues() {
    // A child that fork() makes frees tensors, too: nobody has the lock there who is not there.
    pthread_atfork([] { order().lock(); }, [] { order().unlock(); }, [] { order().unlock(); });
    for (int k = 0; k < device_count(); ++k) defaults.push_back(&add(cuda(k), nullptr));
  }
  queue& add(device d, stream_handle handle) {
    auto* const q = new queue{d, count, handle};
    q->older = newest.load();
    newest.store(q);
    ++count;
    return *q;
  }
};
// Never destroyed, as the driver's state; see driver.cpp.
all_queues& queues() {
  static all_queues& only = *new all_queues;
  return only;
}

// Puts the queue's mark behind all that was begun on it.
void mark(queue& q) {
  const on_device here(q.where);
  const driver& d = the_driver();
  if (!q.mark) check(d.make_event(&q.mark, without_times), "making an event", q.where);
  check(d.record_event(q.mark, q.handle), "recording an event", q.where);
  q.marked = q.begun;
}

}  // namespace

std::mutex& order() {
  static std::mutex& only = *new std::mutex;
  return only;
}

queue& default_queue(device d) {
  state_of(d);
  return *queues().defaults[std::size_t(d.index)];
}

queue& take_queue(device d) {
  state_of(d);
  const std::lock_guard guard(order());
  all_queues& all = queues();
  // The one that was returned last, for the same program to meet the same streams again.
  const auto is_here = [&](const queue* q) { return q->where == d; };
  const auto found = std::find_if(all.unused.rbegin(), all.unused.rend(), is_here);
  if (found != all.unused.rend()) {
    queue& q = **found;
    all.unused.erase(std::next(found).base());
    return q;
  }
  all.unused.reserve(std::size_t(all.count) + 1);  // so that return_queue() cannot fail
  know_uses();
  const on_device here(d);
  stream_handle handle = nullptr;
  check(the_driver().make_stream(&handle, non_blocking), "making a stream", d);
  return all.add(d, handle);
}

void return_queue(queue& q) noexcept {
  const std::lock_guard guard(order());
  queues().unused.push_back(&q);
}

bool uses_are_known() { return queues().uses_are_known.load(std::memory_order_relaxed); }

void know_uses() {
  all_queues& all = queues();
  if (all.uses_are_known) return;
  all.uses_are_known = true;
  for (queue* q : all.defaults) set_all_uses(q->where, {q, q->begun});
}

void wait_for(queue& q, const use& u) {
  if (!u.on || u.on == &q || u.on->done >= u.piece) return;
  const auto number = std::size_t(u.on->number);
  if (q.waits_for.size() <= number) q.waits_for.resize(std::size_t(queues().count));
  if (q.waits_for[number] >= u.piece) return;
  if (u.on->marked < u.piece) mark(*u.on);
  const on_device here(q.where);
  check(the_driver().stream_wait(q.handle, u.on->mark, 0), "waiting for another stream", q.where);
  q.waits_for[number] = u.on->marked;
}
void wait_for(queue& q, const uses& all) {
  wait_for(q, all.write);
  for (const use& u : all.reads) wait_for(q, u);
}

bool is_over(const use& u, const queue& q) {
  if (!u.on || u.on == &q || u.on->done >= u.piece) return true;
  if (u.on->marked < u.piece) mark(*u.on);
  const on_device here(u.on->where);
  if (the_driver().query_event(u.on->mark) != success) return false;
  u.on->done = u.on->marked;
  return true;
}
bool is_over(const uses& all, const queue& q) {
  return is_over(all.write, q) &&
         std::ranges::all_of(all.reads, [&](const use& u) { return is_over(u, q); });
}

void finish(const uses& all) noexcept {
  const auto finish_one = [](const use& u) {
    if (!u.on || u.on->done >= u.piece) return;
    try {
      const on_device here(u.on->where);
      if (the_driver().synchronize_stream(u.on->handle) == success) u.on->done = u.on->begun;
    } catch (const error&) {
      // The device does not answer, so it does not use the memory either.
    }
  };
  finish_one(all.write);
  for (const use& u : all.reads) finish_one(u);
}

void work::touches(device where, const void* data, bool writes) {
  if (!uses_are_known()) return;
  uses* const known = uses_of(where, data);
  if (!known) return;  // another library's memory, whose order is its owner's
  if (!is_begun_) {
    wait_for(queue_, known->write);
    if (writes)
      for (const use& u : known->reads) wait_for(queue_, u);
    else  // one for each queue, so that noting the read cannot fail
      known->reads.reserve(std::size_t(queues().count));
    return;
  }
  const use mine{&queue_, queue_.begun};
  if (writes) {
    known->write = mine;
    known->reads.clear();
    return;
  }
  const auto before = std::ranges::find(known->reads, &queue_, &use::on);
  if (before != known->reads.end())
    *before = mine;
  else
    known->reads.push_back(mine);
}

namespace {
// The first `begun` pieces of work are done. When they are all, nothing is left that could fail.
void note_done(queue& q, std::uint64_t begun) {
  q.done = std::max(q.done, begun);
  if (q.done == q.begun) q.kernel_count.store(0);
}
}  // namespace

void synchronize(queue& q, const char* what) {
  std::uint64_t begun = 0;
  {
    const std::lock_guard guard(order());
    begun = q.begun;
  }
  const on_device here(q.where);
  check(the_driver().synchronize_stream(q.handle), what, q.where);
  const std::lock_guard guard(order());
  note_done(q, begun);
}

void synchronize_all(device d) {
  state_of(d);
  std::vector<std::pair<queue*, std::uint64_t>> begun;
  {
    const std::lock_guard guard(order());
    for (queue* q = queues().newest; q; q = q->older)
      if (q->where == d) begun.emplace_back(q, q->begun);
  }
  const on_device here(d);
  check(the_driver().synchronize(), "waiting for what runs", d);
  const std::lock_guard guard(order());
  for (const auto& [q, count] : begun) note_done(*q, count);
}

void note_kernel(queue& q, const std::string& expression) {
  const unsigned number = q.kernel_count.load(std::memory_order_relaxed);
  q.kernels[number % q.kernels.size()].store(&expression, std::memory_order_relaxed);
  q.kernel_count.store(number + 1, std::memory_order_release);
}

std::string kernels_under_way(device d) {
  std::vector<const std::string*> different;
  bool are_all = true;
  for (queue* q = queues().newest; q; q = q->older) {
    if (q->where != d) continue;
    const unsigned count = q->kernel_count.load(std::memory_order_acquire);
    const unsigned known = std::min(count, unsigned(q->kernels.size()));
    for (unsigned k = 1; k <= known; ++k) {
      const std::string* const e = q->kernels[(count - k) % q->kernels.size()].load();
      if (std::ranges::find(different, e) == different.end()) different.push_back(e);
    }
    are_all = are_all && known == count;
  }
  if (different.empty()) return "";
  if (different.size() == 1 && are_all) return "; the kernel was " + *different[0];
  std::string text = "; it was one of the kernels ";
  for (const std::string* e : different) text += (e == different[0] ? "" : "; ") + *e;
  return text + (are_all ? "" : "; or one before them") +
         "; with CUDA_LAUNCH_BLOCKING=1 in the environment it is named";
}

}  // namespace weft::gpu
