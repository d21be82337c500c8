// tests/ops/table.cpp: columns of any dtype, and the compiled rows of each.
#include "table.hpp"

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace table {

namespace {

// Calls f with a value of the C++ type that `type` names.
template <class F>
auto with_type(dtype type, F f) {
  switch (type) {
    case dtype::boolean:
      return f(false);
    case dtype::int8:
      return f(std::int8_t{});
    case dtype::int16:
      return f(std::int16_t{});
    case dtype::int32:
      return f(std::int32_t{});
    case dtype::int64:
      return f(std::int64_t{});
    case dtype::uint8:
      return f(std::uint8_t{});
    case dtype::uint16:
      return f(std::uint16_t{});
    case dtype::uint32:
      return f(std::uint32_t{});
    case dtype::uint64:
      return f(std::uint64_t{});
    case dtype::float16:
      return f(weft::float16{});
    case dtype::bfloat16:
      return f(weft::bfloat16{});
    case dtype::float32:
      return f(0.0f);
    case dtype::float64:
      return f(0.0);
    case dtype::complex64:
      return f(std::complex<float>{});
    default:
      return f(std::complex<double>{});
  }
}

constexpr std::size_t step = 64;  // elements; no kernel takes more at once

}  // namespace

column::column(dtype type, std::size_t size)
    : type_(type), size_(size), bytes_((size + 2 * step) * size_of(type) + 64) {
  offset_ = (64 - reinterpret_cast<std::uintptr_t>(bytes_.data()) % 64) % 64;
}

exact column::operator[](std::size_t i) const {
  return with_type(type_, [&]<class T>(T) {
    T v;
    std::memcpy(&v, static_cast<const T*>(data()) + i, sizeof v);
    if constexpr (weft::is_complex_v<T>)
      return exact(v.real(), v.imag());
    else
      return exact(static_cast<long double>(v));
  });
}

void column::set(std::size_t i, exact value) {
  with_type(type_, [&]<class T>(T) {
    T* to = static_cast<T*>(data()) + i;
    if constexpr (weft::is_complex_v<T>) {
      using R = typename T::value_type;
      *to = T(static_cast<R>(value.real()), static_cast<R>(value.imag()));
    } else if constexpr (std::same_as<T, bool>) {
      *to = value.real() != 0;
    } else if constexpr (std::integral<T>) {
      *to = static_cast<T>(static_cast<__int128>(value.real()));
    } else if constexpr (weft::is_half_v<T>) {
      *to = T(static_cast<float>(value.real()));
    } else {
      *to = static_cast<T>(value.real());
    }
  });
}

std::vector<std::byte> column::bits(std::size_t i) const {
  const auto* p = static_cast<const std::byte*>(data()) + i * size_of(type_);
  return {p, p + size_of(type_)};
}

column row::operator()(const std::vector<column>& operands) const {
  const std::size_t n = operands[0].size();
  column to(result, n);
  void* data[4] = {to.data()};
  for (std::size_t k = 0; k < operands.size(); ++k)
    data[k + 1] = const_cast<void*>(operands[k].data());
  run(data, std::ptrdiff_t((n + step - 1) / step * step));
  return to;
}

const std::vector<row>& rows_on(dtype type) {
  static const std::vector<std::vector<row>> all = [] {
    std::vector<std::vector<row>> v;
    for (int t = 0; t <= int(dtype::complex128); ++t)
      v.push_back(with_type(dtype(t), []<class T>(T) { return compiled_rows<T>(); }));
    return v;
  }();
  return all[std::size_t(type)];
}

}  // namespace table
