// weft/cpu/rest.cpp: what kernels leave to others, compiled once: rows whose results go around the
// cache, and the last few elements of a row, where the kernel may not step back over ones that it
// has computed: its operands are copied to where a whole step has room.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "weft/cpu/loop.hpp"

namespace weft {

void kernel::steps_to_next_row(const tile& t, index_t moved, std::span<const std::uint8_t> bytes,
                               index_t* steps) {
  for (std::size_t s = 0; s < bytes.size(); ++s)
    steps[s] = t.row_step[s] - (moved & t.mask[s]) * index_t(bytes[s]);
}

void kernel::run_part(kernel_function kernel, const tile& t, index_t row, index_t begin,
                      index_t end, std::span<const std::uint8_t> bytes, void** data) {
  for (std::size_t s = 0; s < bytes.size(); ++s)
    data[s] = static_cast<std::byte*>(t.data[s]) + row * t.row_step[s] +
              (begin & t.mask[s]) * index_t(bytes[s]);
  kernel({data, t.row_step, t.mask, 1, end - begin, false, t.in_place});
}

void kernel::run_around(kernel_function kernel, kernel_function rounds, index_t round,
                        const tile& t, std::span<const std::uint8_t> bytes, std::size_t outputs,
                        void** data) {
  constexpr std::uintptr_t line = 64;
  const auto address = [&](std::size_t s, index_t row, index_t i) {
    return reinterpret_cast<std::uintptr_t>(t.data[s]) +
           std::uintptr_t(row * t.row_step[s] + i * index_t(bytes[s]));
  };
  // Where the first result of a line is in a row; -1 where they are nowhere so in all outputs, or
  // the row is short.
  const auto first_line = [&](index_t row) {
    const std::uintptr_t first = address(0, row, 0);
    if (t.columns < index_t(4 * line) || first % bytes[0] != 0) return index_t(-1);
    const auto begin = index_t((line - first % line) % line / bytes[0]);
    for (std::size_t s = 0; s < outputs; ++s)
      if (address(s, row, begin) % line != 0) return index_t(-1);
    return begin;
  };
  for (index_t row = 0; row < t.rows; ++row) {
    const auto part = [&](kernel_function k, index_t begin, index_t end) {
      if (begin < end) run_part(k, t, row, begin, end, bytes, data);
    };
    const index_t line_begins = first_line(row), begin = std::max(line_begins, index_t(0));
    const index_t end = line_begins < 0 ? 0 : begin + (t.columns - begin) / round * round;
    part(kernel, 0, begin);
    part(rounds, begin, end);
    part(kernel, end, t.columns);
  }
}

void kernel::run_padded(kernel_function kernel, const tile& t, index_t row, index_t i, index_t n,
                        std::span<const std::uint8_t> bytes, std::size_t outputs, void** data,
                        std::byte* padded) {
  const auto count = std::size_t(t.columns - i);
  const auto own = [&](std::size_t s) {
    return static_cast<std::byte*>(t.data[s]) + row * t.row_step[s] +
           (i & t.mask[s]) * index_t(bytes[s]);
  };
  std::byte* next = padded;
  for (std::size_t s = 0; s < bytes.size(); ++s) {
    const std::size_t size = bytes[s];
    data[s] = t.data[s];
    if (size == 0) continue;  // a value
    data[s] = next;
    if (s >= outputs) {
      std::memcpy(next, own(s), count * size);
      for (auto k = count; k < std::size_t(n); ++k) std::memcpy(next + k * size, next, size);
    }
    next += (size * std::size_t(n) + 63) / 64 * 64;
  }
  // One step of one row goes nowhere, so steps and masks do not matter.
  kernel({data, t.row_step, t.mask, 1, n, false, false});
  for (std::size_t o = 0; o < outputs; ++o) std::memcpy(own(o), data[o], count * bytes[o]);
}

}  // namespace weft
