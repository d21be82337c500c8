// weft/cpu/run.cpp: obeys a plan: for each tile, pack, compute the shared tiles, run the kernel,
// scatter. Threads take ranges of tiles.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <utility>

#include "weft/buffer.hpp"
#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/pack.hpp"
#include "weft/cpu/share_out.hpp"
#include "weft/plan.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weft {
namespace {

// Where a tile begins, along each of the plan's axes.
struct position {
  index_t at[max_ndim];
  tile_extent extent;
};

position locate(const plan& p, index_t number) {
  position where{};
  const auto next = [&](index_t count) {
    const index_t i = number % count;
    number /= count;
    return i;
  };
  const index_t first = next((p.extent[p.inner] + p.inner_step - 1) / p.inner_step) * p.inner_step;
  where.at[p.inner] = first;
  where.extent.inner_count = std::min(p.inner_step, p.extent[p.inner] - first);
  where.extent.columns = where.extent.inner_count * (p.columns / p.inner_step);
  where.extent.rows = 1;
  for (int d = p.inner - 1; d >= 0; --d) {
    if (d != p.row_axis) {
      where.at[d] = next(p.extent[d]);
      continue;
    }
    where.at[d] = next((p.extent[d] + p.rows - 1) / p.rows) * p.rows;
    where.extent.rows = std::min(p.rows, p.extent[d] - where.at[d]);
  }
  return where;
}

// The pointers of one thread's current tile, and its packed tiles: all in memory that was had
// before the first thread began.
class worker {
  // Of a slot and of a stage in the arrays that have an entry for each.
  static constexpr std::size_t slot_bytes = 4 * sizeof(void*) + sizeof(pace),
                               stage_bytes = 2 * sizeof(void*);

 public:
  static std::size_t bytes(const plan& p) {
    return rounded(p.slots.size() * slot_bytes) + rounded(p.stages.size() * stage_bytes) +
           p.scratch;
  }

  worker(const plan& p, std::byte* memory) : plan_(p) {
    const auto slots = p.slots.size();
    data_ = reinterpret_cast<void**>(memory);
    row_step_ = reinterpret_cast<index_t*>(data_ + slots);
    buffer_ = reinterpret_cast<std::byte**>(row_step_ + slots);
    packed_at_ = reinterpret_cast<index_t*>(buffer_ + slots);
    pace_ = reinterpret_cast<pace*>(packed_at_ + slots);
    std::byte* next = memory + rounded(slots * slot_bytes);
    shared_ = reinterpret_cast<std::byte**>(next);
    paces_ = reinterpret_cast<pace**>(shared_ + p.stages.size());
    next += rounded(p.stages.size() * stage_bytes);
    const auto reserve = [&](dtype type) {
      return std::exchange(next, next + tile_bytes(p, type, false));
    };
    for (std::size_t i = 0; i < slots; ++i) {
      const slot& s = p.slots[i];
      pace_[i] = s.pace;
      buffer_[i] = !s.has_buffer() ? nullptr
                   : s.same_as < 0 ? reserve(s.type)
                                   : buffer_[std::size_t(s.same_as)];
    }
    for (std::size_t k = 0; k < p.stages.size(); ++k) {
      const stage& st = p.stages[k];
      shared_[k] = st.identity ? reserve(st.type) : nullptr;
      pace* const first = pace_ + st.begin;
      const bool plain = std::all_of(first, first + st.count,
                                     [](const pace& x) { return x.what == pace::is::next; });
      paces_[k] = plain ? nullptr : first;
    }
  }

  void run(index_t number) {
    const position where = locate(plan_, number);
    const tile_extent& t = where.extent;
    if (plan_.copies && copy(where)) return;
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) reach(i, where);
    packed_ = t;
    for (std::size_t k = 0; k < plan_.stages.size(); ++k) {
      const stage& st = plan_.stages[k];
      const auto begin = std::size_t(st.begin);
      if (st.identity) {  // a shared tile is its stage's output
        data_[begin] = shared_[k];
        row_step_[begin] = t.columns * index_t(size_of(st.type));
      }
      const bool one_row = t.rows == 1 || is_one_row(st, t);
      st.kernel({&data_[begin], &row_step_[begin], one_row ? 1 : t.rows,
                 one_row ? t.rows * t.columns : t.columns, plan_.stream && !st.identity,
                 plan_.in_place && !st.identity, paces_[k], st.paced, plan_.ahead_slot,
                 st.identity ? 0 : plan_.ahead});
    }
    for (std::size_t i = 0; i < std::size_t(plan_.outputs); ++i)
      if (plan_.slots[i].how == path::packed)
        unpack(buffer_[i], plan_.slots[i], offset(plan_.slots[i], where), plan_, t);
  }

 private:
  // Whether the rows of a stage's tile stand one after another in all its slots.
  bool is_one_row(const stage& st, const tile_extent& t) const {
    for (auto i = std::size_t(st.begin); i < std::size_t(st.begin + st.count); ++i) {
      if (plan_.slots[i].how != path::value && row_step_[i] != t.columns * pace_[i].step)
        return false;
    }
    return true;
  }

  // The operand's tile straight to the output; false if that will not do.
  bool copy(const position& where) const {
    const slot &to = plan_.slots[0], &from = plan_.slots[1];
    const int last = plan_.ndim - 1, rows = std::max(plan_.row_axis, 0);
    return copy_around(size_of(to.type), static_cast<std::byte*>(to.data) + offset(to, where),
                       {to.step[rows], to.step[last]},
                       static_cast<const std::byte*>(from.data) + offset(from, where),
                       {from.step[rows], from.step[last]}, where.extent.rows, where.extent.columns);
  }

  index_t offset(const slot& s, const position& where) const {
    index_t sum = 0;
    for (int d = 0; d <= plan_.inner; ++d) sum += where.at[d] * s.step[d];
    return sum;
  }

  void reach(std::size_t i, const position& where) {
    const slot& s = plan_.slots[i];
    const tile_extent& t = where.extent;
    const index_t packed_row = t.columns * index_t(size_of(s.type));
    const index_t own_row = plan_.row_axis < 0 ? 0 : s.step[plan_.row_axis];
    switch (s.how) {
      case path::value:
        data_[i] = s.data;
        row_step_[i] = 0;
        break;
      case path::direct:
        data_[i] = static_cast<std::byte*>(s.data) + offset(s, where);
        row_step_[i] = own_row;
        break;
      case path::generated:
        if (!s.has_buffer()) {
          data_[i] = s.data;
          row_step_[i] = own_row;
          pace_[i].first = s.first + offset(s, where);
          break;
        }
        [[fallthrough]];
      case path::packed:
        data_[i] = buffer_[i];
        row_step_[i] = packed_row;
        if (s.same_as < 0 && i >= std::size_t(plan_.outputs)) pack_if_new(i, offset(s, where), t);
        break;
      case path::shared:
        if (s.stage < 0) break;  // a stage's own output; set when it runs
        data_[i] = shared_[std::size_t(s.stage)];
        row_step_[i] = packed_row;
        break;
    }
  }

  // An operand that repeats from tile to tile is packed once.
  void pack_if_new(std::size_t i, index_t offset, const tile_extent& t) {
    const slot& s = plan_.slots[i];
    if (t == packed_ && offset == packed_at_[i] && !s.must_pack) return;
    pack(buffer_[i], s, offset, plan_, t);
    packed_at_[i] = offset;
  }

  const plan& plan_;
  tile_extent packed_ = {0, 0, 0};  // of the tile before
  void** data_;                     // one for each slot, like the next four
  index_t* row_step_;
  std::byte** buffer_;  // of a packed slot
  index_t* packed_at_;  // where what is in it begins
  pace* pace_;
  std::byte** shared_;  // one for each stage, like the next
  pace** paces_;        // where all are plain, null
};

}  // namespace

std::size_t thread_bytes(const plan& p) { return worker::bytes(p); }

// Out of line, so that the thread sanitizer tells weft's accesses from oneTBB's.
[[gnu::noinline]] void run_tiles(const plan& p, std::byte* memory, index_t begin, index_t end) {
  worker w(p, memory);
  for (index_t k = begin; k < end; ++k) w.run(p.descending ? p.tiles - 1 - k : k);
#if defined(__SSE2__)
  if (p.stream) _mm_sfence();  // streamed stores are visible before another thread is told
#endif
}

namespace {

template <class T>
void copy_kernel(const tile& t) {
  constexpr auto size = index_t(sizeof(T));
  copy_block(sizeof(T), static_cast<std::byte*>(t.data[0]), {t.row_step[0], size},
             static_cast<const std::byte*>(t.data[1]),
             {t.row_step[1], t.paces ? t.paces[1].step : size}, t.rows, t.columns);
}

}  // namespace

void run(const plan& p) {
  if (p.tiles == 0) return;
  const std::size_t bytes = worker::bytes(p);
  constexpr std::size_t small = 24 << 10;  // most tiles: half of an L1 cache
  const work all{p.stages, p.size, p.bytes_read + p.bytes_written, p.tiles, p.threads};
  const auto run_all = [&](std::byte* first) {
    share_out(all, [&](int k, index_t begin, index_t end) {
      run_tiles(p, first + bytes * std::size_t(k), begin, end);
    });
  };
  if (p.threads == 1 && bytes <= small) {
    alignas(64) std::byte memory[small];
    return run_all(memory);
  }
  const buffer memory = buffer::allocate(bytes * std::size_t(p.threads));
  run_all(static_cast<std::byte*>(memory.data()));
}

void copy_elements(dtype type, void* to, const shape& s, const strides& to_strides,
                   const void* from, const strides& from_strides) {
  static constexpr kernel_function by_size[] = {
      copy_kernel<char>, copy_kernel<char16_t>,    nullptr, copy_kernel<char32_t>, nullptr, nullptr,
      nullptr,           copy_kernel<std::int64_t>};
  const std::size_t size = size_of(type);
  slot slots[2] = {};
  const void* memory[] = {to, from};
  const strides* steps[] = {&to_strides, &from_strides};
  for (int k = 0; k < 2; ++k) {
    slots[k].how = path::direct;
    slots[k].type = type;
    slots[k].data = const_cast<void*>(memory[k]);
    slots[k].shape = &s;
    slots[k].strides = steps[k];
  }
  stage only[1];
  struct pair {
    std::uint64_t half[2];
  };
  only[0].kernel = only[0].paced = size == 16 ? copy_kernel<pair> : by_size[size - 1];
  only[0].count = 2;
  plan p{.slots = slots, .stages = only};
  make_plan(p);
  run(p);
}

}  // namespace weft
