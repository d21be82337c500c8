// weft/cpu/rest.cpp: what kernels leave to others, compiled once: tiles that are taken by whole
// rounds, and the ends of their rows, which in place are computed aside; where long rows should
// begin; rows that go around the cache; and rows shorter than a step, whose operands are copied to
// where a whole step has room.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "weft/cpu/copy_block.hpp"
#include "weft/cpu/loop.hpp"
#include "weft/cpu/machine.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weft {
namespace {

using kernel::slot_kinds, kernel::slot_room;

constexpr index_t line = 64;  // bytes

pace pace_of(const tile& t, const slot_kinds& slots, std::size_t s) {
  return t.paces ? t.paces[s] : pace::of(slots.bytes[s], slots.bytes[s]);
}

// Elements [begin, end) of some rows of a tile.
struct part_of_rows {
  index_t row, rows, begin, end;
};

// The kernel for parts of a tile.
struct part_runner {
  kernel_function kernel;
  bool takes_paces;
  const tile& t;
  const slot_kinds& slots;
  const slot_room& room;

  void run(const part_of_rows& part, bool stream) const {
    if (part.begin == part.end) return;
    reach(part);
    kernel({room.data, t.row_step, part.rows, part.end - part.begin, stream, t.in_place,
            takes_paces ? room.paces : nullptr, t.paced, t.ahead_slot, t.ahead});
  }
  // Its results go to `results`, row by row; nothing is fetched.
  void run_aside(const part_of_rows& part, std::byte* results) const {
    reach(part);
    const index_t columns = part.end - part.begin;
    std::copy_n(t.row_step, slots.bytes.size(), room.row_step);
    for (std::size_t o = 0; o < slots.outputs; ++o) {
      room.data[o] = results;
      room.row_step[o] = columns * slots.bytes[o];
      results += part.rows * room.row_step[o];
    }
    kernel({room.data, room.row_step, part.rows, columns, false, false,
            takes_paces ? room.paces : nullptr, t.paced});
  }
  void run_padded(index_t row, index_t begin, index_t n) const {
    kernel::run_padded(kernel, takes_paces, t, row, begin, n, slots, room);
  }

 private:
  void reach(const part_of_rows& part) const {
    for (std::size_t s = 0; s < slots.bytes.size(); ++s) {
      const pace p = room.paces[s] = pace_of(t, slots, s);
      const index_t by = part.row * t.row_step[s] + part.begin * p.step;
      room.data[s] = t.data[s];
      if (p.what == pace::is::counted)
        room.paces[s].first += by;
      else if (slots.bytes[s] > 0)
        room.data[s] = static_cast<std::byte*>(t.data[s]) + by;
    }
  }
};

// Rows of n elements or more in place, of which something is left: their last n elements are
// computed before the others, aside, and what of them is left is written after the others.
void run_in_place(const part_runner& parts, index_t n) {
  const tile& t = parts.t;
  const index_t left = t.columns % n, whole = t.columns - left;
  index_t of_row = 0;
  for (std::size_t o = 0; o < parts.slots.outputs; ++o) of_row += n * parts.slots.bytes[o];
  alignas(line) std::byte of_rows[8192];
  const bool fits = of_row <= index_t(sizeof of_rows);
  std::byte* const aside = fits ? of_rows : parts.room.padded;
  // What is left of some rows should be in the L1 cache still.
  const index_t near = std::max<index_t>(8192 / (t.columns * parts.slots.bytes[0]), 1);
  const index_t at_once = fits ? std::min(near, index_t(sizeof of_rows) / of_row) : 1;
  for (index_t row = 0; row < t.rows; row += at_once) {
    const index_t rows = std::min(at_once, t.rows - row);
    parts.run_aside({row, rows, t.columns - n, t.columns}, aside);
    parts.run({row, rows, 0, whole}, false);
    const std::byte* from = aside;
    for (std::size_t o = 0; o < parts.slots.outputs; ++o) {
      const index_t size = parts.slots.bytes[o];
      copy_block(parts.slots.bytes[o],
                 static_cast<std::byte*>(t.data[o]) + row * t.row_step[o] + whole * size,
                 {t.row_step[o], size}, from + (n - left) * size, {n * size, size}, rows, left);
      from += rows * n * size;
    }
  }
}

// Whether all elements stand side by side, or one serves a row.
bool are_repeated(const tile& t, const slot_kinds& slots) {
  return std::all_of(t.paces, t.paces + slots.bytes.size(), [](const pace& p) {
    return p.what == pace::is::next || p.what == pace::is::same;
  });
}

// Whole lines of memory, around the cache.
void stream_lines(std::byte* to, const std::byte* from, index_t bytes) {
#if defined(__SSE2__)
  for (index_t k = 0; k < bytes; k += 16)
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + k),
                     _mm_load_si128(reinterpret_cast<const __m128i*>(from + k)));
#else
  std::memcpy(to, from, std::size_t(bytes));
#endif
}

// Rows whose results go around the cache, which is whole lines at a time: a row's elements from its
// first line to its last one by the kernel, and the lines that two rows share from copies of both
// ends. No line is written in both ways, since it would have to be read again for the other.
class rows_around {
 public:
  rows_around(const part_runner& parts, index_t n) : parts_(parts), t_(parts.t), n_(n) {
    for (std::size_t o = 0; o < outputs(); ++o) of_row_ += n * size(o);
  }

  // False, with nothing done, if that will not do: rows are short, or elements or outputs stand at
  // places of a line that never agree.
  bool run() {
    const bool alike =
        t_.rows == 1 || all_outputs([&](std::size_t o) { return t_.row_step[o] % line == 0; });
    if (first_line(0) < 0) return false;
    if (alike && first_line(0) == 0 && t_.columns % n_ == 0) {
      parts_.run({0, t_.rows, 0, t_.columns}, true);
      return true;
    }
    if (t_.columns * size(0) < shortest_row_around ||
        of_row_ + line * index_t(outputs()) > index_t(sizeof shared_))
      return false;
    const bool follow =
        all_outputs([&](std::size_t o) { return t_.row_step[o] == t_.columns * size(o); });
    for (index_t row = 0; row < t_.rows; ++row) run_row(row, follow);
    return true;
  }

 private:
  std::size_t outputs() const { return parts_.slots.outputs; }
  index_t size(std::size_t o) const { return parts_.slots.bytes[o]; }
  template <class F>
  bool all_outputs(F f) const {
    for (std::size_t o = 0; o < outputs(); ++o)
      if (!f(o)) return false;
    return true;
  }
  std::byte* place(std::size_t o, index_t row, index_t i) const {
    return static_cast<std::byte*>(t_.data[o]) + row * t_.row_step[o] + i * size(o);
  }
  // The first element of a row that begins a line in all outputs; -1 if there is none.
  index_t first_line(index_t row) const {
    const auto past_line = [&](std::size_t o, index_t i) {
      return index_t(reinterpret_cast<std::uintptr_t>(place(o, row, i)) % line);
    };
    const index_t past = past_line(0, 0);
    if (past % size(0) != 0) return -1;
    const index_t begin = (line - past) % line / size(0);
    return all_outputs([&](std::size_t o) { return past_line(o, begin) == 0; }) ? begin : -1;
  }

  // One part after another, as they stand in memory: whoever fetches ahead should see one stream.
  void run_row(index_t row, bool follow) {
    const index_t begin = first_line(row);
    if (begin < 0) {  // one of several outputs has other places in this row
      put_shared(row);
      parts_.run({row, 1, 0, t_.columns - t_.columns % n_}, false);
      parts_.run({row, 1, t_.columns - n_, t_.columns}, false);
      return;
    }
    const index_t end = t_.columns - (t_.columns - begin) % n_;
    if (shares_ || begin > 0) {
      parts_.run_aside({row, 1, 0, n_}, ends_);
      finish_shared(row, begin);
    }
    parts_.run({row, 1, begin, end}, true);
    if (end < t_.columns) {
      parts_.run_aside({row, 1, t_.columns - n_, t_.columns}, ends_);
      begin_shared(row, end, follow && row + 1 < t_.rows);
    }
  }

  // The lines between rows: each output's bytes so far, from the end of the row before.
  std::byte* shared(std::size_t o) {
    std::byte* at = shared_;
    for (std::size_t k = 0; k < o; ++k) at += n_ * size(k) + line;
    return at;
  }
  void begin_shared(index_t row, index_t end, bool shares) {
    const index_t left = t_.columns - end;
    const std::byte* ends = ends_;
    for (std::size_t o = 0; o < outputs(); ends += n_ * size(o++))
      std::memcpy(shares ? shared(o) : place(o, row, end), ends + (n_ - left) * size(o),
                  std::size_t(left * size(o)));
    left_ = shares ? left : 0;
    shares_ = shares;
  }
  void finish_shared(index_t row, index_t begin) {
    const std::byte* ends = ends_;
    for (std::size_t o = 0; o < outputs(); ends += n_ * size(o++)) {
      const index_t left = left_ * size(o), bytes = begin * size(o);
      std::memcpy(shares_ ? shared(o) + left : place(o, row, 0), ends, std::size_t(bytes));
      if (shares_) stream_lines(place(o, row, 0) - left, shared(o), left + bytes);
    }
    shares_ = false;
  }
  // What the row before this one left is written as it is.
  void put_shared(index_t row) {
    for (std::size_t o = 0; o < outputs() && shares_; ++o)
      std::memcpy(place(o, row, -left_), shared(o), std::size_t(left_ * size(o)));
    shares_ = false;
  }

  const part_runner& parts_;
  const tile& t_;
  index_t n_, of_row_ = 0;  // elements of a step, bytes of the results of one
  index_t left_ = 0;        // elements of the row before that wait for this one's
  bool shares_ = false;
  alignas(64) std::byte ends_[2048];
  alignas(64) std::byte shared_[2048];
};

}  // namespace

index_t kernel::first_on_line(const tile& t, const slot_kinds& slots) {
  // Steps of a slot should begin at multiples of this.
  const auto place = [&](std::size_t s) {
    return std::min<index_t>(line, slots.step * slots.bytes[s]);
  };
  const auto past = [&](std::size_t s, index_t i) {
    return (index_t(reinterpret_cast<std::uintptr_t>(t.data[s])) + i * slots.bytes[s]) &
           (place(s) - 1);
  };
  const index_t size = slots.bytes[0], first = (place(0) - past(0, 0)) / size;
  if (past(0, first) != 0) return 0;
  int gain = 0;
  for (std::size_t s = 0; s < slots.bytes.size(); ++s) {
    if (slots.bytes[s] == 0) continue;
    if (t.rows > 1 && t.row_step[s] % place(s) != 0) return 0;
    gain += (past(s, 0) != 0) - (past(s, first) != 0);
  }
  return gain > 0 ? first : 0;
}

void kernel::run_by_parts(const kernels_for& kernels, const tile& t, const slot_kinds& slots,
                          const slot_room& room) {
  const kernel_function of_paces = !t.paces                 ? kernels.whole
                                   : are_repeated(t, slots) ? kernels.repeated
                                                            : t.paced;
  const index_t of_lines = of_paces == t.paced ? slots.round : slots.line;
  // Around the cache steps are whole rounds and whole lines; both are powers of two.
  const index_t around = std::max(of_lines, index_t(slots.line));
  if (t.stream && rows_around({of_paces, true, t, slots, room}, around).run()) return;
  const kernel_function kernel = t.paces ? of_paces : kernels.steps;
  const index_t n = t.paces ? of_lines : slots.step;
  const part_runner parts{kernel, t.paces != nullptr, t, slots, room};
  if (t.columns < n) {
    for (index_t row = 0; row < t.rows; ++row) parts.run_padded(row, 0, n);
  } else if (t.paces && t.in_place && t.columns % n != 0) {
    run_in_place(parts, n);
  } else if (t.stream) {
    parts.run({0, t.rows, 0, t.columns}, false);
  } else {
    kernel(t);
  }
}

void kernel::run_padded(kernel_function kernel, bool takes_paces, const tile& t, index_t row,
                        index_t i, index_t n, const slot_kinds& slots, const slot_room& room) {
  const auto count = std::size_t(t.columns - i);
  const auto own = [&](std::size_t s) {
    return static_cast<std::byte*>(t.data[s]) + row * t.row_step[s] + i * pace_of(t, slots, s).step;
  };
  std::byte* next = room.padded;
  for (std::size_t s = 0; s < slots.bytes.size(); ++s) {
    const std::size_t size = slots.bytes[s];
    const pace p = pace_of(t, slots, s);
    room.data[s] = t.data[s];
    room.paces[s] = pace::of(index_t(size), index_t(size));
    if (size == 0) continue;  // a value
    if (p.what == pace::is::counted) {
      room.paces[s] = p;
      room.paces[s].first += row * t.row_step[s] + i * p.step;
      continue;
    }
    room.data[s] = next;
    if (s >= slots.outputs) {
      if (p.what == pace::is::next) {
        lane::copy_first(next, own(s), size, int(count), int(n));
      } else {
        copy_block(size, next, {0, index_t(size)}, own(s), {0, p.step}, 1, index_t(count));
        fill_up(size, next, index_t(count), n);
      }
    }
    next += rounded(size * std::size_t(n));
  }
  // One row goes nowhere, so row steps do not matter.
  kernel({room.data, t.row_step, 1, n, false, false, takes_paces ? room.paces : nullptr});
  for (std::size_t o = 0; o < slots.outputs; ++o)
    std::memcpy(own(o), room.data[o], count * slots.bytes[o]);
}

}  // namespace weft
