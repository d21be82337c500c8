// weft/cpu/pack.cpp: strided tiles to contiguous buffers and back, by element size alone.
// The buffer is in L1, so what counts is to walk the memory side in its own order.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/pack.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "weft/cpu/transpose.hpp"

namespace weft {
namespace {

struct element16 {
  std::uint64_t half[2];
};

// Elements may stand at addresses that are not multiples of their size; memcpy is the portable
// way to move such, and compiles to one instruction.
template <class T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}
template <class T>
void store(std::byte* p, const T& value) {
  std::memcpy(p, &value, sizeof(T));
}

// `count` copies of the first element of each row, whole registers of them at a time.
template <class T>
void fill_rows(std::byte* to, index_t to_row, const std::byte* from, index_t from_row, index_t rows,
               index_t count) {
  constexpr auto size = index_t(sizeof(T));
  constexpr index_t lanes = sizeof(T) <= 8 ? 32 / size : 1;
  const auto each = [&](auto fill) {
    for (index_t r = 0; r < rows; ++r, to += to_row, from += from_row) fill(to, load<T>(from));
  };
  if constexpr (sizeof(T) <= 8) {
    typedef T vector __attribute__((vector_size(32)));
    if (count == 4 * lanes)  // what a kernel that is unrolled takes
      return each([](std::byte* row, T value) {
        const vector copies = vector{} + value;
        for (int k = 0; k < 4; ++k) std::memcpy(row + k * 32, &copies, sizeof copies);
      });
    return each([&](std::byte* row, T value) {
      const vector copies = vector{} + value;
      index_t i = 0;
      for (; i + lanes <= count; i += lanes) std::memcpy(row + i * size, &copies, sizeof copies);
      for (; i < count; ++i) store(row + i * size, value);
    });
  }
  each([&](std::byte* row, T value) {
    for (index_t i = 0; i < count; ++i) store(row + i * size, value);
  });
}

// Every `Step`-th element, as many as fill a register from Step registers that are read whole; the
// compiler picks the instructions. Returns how many it took: it reads no element beyond the last.
template <class T, int Step>
index_t take_every(std::byte* to, const std::byte* from, index_t count) {
  constexpr int lanes = 32 / sizeof(T);
  typedef T vector __attribute__((vector_size(32)));
  index_t i = 0;
  for (; (i + lanes) * Step <= count * Step - (Step - 1); i += lanes) {
    vector picked;  // not returned: how a function returns one depends on the processor
    [&]<int... K>(std::integer_sequence<int, K...>) {
      vector part[Step];
      for (int p = 0; p < Step; ++p)
        std::memcpy(&part[p], from + (i * Step + p * lanes) * index_t(sizeof(T)), sizeof(vector));
      if constexpr (Step == 2) {
        picked = __builtin_shufflevector(part[0], part[1], (K * Step)...);
      } else {
        const vector low = __builtin_shufflevector(part[0], part[1], (K * Step % (2 * lanes))...);
        const vector high =
            __builtin_shufflevector(part[Step - 2], part[Step - 1], (K * Step % (2 * lanes))...);
        picked = __builtin_shufflevector(low, high, (K * Step < 2 * lanes ? K : K + lanes)...);
      }
    }(std::make_integer_sequence<int, lanes>());
    std::memcpy(to + i * index_t(sizeof(T)), &picked, sizeof picked);
  }
  return i;
}

// One run of elements, `from_step` and `to_step` bytes apart.
template <class T>
void copy_run(std::byte* to, index_t to_step, const std::byte* from, index_t from_step,
              index_t count) {
  constexpr auto size = index_t(sizeof(T));
  if (from_step == size && to_step == size) {
    std::memcpy(to, from, std::size_t(count * size));
  } else if (from_step == 0 && to_step == size) {
    fill_rows<T>(to, 0, from, 0, 1, count);
  } else if (from_step == -size && to_step == size) {
    for (index_t i = 0; i < count; ++i) store(to + i * size, load<T>(from - i * size));
  } else if (to_step == size) {
    index_t i = 0;
    if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
      if (from_step == 2 * size) i = take_every<T, 2>(to, from, count);
      if (from_step == 4 * size) i = take_every<T, 4>(to, from, count);
    }
    for (; i < count; ++i) store(to + i * size, load<T>(from + i * from_step));
  } else {
    for (index_t i = 0; i < count; ++i) store(to + i * to_step, load<T>(from + i * from_step));
  }
}

// Visits the runs of a tile: f(memory offset, buffer element, memory step, buffer step, count).
// When the memory is nearer along the rows than along the inner loop, runs go down the rows.
template <class F>
void for_each_run(const slot& s, const plan& p, const tile_extent& t, F f) {
  const int last = p.ndim - 1;
  const index_t row_step = p.row_axis < 0 ? 0 : s.step[p.row_axis];
  if (p.inner == last && t.rows > 1 && row_step != 0 &&
      std::abs(row_step) < std::abs(s.step[last])) {
    for (index_t c = 0; c < t.columns; ++c) f(c * s.step[last], c, row_step, t.columns, t.rows);
    return;
  }
  if (p.inner == last) {
    for (index_t r = 0; r < t.rows; ++r)
      f(r * row_step, r * t.columns, s.step[last], index_t(1), t.columns);
    return;
  }
  for (index_t r = 0; r < t.rows; ++r) {
    index_t at[max_ndim] = {};
    index_t offset = r * row_step;
    const index_t run = p.extent[last];
    for (index_t c = 0; c < t.columns; c += run) {
      f(offset, r * t.columns + c, s.step[last], index_t(1), run);
      for (int d = last - 1; d >= p.inner; --d) {  // the next index, as an odometer
        offset += s.step[d];
        if (++at[d] < (d == p.inner ? t.inner_count : p.extent[d])) break;
        offset -= at[d] * s.step[d];
        at[d] = 0;
      }
    }
  }
}

// Whether a tile's columns are contiguous lines of memory: then it is transposed in registers.
template <class T>
bool is_transposed(const slot& s, const plan& p, const tile_extent& t) {
  return p.inner == p.ndim - 1 && p.row_axis >= 0 && t.rows > 1 &&
         s.step[p.row_axis] == index_t(sizeof(T));
}

template <class T>
void pack_memory(std::byte* buffer, const std::byte* first, const slot& s, const plan& p,
                 const tile_extent& t) {
  constexpr auto size = index_t(sizeof(T));
  if constexpr (sizeof(T) <= 8) {
    if (is_transposed<T>(s, p, t))
      return transpose_block<T>(buffer, t.columns * size, first, s.step[p.inner], t.rows,
                                t.columns);
  }
  for_each_run(s, p, t, [&](index_t offset, index_t element, index_t step, index_t to, index_t n) {
    copy_run<T>(buffer + element * size, to * size, first + offset, step, n);
  });
}

template <class T>
void unpack_memory(const std::byte* buffer, std::byte* first, const slot& s, const plan& p,
                   const tile_extent& t) {
  constexpr auto size = index_t(sizeof(T));
  if constexpr (sizeof(T) <= 8) {
    if (is_transposed<T>(s, p, t))
      return transpose_block<T>(first, s.step[p.inner], buffer, t.columns * size, t.columns,
                                t.rows);
  }
  for_each_run(s, p, t,
               [&](index_t offset, index_t element, index_t step, index_t from, index_t n) {
                 copy_run<T>(first + offset, step, buffer + element * size, from * size, n);
               });
}

template <class F>
void with_element_size(std::size_t size, F f) {
  switch (size) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    case 8:
      return f(std::uint64_t{});
    default:
      return f(element16{});
  }
}

// A generator fills rows, never columns: its values cost more than where they go.
void generate(std::byte* buffer, const slot& s, index_t first, const plan& p,
              const tile_extent& t) {
  const auto size = index_t(size_of(s.type));
  if (p.inner == p.ndim - 1) {
    const index_t row_step = p.row_axis < 0 ? 0 : s.step[p.row_axis];
    for (index_t r = 0; r < t.rows; ++r)
      s.fill(s.data, buffer + r * t.columns * size, s.first + first + r * row_step,
             s.step[p.ndim - 1], t.columns);
    return;
  }
  for_each_run(s, p, t, [&](index_t offset, index_t element, index_t step, index_t, index_t n) {
    s.fill(s.data, buffer + element * size, s.first + first + offset, step, n);
  });
}

// One element a row, as often as the kernel has lanes.
void repeat(std::byte* buffer, const slot& s, index_t first, const plan& p, index_t rows) {
  const auto size = index_t(size_of(s.type));
  const index_t row_step = p.row_axis < 0 ? 0 : s.step[p.row_axis];
  if (row_step == 0) rows = 1;
  const block_steps to{p.lanes * size, size};
  if (s.how != path::generated)
    return copy_block(size_of(s.type), buffer, to, static_cast<const std::byte*>(s.data) + first,
                      {row_step, 0}, rows, p.lanes);
  for (index_t r = 0; r < rows; ++r, first += row_step, buffer += to.row) {
    alignas(16) std::byte made[16];
    s.fill(s.data, made, s.first + first, 0, 1);
    copy_block(size_of(s.type), buffer, to, made, {0, 0}, 1, p.lanes);
  }
}

}  // namespace

void pack(std::byte* buffer, const slot& s, index_t first, const plan& p, const tile_extent& t) {
  if (s.repeats) return repeat(buffer, s, first, p, t.rows);
  if (s.how == path::generated) return generate(buffer, s, first, p, t);
  with_element_size(size_of(s.type), [&](auto e) {
    pack_memory<decltype(e)>(buffer, static_cast<const std::byte*>(s.data) + first, s, p, t);
  });
}

void unpack(const std::byte* buffer, const slot& s, index_t first, const plan& p,
            const tile_extent& t) {
  with_element_size(size_of(s.type), [&](auto e) {
    unpack_memory<decltype(e)>(buffer, static_cast<std::byte*>(s.data) + first, s, p, t);
  });
}

void copy_block(std::size_t element_size, std::byte* to, block_steps to_steps,
                const std::byte* from, block_steps from_steps, index_t rows, index_t columns) {
  with_element_size(element_size, [&](auto e) {
    using T = decltype(e);
    if (from_steps.element == 0 && to_steps.element == index_t(sizeof(T)))  // most often
      return fill_rows<T>(to, to_steps.row, from, from_steps.row, rows, columns);
    if constexpr (sizeof(T) <= 8) {
      constexpr auto size = index_t(sizeof(T));
      if (rows > 1 && columns > 1 && from_steps.row == size && to_steps.element == size)
        return transpose_block<T>(to, to_steps.row, from, from_steps.element, rows, columns);
    }
    for (index_t r = 0; r < rows; ++r, to += to_steps.row, from += from_steps.row)
      copy_run<T>(to, to_steps.element, from, from_steps.element, columns);
  });
}

}  // namespace weft
