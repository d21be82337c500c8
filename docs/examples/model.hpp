// docs/examples/model.hpp: an elevation model from a .npy file, and a picture to a .png file.
// xtensor's load_npy trusts the file: it takes a short one for a whole one, and asks for whatever
// memory the header names. So the header is looked at first; the elements are read once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stb/stb_image_write.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <weft/weft.hpp>

#include "xtensor_headers.hpp"

/// Heights in metres, row by row from the north.
using elevation = xt::xarray<std::int16_t>;

namespace npy {

/// The value of a key in the header, a Python dictionary: `(344, 403)` for `shape`.
inline std::string_view value_of(std::string_view header, std::string_view key) {
  const auto at = header.find("'" + std::string(key) + "':");
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + key.size() + 3);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  const bool tuple = header.starts_with('(');
  const auto end = tuple ? header.find(')') : header.find_first_of(",}");
  return end == std::string_view::npos ? header : header.substr(0, end + (tuple ? 1 : 0));
}

/// Two extents of `(344, 403)`; false for any other tuple.
inline bool read_extents(std::string_view tuple, std::uint64_t& rows, std::uint64_t& columns) {
  const char *at = tuple.data(), *const end = at + tuple.size();
  const auto number = [&](char before, std::uint64_t& n) {
    if (at == end || *at != before) return false;
    for (++at; at != end && *at == ' ';) ++at;
    const auto [stop, error] = std::from_chars(at, end, n);
    at = stop;
    return error == std::errc();
  };
  return number('(', rows) && number(',', columns) && at != end && *at == ')';
}

/// Throws weft::error, in one line, unless `in` holds int16 heights by rows, 3 x 3 at least.
inline void check(std::istream& in) {
  unsigned char start[12] = {};
  in.read(reinterpret_cast<char*>(start), 10);
  if (!in || std::memcmp(start, "\x93NUMPY", 6) != 0 || start[6] < 1 || start[6] > 2)
    throw weft::error("not a .npy file of version 1 or 2");
  std::size_t length = start[8] + 256u * start[9];
  if (start[6] == 2) {
    in.read(reinterpret_cast<char*>(start + 10), 2);
    length += 65536u * start[10] + 16777216u * start[11];
  }
  std::string header(std::min<std::size_t>(length, 4096), ' ');  // numpy.save needs 128 bytes
  in.read(header.data(), std::streamsize(header.size()));
  const std::string type(value_of(header, "descr")), shape(value_of(header, "shape"));
  if (!in || header.size() != length || type.empty() || shape.empty())
    throw weft::error("a .npy file with a damaged header");
  if (type != "'<i2'")
    throw weft::error("the elements are " + type + ", not '<i2'; save z.astype('<i2')");
  if (value_of(header, "fortran_order") != "False")
    throw weft::error("in column-major order; save numpy.ascontiguousarray(z)");
  std::uint64_t rows = 0, columns = 0;
  if (!read_extents(shape, rows, columns) || rows < 3 || columns < 3)
    throw weft::error("shape " + shape + " is not two axes of at least 3 heights");

  const auto data = in.tellg();
  in.seekg(0, std::ios::end);
  const auto held = std::uint64_t(in.tellg() - data) / sizeof(std::int16_t);
  if (held / columns < rows)
    throw weft::error("ends after " + std::to_string(held) + " of the heights of shape " + shape);
}

}  // namespace npy

/// Throws weft::error in one line for anything that is not an int16 .npy file of two axes.
inline elevation load_model(const std::string& path) {
  try {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw weft::error(std::string("cannot be opened: ") + std::strerror(errno));
    npy::check(in);
    in.clear();
    in.seekg(0);
    return xt::load_npy<std::int16_t>(in);
  } catch (const std::exception& e) {
    throw weft::error(path + ": " + e.what());
  }
}

/// Writes brightness 0 to 255. Throws weft::error when the file cannot be written whole.
inline void write_png(const std::string& path, const weft::tensor<std::uint8_t>& grey) {
  const auto fail = [&] {
    throw weft::error(path + ": cannot be written: " + std::strerror(errno));
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file) fail();
  const auto put = [](void* to, void* bytes, int count) {
    std::fwrite(bytes, 1, std::size_t(count), static_cast<std::FILE*>(to));
  };
  const int rows = int(grey.extent(0)), columns = int(grey.extent(1));
  stbi_write_png_to_func(put, file.get(), columns, rows, 1, grey.data(), columns);
  if (std::fflush(file.get()) != 0 || std::ferror(file.get())) fail();
}
