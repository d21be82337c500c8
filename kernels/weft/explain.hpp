// weft/explain.hpp: the parts of an explanation, for plans that are parts of a larger one.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <vector>

#include "weft/plan.hpp"

namespace weft {

/// a, b, ... for leaves, one name for one leaf however often it stands in a job.
class leaf_names {
 public:
  std::string of(const binding& b);

 private:
  std::vector<binding> leaves_;
};
/// y, y1, ... for output number `output` of `outputs`, r1, ... for a reduction's results, s1, ...
/// for a shared sub-expression, a leaf's name; empty for what is spelled where it stands.
std::string slot_name(const binding& b, int output, int outputs, leaf_names& leaves);

/// `r1 = max(a) over axis 1`: what stands around the expression.
struct reduction_label {
  std::string name, over;
};
/// `y = a * b + sin(c)`, a line for each output of each stage, and for each reduction.
std::string expressions(const plan& p, const std::vector<std::string>& name,
                        std::span<const reduction_label> reductions = {});
/// The loops and tiles of a plan, and a line for each of its slots that has a name.
std::string loops(const plan& p);
std::string operands(const plan& p, const std::vector<std::string>& name);

}  // namespace weft
