// docs/examples/hillshade.cpp: shaded relief of an elevation model, as one fused expression over
// xtensor's own arrays. Usage: hillshade [--device cuda:0] [model.npy [picture.png]]
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>
#include <weft/weft.hpp>
#include <weft/xtensor.hpp>

#include "light.hpp"
#include "model.hpp"
#include "rivals.hpp"

namespace {

using picture = xt::xarray<float>;

/// Brightness 0 to 255 from the slopes to the east and to the south, in metres a metre. Horn's
/// formula in its vector form: the cosine between the surface's normal and the light,
/// (sin(altitude) - cos(altitude) * (p * sin(azimuth) - q * cos(azimuth))) / sqrt(1 + p^2 + q^2).
/// Source: B. K. P. Horn, Hill shading and the reflectance map, Proc. IEEE 69 (1981).
template <class P, class Q>
auto shade(const P& p, const Q& q) {
  using weft::maximum, weft::sqrt, weft::square;
  return 255.0f * maximum((light.up - (light.east * p - light.north * q)) /
                              sqrt(1.0f + square(p) + square(q)),
                          0.0f);
}

// Differences of neighbours through shifted views: one tree, no array between. Both slopes stand
// in the formula twice, so they are shared.
template <class Z>
auto hillshade(const Z& z) {
  using weft::cast, weft::range, weft::share;
  const range inside(1, -1), before(0, -2), after(2, std::nullopt);
  auto p = (cast<float>(z(inside, after)) - cast<float>(z(inside, before))) * (0.5f / cell_width);
  auto q = (cast<float>(z(after, inside)) - cast<float>(z(before, inside))) * (0.5f / cell_height);
  return shade(share(p), share(q));
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

picture frame_of(const elevation& z) {
  return picture(std::vector<std::size_t>{z.shape(0) - 2, z.shape(1) - 2});
}

void compare(const char* name, const elevation& z) {
  picture fused = frame_of(z), plain = fused;
  weft::tensor<float> eager;
  const auto heights = weft::view_of(z);
  auto target = weft::view_of(fused);
  const auto evaluate = [](const auto& node) { return weft::eval(node); };
  const double f = milliseconds([&] { target = hillshade(heights); });
  const double e = milliseconds([&] { eager = hillshade_eager(heights, evaluate); });
  const double x = milliseconds([&] { hillshade_xtensor(z, plain); });

  // What each operand and each result amounts to, by weft's own plans.
  double moved = 0;
  const auto count = [&](const auto& node) {
    const weft::traffic t = weft::bytes_moved(node);
    moved += double(t.read + t.written);
    return weft::eval(node);
  };
  count(hillshade(heights));
  const double moved_fused = std::exchange(moved, 0.0);
  hillshade_eager(heights, count);
  std::printf("  %-11s fused %8.2f ms %7.1f MB   eager %8.2f ms %8.1f MB   xtensor %8.2f ms\n",
              name, f, moved_fused / 1e6, e, moved / 1e6, x);

  float apart = 0;
  for (std::size_t i = 0; i < fused.size(); ++i)
    apart = std::max(apart, std::max(std::abs(fused.flat(i) - plain.flat(i)),
                                     std::abs(fused.flat(i) - eager.data()[i])));
  if (apart > 0.01f) throw weft::error("the three results differ by " + std::to_string(apart));
}

elevation tiled(const elevation& z, std::size_t n) {
  elevation big(std::vector<std::size_t>{n, n});
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k) big(i, k) = z(i % z.shape(0), k % z.shape(1));
  return big;
}

// The same tree on a device: one CUDA kernel, generated and compiled here.
void run_on(weft::device device, const std::string& model, const std::string& file) {
  weft::devices::require("--device", device);
  const elevation z = load_model(model);
  const auto heights = weft::view_of(z).to(device);
  std::printf("%s\n", weft::cuda_source(hillshade(heights)).c_str());
  weft::tensor<float> lit = hillshade(heights);
  const double best = milliseconds([&] {
    lit = hillshade(heights);
    weft::synchronize(device);
  });
  const weft::tensor<float> here = lit.to(weft::cpu);
  write_png(file, weft::cast<std::uint8_t>(here));
  std::printf("wrote %s, shaded by %s in %.3f ms\n", file.c_str(),
              weft::properties_of(device).name.c_str(), best);
}

void run(const std::string& model, const std::string& file) {
  const elevation z = load_model(model);
  picture lit = frame_of(z);
  const auto heights = weft::view_of(z);  // no copy: weft reads xtensor's memory
  auto target = weft::view_of(lit);       // and writes it
  target = hillshade(heights);
  write_png(file, weft::cast<std::uint8_t>(target));
  std::printf("wrote %s, %zu x %zu\n\n", file.c_str(), lit.shape(1), lit.shape(0));

  std::printf("%s\n", weft::explain(weft::assign(target, hillshade(heights))).c_str());
  std::printf("time and bytes moved, best of 5:\n");
  compare("the model", z);
  compare("2048 x 2048", tiled(z, 2048));
  compare("8192 x 8192", tiled(z, 8192));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    weft::device device = weft::cpu;
    if (argc > 2 && std::string(argv[1]) == "--device") {
      device = weft::parse_device(argv[2]);
      argc -= 2;
      argv += 2;
    }
    const std::string model = argc > 1 ? argv[1] : WEFT_EXAMPLE_DATA "/jacksboro_dem.npy";
    const std::string file = argc > 2 ? argv[2] : "hillshade.png";
    if (device == weft::cpu)
      run(model, file);
    else
      run_on(device, model, file);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "hillshade: %s\n", e.what());
    return 1;
  }
}
