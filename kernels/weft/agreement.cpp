// weft/agreement.cpp: operands that meet in a node.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/agreement.hpp"

namespace weft {
namespace {

bool broadcasts_to(const shape& s, const shape& whole) {
  const int missing = whole.ndim() - s.ndim();
  for (int k = 0; k < s.ndim(); ++k) {
    const index_t n = s[std::size_t(k)];
    if (missing < 0 || (n != 1 && n != whole[std::size_t(k + missing)])) return false;
  }
  return true;
}

}  // namespace

void agreement::join(const char* function, const weft::shape& s, const weft::shape* lasting,
                     weft::device d, bool plain) {
  plain_ = plain_ && plain;
  if (lasting && (lasting_ == &none || lasting_ == lasting))
    lasting_ = lasting;
  else if (!(shape() == s))
    widen(function, s, lasting);
  else if (!lasting_)
    lasting_ = lasting;
  if (d == device_ || d == any_device) return;
  if (device_ != any_device) devices::mixed(function, device_, d);
  device_ = d;
}

void agreement::widen(const char* function, const weft::shape& s, const weft::shape* lasting) {
  plain_ = false;
  if (shape().empty() && !lasting) return keep(s);  // the first operand, or beside numbers
  if (broadcasts_to(s, shape())) return;
  if (lasting && broadcasts_to(shape(), s)) {
    lasting_ = lasting;
    return;
  }
  weft::shape both = shape();
  shapes::broadcast(function, both, s);
  keep(both);
}

void agreement::join(const char* function, const buffer& tensor) {
  const weft::shape& s = tensor.place().shape;
  join(function, s, &s, operand_device(s, tensor.where()), tensor.row_major());
}

void agreement::meet(const char* function, const agreement& node) {
  join(function, node.shape(), node.lasting_, node.device_, node.plain_);
}

void agreement::join(const char* function, const window& view) {
  const weft::shape& s = view.place.shape;
  join(function, s, nullptr, operand_device(s, view.where), false);
}

void agreement::join(const char* function, const weft::shape& s, weft::device d) {
  join(function, s, nullptr, d, false);
}

void agreement::keep(const weft::shape& s) {
  lasting_ = nullptr;
  own_ = s;
}

}  // namespace weft
