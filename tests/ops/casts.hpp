// tests/ops/casts.hpp: casts between all dtypes as run-time data, like the rows of the op table.
#pragma once

#include "table.hpp"
#include "weft/cpu/loop.hpp"

namespace table {

struct cast {
  dtype to, from;
  void (*run)(void* const* data, std::ptrdiff_t n);
};

template <class To, class From>
void run_cast(void* const* data, std::ptrdiff_t n) {
  using namespace weft;
  using Form = kernel::apply<cast_to<To>, kernel::in<From>>;
  constexpr int N = kernel::lanes_of<kernel::out<To, Form>>::value;
  kernel::cursor c{data + 1};
  const kernel::part<Form, N, kernel::reads::whole> part(c);
  for (index_t i = 0; i < n; i += N)
    lane::store(static_cast<To*>(data[0]) + i, lane::convert<To>(part.at(i)));
}

/// Casts from From to every dtype that takes it; complex to real does not compile.
template <class From, class... To>
std::vector<cast> casts_between() {
  std::vector<cast> all;
  const auto add = [&]<class T>(std::type_identity<T>) {
    if constexpr (weft::is_complex_v<T> || !weft::is_complex_v<From>)
      all.push_back({weft::dtype_of<T>, weft::dtype_of<From>, &run_cast<T, From>});
  };
  (add(std::type_identity<To>{}), ...);
  return all;
}
template <class From>
std::vector<cast> casts_from() {
  return casts_between<From, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
                       std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, weft::float16,
                       weft::bfloat16, float, double, std::complex<float>, std::complex<double>>();
}

}  // namespace table
