// weft/cuda/background.hpp: compilations beside the program: a few threads, which are there only
// while there is something to compile.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

namespace weft::gpu {

/// Calls task() on another thread; on this one when there is none to be had. At the end of the
/// process tasks that have not begun are destroyed, and those that have are waited for.
void in_background(std::function<void()> task);

}  // namespace weft::gpu
