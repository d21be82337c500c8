// weft/staged.cpp: a job with reductions: slice by slice where it can be cut; else its sweeps in
// order, then the job itself, in which their results are ordinary operands.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/staged.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "weft/buffer.hpp"
#include "weft/cpu/share_out.hpp"
#include "weft/slices.hpp"

namespace weft {
namespace {

// A binding of a reduction's results becomes one of memory.
void give_memory(binding& b, const recycled_vector<std::byte*>& results) {
  if (b.reduction < 0) return;
  b.data = results[std::size_t(b.reduction)] + b.first * index_t(size_of(b.type));
  b.first = 0;
  b.reduction = -1;
}

}  // namespace

bool writes_results(const job& j) {
  if (!is_result_itself(j)) return false;
  slot out{};
  static_cast<binding&>(out) = j.bindings[0];
  const auto forbids = [&](const binding& b) {
    if (b.how == path::generated) return b.text == nullptr;
    if (b.how != path::direct || b.reduction >= 0) return false;
    slot s{};
    static_cast<binding&>(s) = b;
    return overlap(s, out);
  };
  return reinterpret_cast<std::uintptr_t>(out.data) % size_of(out.type) == 0 &&
         std::ranges::none_of(j.reductions, [&](const reduction_stage& r) {
           return std::ranges::any_of(r.bindings, forbids) ||
                  std::ranges::any_of(r.stages, [](const stage& s) { return s.cost.has_calls; });
         });
}

namespace {

// Sweeps over the whole operands one after the other, then the main stage.
void execute_by_sweeps(const job& j) {
  room for_results, for_sweep;
  std::size_t bytes = 0;
  const auto own_bytes = [](const reduction_stage& r) {
    return rounded(std::size_t(r.result.product()) * size_of(r.type));
  };
  for (const reduction_stage& r : j.reductions) {
    shapes::check(r.name.data(), r.result, size_of(r.type));
    bytes += own_bytes(r);
  }
  recycled_vector<std::byte*> results;
  results.reserve(j.reductions.size());
  std::byte* next = for_results.get(bytes);
  for (const reduction_stage& r : j.reductions)
    results.push_back(std::exchange(next, next + own_bytes(r)));
  const bool are_output = writes_results(j);
  if (are_output)
    results[std::size_t(j.bindings[1].reduction)] = static_cast<std::byte*>(j.bindings[0].data);
  for (sweep& s : sweeps_of(j.reductions)) {
    for (slot& x : s.slots) give_memory(x, results);
    make_plan(s);
    void* to[most_members];
    for (std::size_t k = 0; k < s.members.size(); ++k)
      to[k] = results[std::size_t(s.members[k].reduction)];
    run(s, to, for_sweep.get(bytes_to_run(s)));
  }
  if (are_output) return;
  recycled_vector<binding> bindings(j.bindings.begin(), j.bindings.end());
  for (binding& b : bindings) give_memory(b, results);
  execute({bindings, j.stages, j.outputs});
}

// What one thread evaluates slices with: whole ones, and the last ones along the last axis.
struct slice_worker {
  slice_plan whole;
  std::optional<slice_plan> last;

  slice_worker(const job& j, const slicing& how) : whole(j, how, how.step) {
    const index_t rest = how.axes.back().extent % how.step;
    if (rest > 0) last.emplace(j, how, rest);
  }
  std::size_t bytes() const { return std::max(whole.bytes(), last ? last->bytes() : 0); }
  void set_memory(std::byte* memory) {
    whole.set_memory(memory);
    if (last) last->set_memory(memory);
  }
  void run(const slicing& how, index_t number) {
    index_t at[max_ndim];
    bool is_last = false;
    for (std::size_t k = how.axes.size(); k-- > 0;) {
      const index_t step = k + 1 < how.axes.size() ? 1 : how.step;
      const index_t count = (how.axes[k].extent + step - 1) / step;
      at[k] = number % count * step;
      if (step == how.step && k + 1 == how.axes.size()) is_last = at[k] + step > how.axes[k].extent;
      number /= count;
    }
    (is_last ? *last : whole).run(at);
  }
};

void execute_by_slices(const job& j, const slicing& how) {
  const int threads = how.threads;
  std::deque<slice_worker> workers;
  workers.emplace_back(j, how);
  for (int k = 1; k < threads; ++k) workers.push_back(workers[0]);
  const std::size_t bytes = workers[0].bytes();
  const buffer memory = buffer::allocate(bytes * std::size_t(threads));
  for (int k = 0; k < threads; ++k)
    workers[std::size_t(k)].set_memory(static_cast<std::byte*>(memory.data()) +
                                       bytes * std::size_t(k));
  share_out(threads, [&](int k) {
    for (index_t n = how.count * k / threads; n < how.count * (k + 1) / threads; ++n)
      workers[std::size_t(k)].run(how, n);
  });
}

}  // namespace

void execute_staged(const job& j) {
  using clock = std::chrono::steady_clock;
  if (!is_shown() && reduce_directly(j)) return;
  if (is_shown()) std::fputs(describe_staged(j).c_str(), stderr);
  const auto begin = is_shown() ? clock::now() : clock::time_point();
  const slicing how = cut(j);
  if (how.step > 0)
    execute_by_slices(j, how);
  else
    execute_by_sweeps(j);
  if (!is_shown() || j.bindings[0].shape->product() == 0) return;
  const std::chrono::duration<double, std::nano> time = clock::now() - begin;
  show_time(predicted_staged(j), time.count());
}

}  // namespace weft
