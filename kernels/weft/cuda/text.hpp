// weft/cuda/text.hpp: pieces of a kernel's text.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weft/cuda/kernel.hpp"

namespace weft::gpu {

std::string_view type_name(dtype t);
/// The type in which elements of type t are computed: float for the halfs.
dtype computed(dtype t);
bool is_word(char c);
/// `list`, whose items end in `, `, between `open` and `close`, broken at 100 columns; after a
/// break, lines begin at column `indent`.
std::string wrapped(const std::string& open, std::string list, const std::string& close,
                    int indent = 4);

/// Whether `element` takes the value of slot k as a parameter.
inline bool is_parameter(const kernel_layout& l, int k) {
  return k >= l.outputs && !l.is_inside(k) && !l.repeats(k);
}
/// The device function `element`, from one element of each operand to one of each output, after
/// the functions that callables with a text become.
std::string element_text(const plan& p, const kernel_layout& l,
                         const std::vector<std::string>& name);

}  // namespace weft::gpu
