// tests/unit/copy_block_test.cpp: blocks of elements arrive as they are, whatever their size,
// number and distance from one another, and nothing beside them is touched.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cpu/copy_block.hpp"

#include <cstring>
#include <vector>

#include "catch.hpp"
#include "weft/cpu/lane_pace.hpp"

using namespace weft;

namespace {

// Bytes of all elements of a block at `steps`, and where its first one is among them.
struct room {
  index_t bytes, first;

  room(block_steps steps, index_t size, index_t rows, index_t columns) : bytes(size), first(0) {
    for (const index_t last : {steps.row * (rows - 1), steps.element * (columns - 1)}) {
      bytes += std::abs(last);
      if (last < 0) first -= last;
    }
  }
};

void check(index_t size, block_steps to, block_steps from, index_t rows, index_t columns) {
  constexpr index_t beside = 64;
  const std::byte untouched{0xa5};
  const room source(from, size, rows, columns), target(to, size, rows, columns);
  std::vector<std::byte> read(std::size_t(source.bytes));
  for (std::size_t i = 0; i < read.size(); ++i) read[i] = std::byte(i * 7 % 251);
  std::vector<std::byte> found(std::size_t(target.bytes + 2 * beside), untouched);
  std::vector<std::byte> expected = found;
  const auto element = [&](std::vector<std::byte>& v, index_t first, block_steps steps, index_t r,
                           index_t c) {
    return v.data() + first + r * steps.row + c * steps.element;
  };
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < columns; ++c)
      std::memcpy(element(expected, beside + target.first, to, r, c),
                  element(read, source.first, from, r, c), std::size_t(size));
  copy_block(std::size_t(size), element(found, beside + target.first, to, 0, 0), to,
             element(read, source.first, from, 0, 0), from, rows, columns);
  INFO(rows << " x " << columns << " elements of " << size << " bytes, from steps " << from.row
            << ", " << from.element << " to " << to.row << ", " << to.element);
  CHECK(found == expected);
}

}  // namespace

TEST_CASE("blocks are copied to a buffer and back") {
  const index_t size = GENERATE(1, 2, 4, 8, 16);
  for (const index_t rows : {1, 2, 5, 17, 70})
    for (const index_t columns : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 130, 600}) {
      const index_t row = columns * size;
      const block_steps buffer{row, size};
      const block_steps memory[] = {
          {row + 3 * size, size},             // rows with gaps
          {-row - size, size},                // the last one first
          {row, -size},                       // the other way round
          {size, rows * size},                // columns with no gaps
          {2 * size, (2 * rows + 1) * size},  // and with gaps
          {-size, rows * size},               // and the other way round
          {2 * row, 2 * size},                // every second element
          {4 * row + size, 4 * size},         // every fourth
          {3 * row + 1, 3 * size},            // every third, at odd addresses
          {-5 * row, -5 * size},
      };
      for (const block_steps& m : memory) {
        check(size, buffer, m, rows, columns);
        check(size, m, buffer, rows, columns);
        check(size, {row + size, size}, m, rows, columns);
      }
      // What repeats can only be read.
      for (const block_steps& m :
           {block_steps{0, size}, {size, 0}, {-3 * size, 0}, {0, 0}, {0, -size}}) {
        check(size, buffer, m, rows, columns);
        check(size, {row + size, size}, m, rows, columns);
      }
    }
}

TEST_CASE("a block of nothing is nothing") {
  copy_block(4, nullptr, {0, 4}, nullptr, {0, 4}, 0, 5);
  copy_block(4, nullptr, {0, 4}, nullptr, {0, 4}, 5, 0);
}

TEST_CASE(
    "of a step the first elements are copied, the others become the first, and no more is read") {
  for (const int size : {1, 2, 4, 8, 16})
    for (const int whole : {1, 2, 4, 8, 16, 32, 64})
      for (int count = 1; count <= whole; ++count) {
        std::vector<std::byte> read(std::size_t(count * size));  // so large and no larger
        for (std::size_t i = 0; i < read.size(); ++i) read[i] = std::byte(i * 7 % 251);
        std::vector<std::byte> expected(std::size_t(whole * size)), found(expected.size());
        for (int k = 0; k < whole; ++k)
          std::memcpy(expected.data() + k * size, read.data() + (k < count ? k : 0) * size,
                      std::size_t(size));
        lane::copy_first(found.data(), read.data(), std::size_t(size), count, whole);
        INFO(count << " of " << whole << " elements of " << size << " bytes");
        CHECK(found == expected);
      }
}

TEST_CASE("blocks of whole lines are transposed around the cache, others are refused untouched") {
  for (const int size : {1, 2, 4, 8, 16})
    for (const index_t rows : {4, 8, 16, 24, 30, 64})
      for (const index_t columns : {8, 16, 24, 32, 63, 64})
        for (const index_t off : {0, 1}) {
          const index_t pitch = (columns * size + 127) / 64 * 64, from_pitch = (rows + 3) * size;
          std::vector<std::byte> from(std::size_t(columns * from_pitch));
          for (std::size_t i = 0; i < from.size(); ++i) from[i] = std::byte(i * 7 % 251);
          struct alignas(64) line {
            std::byte bytes[64];
          };
          std::vector<line> room(std::size_t(rows * pitch / 64 + 1)), expected = room;
          std::byte *const to = room[0].bytes + off * size, *const wanted =
                                                                expected[0].bytes + off * size;
          const bool done = copy_around(std::size_t(size), to, {pitch, size}, from.data(),
                                        {size, from_pitch}, rows, columns);
          const index_t side = 32 / size, of_line = 64 / size;
          INFO(rows << " x " << columns << " elements of " << size << " bytes from " << off);
          CHECK(done == ((size == 4 || size == 8) && off == 0 && rows % side == 0 &&
                         columns % of_line == 0));
          if (done)
            copy_block(std::size_t(size), wanted, {pitch, size}, from.data(), {size, from_pitch},
                       rows, columns);
          CHECK(std::memcmp(room.data(), expected.data(), room.size() * sizeof(line)) == 0);
        }
}
