// weft/print.cpp: one width for all elements shown, columns aligned, long axes shortened.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/print.hpp"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <complex>
#include <cstdio>
#include <vector>

namespace weft::printing {
namespace {

// One way of writing real numbers for all elements, so that columns agree.
struct number_style {
  bool whole = true, scientific = false;
  int precision;

  void see(double x) {
    if (!std::isfinite(x)) return;
    const double size = std::abs(x);
    whole &= x == std::trunc(x) && size < 1e8;
    largest = std::max(largest, size);
    if (size > 0) smallest = std::min(smallest, size);
  }
  void settle() {
    scientific = !whole && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3 * 1e5);
  }
  std::string operator()(double x) const {
    if (std::isnan(x)) return "nan";
    if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
    char text[400];
    if (whole)
      std::snprintf(text, sizeof text, "%.0f.", x);
    else
      std::snprintf(text, sizeof text, scientific ? "%.*e" : "%.*f", precision, x);
    return text;
  }
  double largest = 0, smallest = 1e300;
};

class formatter {
 public:
  formatter(dtype type, const void* data, const shape& s, const print_options& o)
      : type_(type),
        data_(static_cast<const std::byte*>(data)),
        shape_(s),
        options_(o),
        strides_(contiguous_strides(s)),
        shorten_(s.product() > o.threshold) {
    style_.precision = o.precision;
  }

  std::string run() {
    visit(0, 0, [&](index_t i) { see(i); });
    style_.settle();
    visit(0, 0, [&](index_t i) { width_ = std::max(width_, int(element(i).size())); });
    return write(0, 0, 8);  // below "tensor(["
  }

 private:
  template <class T>
  T at(index_t i) const {
    return *reinterpret_cast<const T*>(data_ + i * index_t(sizeof(T)));
  }
  bool is_complex() const { return type_ == dtype::complex64 || type_ == dtype::complex128; }
  std::complex<double> value(index_t i) const {
    switch (type_) {
      case dtype::float16:
        return double(float(at<float16>(i)));
      case dtype::bfloat16:
        return double(float(at<bfloat16>(i)));
      case dtype::float32:
        return double(at<float>(i));
      case dtype::float64:
        return at<double>(i);
      case dtype::complex64:
        return std::complex<double>(at<std::complex<float>>(i));
      case dtype::complex128:
        return at<std::complex<double>>(i);
      default:
        return 0.0;
    }
  }
  void see(index_t i) {
    style_.see(value(i).real());
    if (is_complex()) style_.see(value(i).imag());
  }
  std::string element(index_t i) const {
    switch (type_) {
      case dtype::boolean:
        return at<bool>(i) ? "True" : "False";
      case dtype::int8:
        return std::to_string(at<std::int8_t>(i));
      case dtype::int16:
        return std::to_string(at<std::int16_t>(i));
      case dtype::int32:
        return std::to_string(at<std::int32_t>(i));
      case dtype::int64:
        return std::to_string(at<std::int64_t>(i));
      case dtype::uint8:
        return std::to_string(at<std::uint8_t>(i));
      case dtype::uint16:
        return std::to_string(at<std::uint16_t>(i));
      case dtype::uint32:
        return std::to_string(at<std::uint32_t>(i));
      case dtype::uint64:
        return std::to_string(at<std::uint64_t>(i));
      default:
        break;
    }
    const std::complex<double> x = value(i);
    if (!is_complex()) return style_(x.real());
    return style_(x.real()) + (std::signbit(x.imag()) ? "" : "+") + style_(x.imag()) + "j";
  }

  // The indices of an axis that are shown; -1 stands for the gap.
  std::vector<index_t> shown(index_t extent) const {
    std::vector<index_t> list;
    const index_t edge = options_.edge_items;
    const bool gap = shorten_ && extent > 2 * edge;
    for (index_t i = 0; i < extent; ++i) {
      if (gap && i == edge) {
        list.push_back(-1);
        i = extent - edge;
      }
      list.push_back(i);
    }
    return list;
  }
  template <class F>
  void visit(std::size_t axis, index_t offset, F f) {
    if (axis == shape_.size()) return f(offset);
    for (index_t i : shown(shape_[axis]))
      if (i >= 0) visit(axis + 1, offset + i * strides_[axis], f);
  }
  std::string write(std::size_t axis, index_t offset, std::size_t indent) const {
    if (axis == shape_.size()) {
      const std::string e = element(offset);
      const std::size_t pad = std::size_t(width_) - e.size();
      return shape_.empty() ? e : std::string(pad, ' ') + e;
    }
    const bool rows = axis + 1 < shape_.size();
    const std::string between =
        rows ? "," + std::string(shape_.size() - axis - 1, '\n') + std::string(indent, ' ') : ", ";
    std::string text = "[";
    for (index_t i : shown(shape_[axis])) {
      if (text.size() > 1) text += between;
      text += i < 0 ? "..." : write(axis + 1, offset + i * strides_[axis], indent + 1);
    }
    return text + "]";
  }

  dtype type_;
  const std::byte* data_;
  const shape& shape_;
  const print_options& options_;
  strides strides_;
  bool shorten_;
  number_style style_;
  int width_ = 0;
};

}  // namespace

std::string format(dtype type, const void* data, const shape& s, const print_options& o,
                   device where) {
  std::string text = "tensor(" + (s.product() == 0 ? "[]" : formatter(type, data, s, o).run());
  if (s.product() == 0 && s.ndim() != 1) text += ", shape=" + to_string(s);
  if (where != cpu) text += ", device='" + to_string(where) + "'";
  // float, int64 and bool are what a reader expects of such elements; others are named.
  if (type != dtype::float32 && type != dtype::int64 && type != dtype::boolean)
    text += ", dtype=" + std::string(name_of(type));
  return text + ")";
}

}  // namespace weft::printing
