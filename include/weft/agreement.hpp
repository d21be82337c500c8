// weft/agreement.hpp: what the operands of a node agree on: the shape that they have together, the
// device, and whether their elements stand in the same order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/buffer.hpp"
#include "weft/device.hpp"
#include "weft/shape.hpp"

namespace weft {

/// The device of elements as operands see it: a rank-0 tensor on the host mixes with every device.
inline device operand_device(const shape& s, device where) {
  return s.empty() && where == cpu ? any_device : where;
}

/// The operands of a node join one by one; numbers need not. Each join() throws shape_error when
/// they do not broadcast, device_error when they are on different devices; `function` opens the
/// message.
class agreement {
 public:
  agreement() : lasting_(&none) {}
  agreement(const agreement& other)
      : lasting_(other.lasting_), device_(other.device_), plain_(other.plain_) {
    if (!lasting_) own_ = other.own_;
  }
  agreement& operator=(const agreement&) = delete;

  const weft::shape& shape() const { return lasting_ ? *lasting_ : own_; }
  weft::device device() const { return device_; }
  /// Whether all operands are known to be row-major and of this shape.
  bool plain() const { return plain_; }

  void join(const char* function, const buffer& tensor);
  void join(const char* function, const window& view);
  // A first operand is taken over: most operands of a long formula stand there.
  void join(const char* function, const agreement& node) {
    if (lasting_ != &none || device_ != any_device) return meet(function, node);
    lasting_ = node.lasting_;
    device_ = node.device_;
    plain_ = plain_ && node.plain_;
    if (!lasting_) own_ = node.own_;
  }
  void join(const char* function, const weft::shape& s, weft::device d);

 private:
  static constexpr weft::shape none{};

  void meet(const char* function, const agreement& node);
  // A shape is `lasting` where it lives as long as the tree and does not move with it.
  void join(const char* function, const weft::shape& s, const weft::shape* lasting, weft::device d,
            bool plain);
  void widen(const char* function, const weft::shape& s, const weft::shape* lasting);
  void keep(const weft::shape& s);  // as its own

  // Most often the shape is that of a tensor among the leaves.
  const weft::shape* lasting_;
  weft::device device_ = any_device;
  bool plain_ = true;
  union {
    weft::shape own_;
  };
};

}  // namespace weft
