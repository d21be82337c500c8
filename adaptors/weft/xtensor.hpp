// weft/xtensor.hpp: xtensor both ways: a list of the parts. weft/xtensor_buffer.hpp alone needs
// none of xtensor's headers and is quicker to compile.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/xtensor_buffer.hpp"
#include "weft/xtensor_device.hpp"
#include "weft/xtensor_out.hpp"
#include "weft/xtensor_places.hpp"
#include "weft/xtensor_reduce.hpp"
#include "weft/xtensor_tree.hpp"
#include "weft/xtensor_word.hpp"
