// tests/numpy/elementwise.hpp: functions on single values, for the types and functions in which
// weft promises what NumPy does. Not here: sums of small integers (weft promotes as C++), integer
// quotients (they truncate), round (halves away from 0), remainder (IEEE 754's).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <complex>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <weft/weft.hpp>

namespace elementwise {

template <class T>
T parse(const std::string& word) {
  if constexpr (weft::is_complex_v<T>) {
    const auto colon = word.find(':');
    return T(std::strtod(word.substr(0, colon).c_str(), nullptr),
             std::strtod(word.substr(colon + 1).c_str(), nullptr));
  } else if constexpr (std::floating_point<T>) {
    return T(std::strtod(word.c_str(), nullptr));  // halfway cases do not occur: words are exact
  } else {
    return T(std::strtoll(word.c_str(), nullptr, 10));
  }
}

inline void put(std::string& to, double x) {
  char text[40];
  std::snprintf(text, sizeof text, " %a", x);
  to += text;
}
template <class T>
void put(std::string& to, std::complex<T> x) {
  put(to, double(x.real()));
  put(to, double(x.imag()));
}

template <class E>
std::string text(const E& e) {
  const auto y = weft::eval(e);
  std::string result = weft::to_string(y.shape()) + " " + std::string(name_of(y.dtype()));
  for (auto v : y)
    if constexpr (weft::is_complex_v<decltype(v)>)
      put(result, v);
    else
      put(result, double(v));
  return result;
}

template <class T>
using unary = std::map<std::string, std::string (*)(const weft::tensor<T>&)>;
template <class T>
using binary =
    std::map<std::string, std::string (*)(const weft::tensor<T>&, const weft::tensor<T>&)>;

template <class T>
unary<T> unary_functions() {
  using x_t = const weft::tensor<T>&;
  unary<T> table{{"negative", [](x_t x) { return text(-x); }},
                 {"positive", [](x_t x) { return text(+x); }},
                 {"square", [](x_t x) { return text(square(x)); }},
                 {"abs", [](x_t x) { return text(abs(x)); }},
                 {"logical_not", [](x_t x) { return text(!x); }}};
  if constexpr (!weft::is_complex_v<T>) table["sign"] = [](x_t x) { return text(sign(x)); };
  if constexpr (std::integral<T>) table["invert"] = [](x_t x) { return text(~x); };
  if constexpr (!std::integral<T>) {
    table.insert({{"sqrt", [](x_t x) { return text(sqrt(x)); }},
                  {"exp", [](x_t x) { return text(exp(x)); }},
                  {"log", [](x_t x) { return text(log(x)); }},
                  {"sin", [](x_t x) { return text(sin(x)); }},
                  {"cos", [](x_t x) { return text(cos(x)); }},
                  {"tanh", [](x_t x) { return text(tanh(x)); }},
                  {"isnan", [](x_t x) { return text(isnan(x)); }},
                  {"isinf", [](x_t x) { return text(isinf(x)); }},
                  {"isfinite", [](x_t x) { return text(isfinite(x)); }},
                  {"conj", [](x_t x) { return text(conj(x)); }},
                  {"real", [](x_t x) { return text(real(x)); }},
                  {"imag", [](x_t x) { return text(imag(x)); }},
                  {"angle", [](x_t x) { return text(arg(x)); }}});
  }
  if constexpr (std::floating_point<T>) {
    table.insert({{"floor", [](x_t x) { return text(floor(x)); }},
                  {"ceil", [](x_t x) { return text(ceil(x)); }},
                  {"trunc", [](x_t x) { return text(trunc(x)); }},
                  {"rint", [](x_t x) { return text(rint(x)); }},
                  {"signbit", [](x_t x) { return text(signbit(x)); }},
                  {"cbrt", [](x_t x) { return text(cbrt(x)); }},
                  {"exp2", [](x_t x) { return text(exp2(x)); }},
                  {"expm1", [](x_t x) { return text(expm1(x)); }},
                  {"log1p", [](x_t x) { return text(log1p(x)); }},
                  {"log2", [](x_t x) { return text(log2(x)); }},
                  {"log10", [](x_t x) { return text(log10(x)); }},
                  {"arctan", [](x_t x) { return text(atan(x)); }},
                  {"arcsinh", [](x_t x) { return text(asinh(x)); }},
                  {"degrees", [](x_t x) { return text(degrees(x)); }},
                  {"radians", [](x_t x) { return text(radians(x)); }}});
  }
  return table;
}

template <class T>
binary<T> binary_functions() {
  using x_t = const weft::tensor<T>&;
  binary<T> table{{"add", [](x_t x, x_t y) { return text(x + y); }},
                  {"subtract", [](x_t x, x_t y) { return text(x - y); }},
                  {"multiply", [](x_t x, x_t y) { return text(x * y); }},
                  {"equal", [](x_t x, x_t y) { return text(x == y); }},
                  {"not_equal", [](x_t x, x_t y) { return text(x != y); }},
                  {"logical_and", [](x_t x, x_t y) { return text(x && y); }},
                  {"logical_or", [](x_t x, x_t y) { return text(x || y); }},
                  {"logical_xor", [](x_t x, x_t y) { return text(logical_xor(x, y)); }}};
  if constexpr (!weft::is_complex_v<T>) {
    table.insert({{"less", [](x_t x, x_t y) { return text(x < y); }},
                  {"less_equal", [](x_t x, x_t y) { return text(x <= y); }},
                  {"greater", [](x_t x, x_t y) { return text(x > y); }},
                  {"greater_equal", [](x_t x, x_t y) { return text(x >= y); }},
                  {"minimum", [](x_t x, x_t y) { return text(minimum(x, y)); }},
                  {"maximum", [](x_t x, x_t y) { return text(maximum(x, y)); }}});
  }
  if constexpr (!std::integral<T>) table["divide"] = [](x_t x, x_t y) { return text(x / y); };
  if constexpr (std::floating_point<T>) {
    table.insert({{"fmin", [](x_t x, x_t y) { return text(fmin(x, y)); }},
                  {"fmax", [](x_t x, x_t y) { return text(fmax(x, y)); }},
                  {"copysign", [](x_t x, x_t y) { return text(copysign(x, y)); }},
                  {"nextafter", [](x_t x, x_t y) { return text(nextafter(x, y)); }},
                  {"heaviside", [](x_t x, x_t y) { return text(heaviside(x, y)); }},
                  {"hypot", [](x_t x, x_t y) { return text(hypot(x, y)); }},
                  {"arctan2", [](x_t x, x_t y) { return text(atan2(x, y)); }},
                  {"logaddexp", [](x_t x, x_t y) { return text(logaddexp(x, y)); }},
                  {"fmod", [](x_t x, x_t y) { return text(fmod(x, y)); }}});
  }
  if constexpr (std::integral<T>) {
    table.insert({{"bitwise_and", [](x_t x, x_t y) { return text(x & y); }},
                  {"bitwise_or", [](x_t x, x_t y) { return text(x | y); }},
                  {"bitwise_xor", [](x_t x, x_t y) { return text(x ^ y); }},
                  {"left_shift", [](x_t x, x_t y) { return text(x << y); }},
                  {"right_shift", [](x_t x, x_t y) { return text(x >> y); }},
                  {"gcd", [](x_t x, x_t y) { return text(gcd(x, y)); }},
                  {"lcm", [](x_t x, x_t y) { return text(lcm(x, y)); }}});
  }
  return table;
}

template <class T>
std::string run_as(const std::string& function, std::istream& in) {
  static const auto one = unary_functions<T>();
  static const auto two = binary_functions<T>();
  const auto read = [&](const std::string& words) {
    weft::tensor<T> x(weft::shape{std::ranges::count(words, ',') + 1});
    std::stringstream list(words);
    T* to = x.data();
    for (std::string word; std::getline(list, word, ',');) *to++ = parse<T>(word);
    return x;
  };
  std::string x, y;
  in >> x;
  return in >> y ? two.at(function)(read(x), read(y)) : one.at(function)(read(x));
}

/// `apply FUNCTION TYPE X [Y]`, with NumPy's names and values between commas.
inline std::string run(const std::string& line) {
  std::stringstream in(line);
  std::string apply, function, type;
  in >> apply >> function >> type;
  if (type == "float32") return run_as<float>(function, in);
  if (type == "float64") return run_as<double>(function, in);
  if (type == "complex128") return run_as<std::complex<double>>(function, in);
  if (type == "int32") return run_as<std::int32_t>(function, in);
  throw std::logic_error("interpreter: no " + type);
}

}  // namespace elementwise
