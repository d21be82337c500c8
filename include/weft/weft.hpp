// weft/weft.hpp: everything but the adaptors.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/cuda.hpp"
#include "weft/device_mirror.hpp"
#include "weft/eval.hpp"
#include "weft/functions.hpp"
#include "weft/generate.hpp"
#include "weft/normalize.hpp"
#include "weft/print.hpp"
#include "weft/rearrange.hpp"
#include "weft/reduce.hpp"
#include "weft/share.hpp"
#include "weft/statistics.hpp"
#include "weft/tensor.hpp"
#include "weft/threads.hpp"
