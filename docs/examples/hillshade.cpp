// docs/examples/hillshade.cpp: shaded relief of an elevation model, as one fused expression over
// xtensor's own arrays. Usage: hillshade [model.npy [picture.png]]
#include <stb/stb_image_write.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <numbers>
#include <string>
#include <vector>
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xnpy.hpp>
#include <xtensor/xview.hpp>

namespace {

using elevation = xt::xarray<std::int16_t>;
using picture = xt::xarray<float>;

// The DEM's cells: 3 arc seconds, in metres at latitude 36.6 degrees north.
constexpr float dy = 92.6f, dx = 74.4f;
// The light: from the north-west, 45 degrees above the horizon.
const float azimuth = 315.0f * std::numbers::pi_v<float> / 180;
const float altitude = 45.0f * std::numbers::pi_v<float> / 180;

/// Brightness 0 to 255 from the slopes to the east and to the south, in metres a metre. Horn's
/// formula in its vector form: the cosine between the surface's normal and the light,
/// (sin(altitude) - cos(altitude) * (p * sin(azimuth) - q * cos(azimuth))) / sqrt(1 + p^2 + q^2).
/// Source: B. K. P. Horn, Hill shading and the reflectance map, Proc. IEEE 69 (1981).
template <class P, class Q>
auto shade(const P& p, const Q& q) {
  using weft::maximum, weft::sqrt, weft::square;
  const float up = std::sin(altitude), east = std::cos(altitude) * std::sin(azimuth),
              north = std::cos(altitude) * std::cos(azimuth);
  return 255.0f * maximum((up - (east * p - north * q)) / sqrt(1.0f + square(p) + square(q)), 0.0f);
}

// Differences of neighbours through shifted views: one tree, no array between.
template <class Z>
auto hillshade(const Z& z) {
  using weft::cast, weft::range;
  const range inside(1, -1), before(0, -2), after(2, std::nullopt);
  auto p = (cast<float>(z(inside, after)) - cast<float>(z(inside, before))) * (0.5f / dx);
  auto q = (cast<float>(z(after, inside)) - cast<float>(z(before, inside))) * (0.5f / dy);
  return shade(p, q);
}

// The same nodes evaluated one by one, each into an array.
template <class Z>
void hillshade_eager(const Z& z, weft::view<float> out) {
  using namespace weft;
  const range inside(1, -1), before(0, -2), after(2, std::nullopt);
  const auto slope = [&](const auto& next, const auto& last, float scale) {
    const tensor<float> a = cast<float>(next), b = cast<float>(last);
    const tensor<float> difference = a - b;
    return eval(difference * scale);
  };
  const auto p = slope(z(inside, after), z(inside, before), 0.5f / dx);
  const auto q = slope(z(after, inside), z(before, inside), 0.5f / dy);
  const float up = std::sin(altitude), east = std::cos(altitude) * std::sin(azimuth),
              north = std::cos(altitude) * std::cos(azimuth);
  const auto east_part = eval(east * p), north_part = eval(north * q);
  const auto tilt = eval(east_part - north_part), light = eval(up - tilt);
  const auto p2 = eval(square(p)), q2 = eval(square(q));
  const auto one = eval(1.0f + p2), sum = eval(one + q2), length = eval(sqrt(sum));
  const auto cosine = eval(light / length), lit = eval(maximum(cosine, 0.0f));
  out = 255.0f * lit;
}

void hillshade_xtensor(const elevation& z, picture& out) {
  const auto inside = xt::range(1, int(z.shape(0)) - 1),
             columns = xt::range(1, int(z.shape(1)) - 1);
  const auto f = [&](auto rows, auto cols) { return xt::cast<float>(xt::view(z, rows, cols)); };
  auto p =
      (f(inside, xt::range(2, int(z.shape(1)))) - f(inside, xt::range(0, int(z.shape(1)) - 2))) *
      (0.5f / dx);
  auto q =
      (f(xt::range(2, int(z.shape(0))), columns) - f(xt::range(0, int(z.shape(0)) - 2), columns)) *
      (0.5f / dy);
  const float up = std::sin(altitude), east = std::cos(altitude) * std::sin(azimuth),
              north = std::cos(altitude) * std::cos(azimuth);
  xt::noalias(out) =
      255.0f * xt::maximum((up - (east * p - north * q)) / xt::sqrt(1.0f + p * p + q * q), 0.0f);
}

// The best of a few runs, in milliseconds.
template <class F>
double milliseconds(F run) {
  double best = 1e300;
  for (int k = 0; k < 5; ++k) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

void compare(const char* name, const elevation& z) {
  picture fused(std::vector<std::size_t>{z.shape(0) - 2, z.shape(1) - 2}), eager = fused,
                                                                           plain = fused;
  auto heights = weft::view_of(z);
  auto target = weft::view_of(fused);
  const double f = milliseconds([&] { target = hillshade(heights); });
  const double e = milliseconds([&] { hillshade_eager(heights, weft::view_of(eager)); });
  const double x = milliseconds([&] { hillshade_xtensor(z, plain); });
  // Fused: the heights once and the picture once. Eager: every array between is written and read;
  // counted by its nodes: 4 casts, 2 differences, 2 scalings and 13 more, 8.7 operands each way.
  const double elements = double(fused.size());
  const double moved = elements * (2 + 4);
  const double moved_eager =
      elements * (4 * (2 + 4) + 2 * 12 + 2 * 8 + 2 * 8 + 12 + 8 + 2 * 8 + 8 + 12 + 8 + 12 + 8 + 8);
  std::printf("  %-11s fused %9.3f ms %7.1f MB   eager %9.3f ms %7.1f MB   xtensor %9.3f ms\n",
              name, f, moved / 1e6, e, moved_eager / 1e6, x);
  float apart = 0;
  for (std::size_t i = 0; i < fused.size(); ++i)
    apart = std::max(apart, std::max(std::abs(fused.flat(i) - plain.flat(i)),
                                     std::abs(fused.flat(i) - eager.flat(i))));
  if (apart > 0.01f)
    throw weft::error("hillshade: the three results differ by " + std::to_string(apart));
}

elevation tiled(const elevation& z, std::size_t n) {
  elevation big(std::vector<std::size_t>{n, n});
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k) big(i, k) = z(i % z.shape(0), k % z.shape(1));
  return big;
}

void run(const std::string& model, const std::string& file) {
  const elevation z = xt::load_npy<std::int16_t>(model);
  if (z.dimension() != 2 || z.shape(0) < 3 || z.shape(1) < 3)
    throw weft::error("not a two-dimensional model of at least 3 x 3 heights");
  picture lit(std::vector<std::size_t>{z.shape(0) - 2, z.shape(1) - 2});

  const auto heights = weft::view_of(z);  // no copy: weft reads xtensor's memory
  auto target = weft::view_of(lit);       // and writes it
  target = hillshade(heights);

  std::printf("expression  255 * max((up - (east * p - north * q)) / sqrt(1 + p^2 + q^2), 0)\n");
  std::printf("            p, q: differences of shifted views of %zu x %zu int16 heights\n%s\n",
              z.shape(0), z.shape(1), weft::explain(hillshade(heights)).c_str());
  std::printf("time and bytes moved, best of 5:\n");
  compare("the model", z);
  compare("2048 x 2048", tiled(z, 2048));
  compare("8192 x 8192", tiled(z, 8192));

  const weft::tensor<std::uint8_t> grey = weft::cast<std::uint8_t>(target);
  const int rows = int(grey.extent(0)), columns = int(grey.extent(1));
  if (!stbi_write_png(file.c_str(), columns, rows, 1, grey.data(), columns))
    throw weft::error("cannot write " + file);
  std::printf("wrote %s, %d x %d\n", file.c_str(), columns, rows);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string model = argc > 1 ? argv[1] : WEFT_EXAMPLE_DATA "/jacksboro_dem.npy";
  const std::string file = argc > 2 ? argv[2] : "build/hillshade.png";
  try {
    run(model, file);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "hillshade: %s: %s\n", model.c_str(), e.what());
    return 1;
  }
}
