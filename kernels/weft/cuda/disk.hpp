// weft/cuda/disk.hpp: compiled kernels in a folder, for the next process. What is not there, does
// not fit or cannot be trusted is as if it were not there; what cannot be written is not missed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace weft::gpu::disk {

/// The folder: WEFT_CACHE_DIR, where an empty one means none; else weft/cuda in XDG_CACHE_HOME or
/// in
/// ~/.cache. Read anew each time.
std::string folder();

/// The image stored under exactly this key; empty when there is none.
std::vector<char> load(const std::string& key);

/// Stores an image. The folder is made if need be, for its user alone.
void store(const std::string& key, const std::vector<char>& image) noexcept;

/// Bytes that the folder may hold; beyond them the files that were written first go.
inline constexpr std::size_t most_bytes = std::size_t(256) << 20;

}  // namespace weft::gpu::disk
