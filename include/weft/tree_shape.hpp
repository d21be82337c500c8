// weft/tree_shape.hpp: the shape of a node, which is seldom its own.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "weft/shape.hpp"

namespace weft {

/// A node's shape. Most often it is that of a tensor among the leaves, which lives as long as the
/// tree and need not move with it.
class tree_shape {
 public:
  tree_shape() : lasting_(&none) {}
  tree_shape(const tree_shape& other) : lasting_(other.lasting_) {
    if (!lasting_) own_ = other.own_;
  }
  tree_shape& operator=(const tree_shape&) = delete;

  const weft::shape& get() const { return lasting_ ? *lasting_ : own_; }
  const weft::shape* lasting() const { return lasting_; }
  /// Widens it to the broadcast with `other`, which is `lasting` where that is not null.
  void join(const char* function, const weft::shape& other, const weft::shape* lasting) {
    if (lasting == lasting_ && lasting) return;
    if (get() == other) {
      if (!lasting_) lasting_ = lasting;
    } else if (get().empty() && lasting) {
      lasting_ = lasting;
    } else if (!other.empty()) {
      widen(function, other, lasting);
    }
  }

 private:
  static constexpr weft::shape none{};
  void widen(const char* function, const weft::shape& other, const weft::shape* lasting);

  const weft::shape* lasting_;
  union {
    weft::shape own_;
  };
};

}  // namespace weft
