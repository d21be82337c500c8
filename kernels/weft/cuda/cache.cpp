// weft/cuda/cache.cpp: images of kernels by their source, what they are compiled for, and with
// what.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/disk.hpp"
#include "weft/cuda/nvrtc.hpp"
#include "weft/cuda/run.hpp"

namespace weft::gpu {

std::vector<char> image_of(const std::string& source, const std::string& architecture,
                           bool fast_math) {
  std::string key = "NVRTC " + compiler_version() + " " + architecture;
  const std::vector<std::string> options = compiler_options(fast_math);
  for (const std::string& option : options) key += " " + option;
  key += "\n" + source;
  std::vector<char> image = disk::load(key);
  const bool found = !image.empty();
  if (!found) {
    image = compile(source, architecture, options);
    disk::store(key, image);
  }
  count_image(found);
  return image;
}

}  // namespace weft::gpu
