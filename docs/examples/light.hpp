// docs/examples/light.hpp: where the hillshade's light comes from, and the model's cells.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <numbers>

/// The model's cells: 3 arc seconds, in metres at latitude 36.6 degrees north.
inline constexpr float cell_height = 92.6f, cell_width = 74.4f;

/// The direction to the light: from the north-west, 45 degrees above the horizon.
struct direction {
  float up, east, north;
};
inline const direction light = [] {
  const float azimuth = 315.0f * std::numbers::pi_v<float> / 180;
  const float altitude = 45.0f * std::numbers::pi_v<float> / 180;
  return direction{std::sin(altitude), std::cos(altitude) * std::sin(azimuth),
                   std::cos(altitude) * std::cos(azimuth)};
}();
