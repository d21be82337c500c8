// weft/cpu/cost.cpp: what an evaluation will take. The op table's costs are constants; those of
// users' callables, which may be anything, are learned from the first evaluations that call them.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/cost.hpp"

#include <algorithm>

#include "weft/cpu/machine.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

constexpr double nanoseconds_an_operation = 0.0125;
constexpr double nanoseconds_a_byte = 0.04, nanoseconds_a_cached_byte = 0.01;
// Fewer elements than a tile are over before a clock has told the time.
constexpr index_t enough_elements = 256;
// Times that a callable is timed; the shortest counts, since the others had something else in them,
// and on a busy machine most have.
constexpr int enough_times = 16;

template <class Use>
void for_each_call(std::span<const stage> stages, Use use) {
  for (const stage& st : stages) {
    if (!st.cost.has_calls) continue;
    for (const instruction& i : st.program)
      if (i.call) use(*i.call);
  }
}

}  // namespace

double estimated_time(double bytes, double operations) {
  const double cached = double(cpu_machine().last_cache_bytes);
  return std::max(bytes * (bytes < cached ? nanoseconds_a_cached_byte : nanoseconds_a_byte),
                  nanoseconds_an_operation * operations);
}

bool is_surely_small(const stage& st, index_t n, index_t bytes) {
  const double an_element =
      double(bytes) * nanoseconds_a_byte + st.cost.operations * nanoseconds_an_operation;
  return !st.cost.has_calls && double(n) * an_element < thread_grain();
}

int threads_for(double bytes, double operations) {
  const double by_work = estimated_time(bytes, operations) / std::max(thread_grain(), 1.0) + 1;
  return by_work < num_threads() ? int(by_work) : num_threads();
}

double operations_of(std::span<const stage> stages) {
  double sum = 0;
  for (const stage& st : stages) sum += st.cost.operations;
  for_each_call(stages, [&](const call_cost& c) { sum += c.operations - call_cost::in_kernels; });
  return sum;
}

bool has_unknown_calls(std::span<const stage> stages, index_t elements) {
  bool unknown = false;
  if (elements >= enough_elements)
    for_each_call(stages, [&](const call_cost& c) { unknown |= c.times < enough_times; });
  return unknown;
}

void learn_calls(std::span<const stage> stages, double nanoseconds) {
  double rest = nanoseconds / nanoseconds_an_operation;
  int calls = 0;
  for (const stage& st : stages) rest -= st.cost.operations;
  for_each_call(stages, [&](const call_cost&) { ++calls, rest += call_cost::in_kernels; });
  const int each = int(std::clamp(rest / calls, 1.0, 1e9));
  for_each_call(stages, [&](call_cost& c) {
    c.operations = c.times++ == 0 ? each : std::min(each, c.operations.load());
  });
}

}  // namespace weft
