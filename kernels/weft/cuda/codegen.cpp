// weft/cuda/codegen.cpp: prints a plan as a CUDA kernel. `element` (element.cpp) computes one
// element from one element of each operand, whatever the layouts are; `weft_kernel` is the loop
// that reaches them.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>

#include "weft/cuda/kernel.hpp"
#include "weft/cuda/prelude.hpp"
#include "weft/cuda/text.hpp"
#include "weft/explain.hpp"

namespace weft::gpu {
namespace {

class writer {
 public:
  writer(const plan& p, const kernel_layout& l) : plan_(p), layout_(l), name_(slot_names(p, l)) {}

  std::string run() {
    const std::string code = element_text(plan_, layout_, name_) + "\n" + kernel();
    std::string text;
    for (std::string lines = expressions(plan_, name_); !lines.empty();) {
      const auto end = lines.find('\n');
      text += "// " + lines.substr(0, end + 1);
      lines.erase(0, end + 1);
    }
    text += summary() + "\n" + prelude_for(code);
    return text + "namespace weft::scalar {\n\n" + code + "\n}  // namespace weft::scalar\n";
  }

 private:
  const slot_reach& at(int k) const { return layout_.slots[k]; }
  const std::string& name(int k) const { return name_[std::size_t(k)]; }
  // The slot whose memory slot k is.
  int memory_of(int k) const { return at(k).same_as >= 0 ? at(k).same_as : k; }

  std::string summary() const {
    std::string text = "// ";
    text +=
        layout_.ndim == 1 ? "One loop" : "A loop over " + std::to_string(layout_.ndim) + " axes";
    if (layout_.tile_axis >= 0)
      return text + ", in tiles that turn in shared memory" +
             (layout_.wide ? ", 64-bit indices.\n" : ".\n");
    text += layout_.width == 1 ? ", one element at a time"
                               : ", " + std::to_string(layout_.width) + " elements at a time";
    if (layout_.peeled) text += ", fewer at the ends of rows";
    return text + (layout_.wide ? ", 64-bit indices.\n" : ".\n");
  }

  // Slots that `element` takes a value of, besides the outputs.
  template <class F>
  void for_each_operand(F f) const {
    for (int k = layout_.outputs; k < layout_.count; ++k)
      if (is_parameter(layout_, k)) f(k);
  }

  std::string_view index() const { return layout_.wide ? "long long" : "int"; }
  std::string steps_type(std::string_view what) const {
    if (layout_.ndim == 1) return std::string(index());
    return std::string(what) + "<" + std::string(index()) + ", " + std::to_string(layout_.ndim) +
           ">";
  }

  std::string parameter_text(const parameter& x) const {
    const auto constant = [](std::string_view type, const std::string& n) {
      return "const " + std::string(type) + " " + n;
    };
    switch (x.kind) {
      case parameter::what::pointer:
        return (x.slot < layout_.outputs ? "" : "const ") +
               std::string(type_name(at(x.slot).type)) + "* __restrict__ " + name(x.slot);
      case parameter::what::number:
        return constant(type_name(at(x.slot).type), name(x.slot));
      case parameter::what::state:
        return constant(std::string(at(x.slot).text->name) + "_leaf<" +
                            std::string(type_name(at(x.slot).type)) + ">",
                        name(x.slot));
      case parameter::what::first:
        return constant("long long", name(x.slot) + "_first");
      case parameter::what::steps:
        return constant(steps_type("steps"), name(x.slot) + "_step");
      case parameter::what::inner:
        return constant(index(), name(x.slot) + "_inner");
      case parameter::what::extents:
        return constant(steps_type("extents"), "extent");
      case parameter::what::rows:
        return constant(index(), "rows");
      case parameter::what::columns:
        return constant(index(), "columns");
      case parameter::what::size:
        return constant(index(), "size");
    }
    return "";
  }

  // The structs of generated leaves, each once.
  std::string generators() const {
    std::string text;
    std::vector<std::string_view> written;
    for (int k = 0; k < layout_.count; ++k) {
      const generator_text* g = at(k).how == reach::generated ? at(k).text : nullptr;
      if (!g || std::ranges::find(written, g->name) != written.end()) continue;
      written.push_back(g->name);
      text += "template <class T>\nstruct " + std::string(g->name) + "_leaf {\n  " +
              std::string(g->members) + "\n  T operator()(index_t i) const { return " +
              std::string(g->body) + "; }\n};\n\n";
    }
    return text;
  }

  std::string kernel() const {
    std::string list;
    for (const parameter& x : parameters_of(layout_))
      list += (list.empty() ? "" : ", ") + parameter_text(x);
    std::string text = generators();
    text += wrapped("extern \"C\" __global__ void weft_kernel(", list, ") {\n");
    if (layout_.tile_axis >= 0) return text + tiles() + "}\n";
    const std::string i(index());
    const std::string wide =
        layout_.wide ? "static_cast<long long>(blockIdx.x)" : "int(blockIdx.x)";
    text += "  const " + i + " thread = " + wide + " * int(blockDim.x) + int(threadIdx.x);\n";
    text += "  const " + i + " threads = " +
            (layout_.wide ? "static_cast<long long>(gridDim.x)" : "int(gridDim.x)") +
            " * int(blockDim.x);\n";
    const std::string width = std::to_string(layout_.width);
    const bool tail = layout_.ndim == 1 && layout_.width > 1 && !layout_.peeled;
    text += "  for (" + i + " at = thread; at < size" + (tail ? " / " + width : "") +
            "; at += threads) {\n";
    if (layout_.ndim > 1)
      text += std::string(layout_.peeled ? "    auto" : "    const auto") +
              " where = locate(at, extent);\n";
    text += layout_.peeled      ? peeled_groups()
            : layout_.width > 1 ? groups()
                                : "    " + call(8, [&](int k) { return single(k, false); });
    text += "  }\n";
    if (tail) {  // fewer elements than a block has threads
      text += "  const " + i + " at = size / " + width + " * " + width + " + thread;\n";
      text += "  if (at < size) " + call(6, [&](int k) { return single(k, true); });
    }
    return text + "}\n";
  }

  // Blocks of 32 x 8 threads take tiles of 32 x 32 elements. A tile is read along the axis on which
  // the operand is contiguous and used along the output's.
  std::string tiles() const {
    const std::string i(index()), row = "where.axis[" + std::to_string(layout_.tile_axis) + "]",
                                  column = "where.axis[" + std::to_string(layout_.ndim - 1) + "]";
    const std::string block =
        layout_.wide ? "static_cast<long long>(blockIdx.x)" : "int(blockIdx.x)";
    std::string text, loads;
    for_each_operand([&](int k) {
      if (at(k).how != reach::across) return;
      text +=
          "  __shared__ " + std::string(type_name(at(k).type)) + " " + name(k) + "_tile[32][33];\n";
      loads += "        " + name(k) + "_tile[ty + pass][tx] = " + name(k) + "[dot(where, " +
               name(k) + "_step)];\n";
    });
    const auto pass = [&](const char* r, const char* c, const std::string& body) {
      return "#pragma unroll\n    for (int pass = 0; pass < 32; pass += 8) {\n      " + row +
             " = first_row + " + r + ";\n      " + column + " = first_column + " + c +
             ";\n      if (" + row + " < rows && " + column + " < columns) {\n" + body +
             "      }\n    }\n    __syncthreads();\n";
    };
    text += "  const int tx = int(threadIdx.x), ty = int(threadIdx.y);\n";
    text += "  for (" + i + " at = " + block + "; at < size; at += gridDim.x) {\n";
    text += "    auto where = locate(at, extent);\n";
    text +=
        "    const " + i + " first_row = " + row + " * 32, first_column = " + column + " * 32;\n";
    text += pass("tx", "ty + pass", loads);
    text += pass("ty + pass", "tx", "        " + call(12, [&](int k) { return single(k, false); }));
    return text + "  }\n";
  }

  // element(...) with what `argument` says of each slot.
  // After a break, lines begin at column `indent`.
  template <class F>
  std::string call(int indent, F argument) const {
    std::string list;
    for (int k = 0; k < layout_.outputs; ++k) list += (k ? ", " : "") + argument(k);
    for_each_operand([&](int k) { list += ", " + argument(k); });
    return wrapped("element(", list, ");\n", indent);
  }

  // Where a thread's elements of slot k begin: what is added to its pointer or number.
  std::string offset(int k) const {
    const std::string& n = name(memory_of(k));
    if (layout_.ndim > 1) return "dot(where, " + n + "_step)";
    if (at(k).how == reach::one) return "0";
    if (at(k).how == reach::pack)
      return layout_.width == 1 ? "at" : "at * " + std::to_string(layout_.width);
    return "at * " + n + "_step";
  }

  // One element of slot k. In the rest of a loop of groups, `at` counts elements.
  std::string single(int k, bool rest) const {
    const std::string& n = name(memory_of(k));
    std::string by = offset(k);
    if (rest && at(k).how == reach::pack) by = "at";
    if (rest && (at(k).how == reach::each || at(k).how == reach::generated))
      by = "at * " + n + "_inner";
    if (at(k).how == reach::value) return name(k);
    if (at(k).how == reach::across) return name(k) + "_tile[tx][ty + pass]";
    if (at(k).how == reach::generated) return n + "(" + n + "_first + " + by + ")";
    return n + "[" + by + "]";
  }

  // A group of elements: loads, the elements one by one, stores.
  std::string groups() const {
    const std::string width = std::to_string(layout_.width);
    std::string text;
    const auto pack_of = [&](int k) {
      return "pack<" + std::string(type_name(at(k).type)) + ", " + width + "> ";
    };
    for_each_operand([&](int k) {
      const std::string& n = name(memory_of(k));
      if (at(k).how == reach::pack)
        text += "    const auto " + name(k) + "_pack = load<" + width + ">(" + n + " + " +
                offset(k) + ");\n";
      if (at(k).how == reach::one)
        text += "    const auto " + name(k) + "_one = " + n + "[" + offset(k) + "];\n";
      if (at(k).how == reach::each)
        text += "    const auto* const " + name(k) + "_at = " + n + " + " + offset(k) + ";\n";
      if (at(k).how == reach::generated)
        text += "    const auto " + name(k) + "_at = " + n + "_first + " + offset(k) + ";\n";
    });
    for (int k = 0; k < layout_.outputs; ++k) text += "    " + pack_of(k) + name(k) + "_pack;\n";
    text += "#pragma unroll\n    for (int lane = 0; lane < " + width + "; ++lane)\n      ";
    text += call(10, [&](int k) {
      const std::string& n = name(k);
      if (at(k).how == reach::pack) return n + "_pack[lane]";
      if (at(k).how == reach::one) return n + "_one";
      const std::string inner = " lane * " + name(memory_of(k)) + "_inner";
      if (at(k).how == reach::each) return n + "_at[" + inner.substr(1) + "]";
      if (at(k).how == reach::generated)
        return name(memory_of(k)) + "(" + n + "_at +" + inner + ")";
      return n;
    });
    for (int k = 0; k < layout_.outputs; ++k)
      text += "    store(" + name(k) + " + " + offset(k) + ", " + name(k) + "_pack);\n";
    return text;
  }

  // From one element of slot k to the next in a row, for a kernel that is peeled.
  std::string inner(int k) const {
    const std::string by = name(memory_of(k)) + "_step";
    return layout_.ndim == 1 ? by : by + ".axis[" + std::to_string(layout_.ndim - 1) + "]";
  }

  // Groups begin where the output's memory is aligned, so that those at the ends of a row reach
  // beyond it: their elements in the row are taken one by one.
  std::string peeled_groups() const {
    const std::string width = std::to_string(layout_.width), i(index());
    std::string text, loads, stores;
    const auto add_pointer = [&](int k, const char* type) {
      const std::string& n = name(k);
      const bool along = at(k).how == reach::pack;
      const std::string by = layout_.ndim > 1 ? "dot(where, " + n + "_step)"
                             : along          ? "first"
                                              : "first * " + n + "_step";
      text += std::string("    ") + type + " " + n + "_at = " + n + (at(k).text ? "_first" : "") +
              " + " + by + ";\n";
    };
    if (layout_.ndim == 1) {
      text += "    const " + i + " first = at * " + width + " - past<" + width + ">(" + name(0) +
              ");\n";
    } else {
      const std::string last = "where.axis[" + std::to_string(layout_.ndim - 1) + "]";
      text += "    const " + i + " group = " + last + ";\n    " + last + " = 0;\n";
      text += "    const " + i + " first = group * " + width + " - past<" + width + ">(" + name(0) +
              " + dot(where, " + name(0) + "_step));\n    " + last + " = first;\n";
    }
    for (int k = 0; k < layout_.outputs; ++k) {
      add_pointer(k, "auto* const");
      const std::string type(type_name(at(k).type));
      loads += "      pack<" + type + ", " + width + "> " + name(k) + "_pack;\n";
      stores += "      store(" + name(k) + "_at, " + name(k) + "_pack);\n";
    }
    for_each_operand([&](int k) {
      const std::string& n = name(memory_of(k));
      if (at(k).how == reach::one)
        text += "    const auto " + name(k) + "_one = " + n + "[" + offset(k) + "];\n";
      else if (at(k).how != reach::value && memory_of(k) == k)
        add_pointer(k, at(k).text ? "const auto" : "const auto* const");
      if (at(k).how == reach::pack)
        loads += "      const auto " + name(k) + "_pack = load<" + width + ">(" + n + "_at);\n";
    });
    const auto element_of = [&](bool whole) {
      return [this, whole](int k) {
        const std::string& n = name(memory_of(k));
        if (at(k).how == reach::value) return name(k);
        if (at(k).how == reach::one) return name(k) + "_one";
        if (at(k).how == reach::pack) return whole ? name(k) + "_pack[lane]" : n + "_at[lane]";
        const std::string by = "lane * " + inner(k);
        return at(k).text ? n + "(" + n + "_at + " + by + ")" : n + "_at[" + by + "]";
      };
    };
    text += "    if (first >= 0 && first + " + width + " <= columns) {\n" + loads;
    text += "#pragma unroll\n      for (int lane = 0; lane < " + width + "; ++lane)\n        " +
            call(12, element_of(true)) + stores;
    text +=
        "    } else {\n#pragma unroll 1\n      for (int lane = first < 0 ? int(-first) : 0; lane "
        "< " +
        width + " && first + lane < columns; ++lane)\n        " + call(12, element_of(false)) +
        "    }\n";
    return text;
  }

  const plan& plan_;
  const kernel_layout& layout_;
  std::vector<std::string> name_;
};

}  // namespace

std::vector<std::string> slot_names(const plan& p, const kernel_layout& l) {
  std::vector<std::string> all(std::size_t(l.count));
  int leaves = 0, values = 0;
  for (int k = 0; k < l.count; ++k) {
    std::string& name = all[std::size_t(k)];
    const slot_reach& s = l.slots[k];
    if (k < l.outputs) {
      name = l.outputs == 1 ? "y" : "y" + std::to_string(k + 1);
    } else if (s.how == reach::shared) {
      const int stage = p.slots[std::size_t(k)].stage;
      if (stage >= 0) name = "s" + std::to_string(stage + 1);
    } else if (s.how == reach::function) {
      // It is spelled where it stands.
    } else if (l.repeats(k)) {
      name = all[std::size_t(s.same_as)];
    } else if (s.how == reach::value) {
      name = "value" + std::to_string(++values);
    } else {
      name = std::string(1, char('a' + leaves % 24));  // up to x
      if (leaves >= 24) name += std::to_string(leaves / 24);
      ++leaves;
    }
  }
  return all;
}

std::string source_of(const plan& p, const kernel_layout& l) { return writer(p, l).run(); }

}  // namespace weft::gpu
