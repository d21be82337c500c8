// weft/cpu/copy_block.cpp: blocks of elements, by element size alone. Rows are often few elements
// long and many, so a row is a few moves that may overlap, without a call.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/copy_block.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "weft/cpu/transpose.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

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

// Bytes that are moved at once. Not returned: how a function returns them depends on the processor.
template <int W>
struct piece {
  typedef std::uint8_t bytes __attribute__((vector_size(W)));
  bytes held;

  explicit piece(const std::byte* from) { std::memcpy(&held, from, W); }
  void store(std::byte* to) const { std::memcpy(to, &held, W); }
};

// use(width) for the largest piece, of up to 32 bytes, that fits into so many.
template <class Use>
void with_pieces_of(index_t bytes, Use use) {
  using std::integral_constant;
  switch (std::bit_floor(std::size_t(std::min<index_t>(bytes, 32)))) {
    case 1:
      return use(integral_constant<int, 1>());
    case 2:
      return use(integral_constant<int, 2>());
    case 4:
      return use(integral_constant<int, 4>());
    case 8:
      return use(integral_constant<int, 8>());
    case 16:
      return use(integral_constant<int, 16>());
    default:
      return use(integral_constant<int, 32>());
  }
}

// Rows of so many bytes, which follow one another in `to` and ascend in `from`, but for the last
// ones, as one piece each that is longer: the next row puts right what it writes beyond its row,
// and what it reads there is of a later row, or lies before one. Returns how many rows that were.
template <int W>
index_t copy_most_rows(std::byte* to, const std::byte* from, index_t from_row, index_t rows,
                       index_t bytes) {
  const index_t most = rows - (W - bytes + bytes - 1) / bytes;
  for (index_t r = 0; r < most; ++r, to += bytes, from += from_row) piece<W>(from).store(to);
  return std::max(most, index_t(0));
}

// Rows of so many bytes. The last piece of a row ends with it.
void copy_rows(std::byte* to, index_t to_row, const std::byte* from, index_t from_row, index_t rows,
               index_t bytes) {
  constexpr index_t long_row = 512;  // from here on a call is worth its time
  if (bytes >= long_row) {
    for (index_t r = 0; r < rows; ++r, to += to_row, from += from_row)
      std::memcpy(to, from, std::size_t(bytes));
    return;
  }
  if (to_row == bytes && from_row >= bytes) {
    const index_t done =
        bytes > 16 && bytes < 32  ? copy_most_rows<32>(to, from, from_row, rows, bytes)
        : bytes > 8 && bytes < 16 ? copy_most_rows<16>(to, from, from_row, rows, bytes)
                                  : 0;
    to += done * to_row;
    from += done * from_row;
    rows -= done;
  }
  with_pieces_of(bytes, [=](auto width) mutable {
    const index_t last = bytes - width;
    for (index_t r = 0; r < rows; ++r, to += to_row, from += from_row) {
      const piece<width> end(from + last);
      for (index_t i = 0; i < last; i += width) piece<width>(from + i).store(to + i);
      end.store(to + last);
    }
  });
}

// One row, `rows` times side by side.
void repeat_row(std::byte* to, const std::byte* from, index_t rows, index_t bytes) {
  const index_t all = rows * bytes;
  std::memcpy(to, from, std::size_t(bytes));
  for (index_t done = bytes; done < all; done *= 2)
    std::memcpy(to + done, to, std::size_t(std::min(done, all - done)));
}

// Rows of `columns` elements T as pieces of `lanes`: put(to, from, first) makes that of elements
// first, first + 1, ... of a row. The last piece of a row ends with it.
template <class T, class Put>
void put_rows(std::byte* to, index_t to_row, const std::byte* from, index_t from_row, index_t rows,
              index_t columns, Put put) {
  with_pieces_of(columns * index_t(sizeof(T)), [=](auto width) mutable {
    constexpr int lanes = std::max(int(width) / int(sizeof(T)), 1);
    const std::integral_constant<int, lanes> count;
    const index_t last = columns - lanes;
    for (index_t r = 0; r < rows; ++r, to += to_row, from += from_row) {
      for (index_t i = 0; i < last; i += lanes) put(count, to, from, i);
      put(count, to, from, last);
    }
  });
}

template <class T, int N>
struct vector_of {
  typedef T type __attribute__((vector_size(N * sizeof(T))));
};

#if defined(__AVX2__)
// Which words of a register make up `copies` of each of its elements of so many bytes: those of
// register number k of the result from number (copies - 1) * copies / 2 + k on, copies after
// copies.
template <int Bytes, int Most>
constexpr auto words_of_copies = [] {
  std::array<std::array<std::int32_t, 8>, std::size_t(Most * (Most + 1) / 2)> words{};
  constexpr int size = Bytes / 4, lanes = 8 / size;
  for (int copies = 1, all = 0; copies <= Most; ++copies)
    for (int k = 0; k < copies; ++k, ++all)
      for (int w = 0; w < 8; ++w)
        words[std::size_t(all)][std::size_t(w)] = (k * lanes + w / size) / copies * size + w % size;
  return words;
}();

// A few copies of each of many elements, as they follow one another: registers of elements become
// as many registers as there are copies. Returns how many elements it took, whole registers.
template <class T>
index_t copy_each(std::byte* to, const std::byte* from, index_t count, index_t copies) {
  constexpr int most = 16, lanes = 32 / int(sizeof(T));
  if (copies > most) return 0;
  const auto* const words =
      &words_of_copies<int(sizeof(T)), most>[std::size_t(copies * (copies - 1) / 2)];
  index_t i = 0;
  for (; i + lanes <= count; i += lanes, from += 32) {
    const auto elements = load<__m256i>(from);
    for (index_t k = 0; k < copies; ++k, to += 32)
      store(to, _mm256_permutevar8x32_epi32(
                    elements, load<__m256i>(reinterpret_cast<const std::byte*>(words + k))));
  }
  return i;
}
#endif

// `columns` copies of the first element of each row.
template <class T>
void fill_rows(std::byte* to, index_t to_row, const std::byte* from, index_t from_row, index_t rows,
               index_t columns) {
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
    constexpr auto size = index_t(sizeof(T));
    if (from_row == size && to_row == columns * size) {
      const index_t done = copy_each<T>(to, from, rows, columns);
      to += done * to_row;
      from += done * from_row;
      rows -= done;
    }
  }
#endif
  put_rows<T>(to, to_row, from, from_row, rows, columns,
              [](auto n, std::byte* row, const std::byte* of, index_t i) {
                if constexpr (sizeof(T) > 8) {
                  store(row + i * index_t(sizeof(T)), load<T>(of));
                  if (n == 2) store(row + (i + 1) * index_t(sizeof(T)), load<T>(of));
                } else {
                  using vector = typename vector_of<T, n>::type;
                  const vector copies = vector{} + load<T>(of);
                  store(row + i * index_t(sizeof(T)), copies);
                }
              });
}

// The elements of each row the other way round: from its first one back.
template <class T>
void turn_rows(std::byte* to, index_t to_row, const std::byte* from, index_t from_row, index_t rows,
               index_t columns) {
  put_rows<T>(to, to_row, from, from_row, rows, columns,
              [](auto n, std::byte* row, const std::byte* first, index_t i) {
                constexpr auto size = index_t(sizeof(T));
                using vector = typename vector_of<T, n>::type;
                vector x;
                std::memcpy(&x, first - (i + n - 1) * size, sizeof x);
                [&]<int... K>(std::integer_sequence<int, K...>) {
                  x = __builtin_shufflevector(x, x, (n - 1 - K)...);
                }(std::make_integer_sequence<int, n>());
                std::memcpy(row + i * size, &x, sizeof x);
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
  index_t i = 0;
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
    if (to_step == size && from_step == 2 * size) i = take_every<T, 2>(to, from, count);
    if (to_step == size && from_step == 4 * size) i = take_every<T, 4>(to, from, count);
  }
  for (; i < count; ++i) store(to + i * to_step, load<T>(from + i * from_step));
}

// Elements apart, in runs along the rows, or down them where the memory is nearer that way.
template <class T>
void copy_apart(std::byte* to, block_steps to_steps, const std::byte* from, block_steps from_steps,
                index_t rows, index_t columns) {
  constexpr index_t few = 16, many = 64;
  const block_steps memory = to_steps.element == index_t(sizeof(T)) ? from_steps : to_steps;
  const auto down = [&](std::byte* t, const std::byte* f, index_t n) {
    for (index_t c = 0; c < columns; ++c)
      copy_run<T>(t + c * to_steps.element, to_steps.row, f + c * from_steps.element,
                  from_steps.row, n);
  };
  if (rows > 1 && memory.row != 0 && std::abs(memory.row) < std::abs(memory.element))
    return down(to, from, rows);
  if (columns < few && columns < rows) {  // runs of many elements begin less often
    for (index_t r = 0; r < rows; r += many)
      down(to + r * to_steps.row, from + r * from_steps.row, std::min(many, rows - r));
    return;
  }
  for (index_t r = 0; r < rows; ++r, to += to_steps.row, from += from_steps.row)
    copy_run<T>(to, to_steps.element, from, from_steps.element, columns);
}

template <class T>
void copy(std::byte* to, block_steps to_steps, const std::byte* from, block_steps from_steps,
          index_t rows, index_t columns) {
  constexpr auto size = index_t(sizeof(T));
  if (to_steps.element == size) {
    if (from_steps.element == 0)
      return fill_rows<T>(to, to_steps.row, from, from_steps.row, rows, columns);
    if (from_steps.element == size && from_steps.row == 0 && to_steps.row == columns * size)
      return repeat_row(to, from, rows, columns * size);
    if (from_steps.element == size)
      return copy_rows(to, to_steps.row, from, from_steps.row, rows, columns * size);
    if constexpr (sizeof(T) <= 8)
      if (from_steps.element == -size)
        return turn_rows<T>(to, to_steps.row, from, from_steps.row, rows, columns);
  }
  if constexpr (sizeof(T) <= 8) {
    if (rows > 1 && columns > 1 && from_steps.row == size && to_steps.element == size)
      return transpose_block<T>(to, to_steps.row, from, from_steps.element, rows, columns);
    if (rows > 1 && columns > 1 && to_steps.row == size && from_steps.element == size)
      return transpose_block<T>(to, to_steps.element, from, from_steps.row, columns, rows);
  }
  copy_apart<T>(to, to_steps, from, from_steps, rows, columns);
}

}  // namespace

void copy_block(std::size_t element_size, std::byte* to, block_steps to_steps,
                const std::byte* from, block_steps from_steps, index_t rows, index_t columns) {
  if (rows == 0 || columns == 0) return;
  switch (element_size) {
    case 1:
      return copy<std::uint8_t>(to, to_steps, from, from_steps, rows, columns);
    case 2:
      return copy<std::uint16_t>(to, to_steps, from, from_steps, rows, columns);
    case 4:
      return copy<std::uint32_t>(to, to_steps, from, from_steps, rows, columns);
    case 8:
      return copy<std::uint64_t>(to, to_steps, from, from_steps, rows, columns);
    default:
      return copy<element16>(to, to_steps, from, from_steps, rows, columns);
  }
}

bool copy_around(std::size_t element_size, std::byte* to, block_steps to_steps,
                 const std::byte* from, block_steps from_steps, index_t rows, index_t columns) {
  const auto size = index_t(element_size);
  if (to_steps.element != size || from_steps.row != size) return false;
  switch (element_size) {
    case 4:
      return transpose_around<std::uint32_t>(to, to_steps.row, from, from_steps.element, rows,
                                             columns);
    case 8:
      return transpose_around<std::uint64_t>(to, to_steps.row, from, from_steps.element, rows,
                                             columns);
    default:
      return false;
  }
}

}  // namespace weft
