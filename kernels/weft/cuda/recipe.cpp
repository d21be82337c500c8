// weft/cuda/recipe.cpp: cuts jobs. Works on the postfix programs: a sub-tree is a run of
// instructions and a run of slots, and a temporary takes the place of both. Nothing has memory
// here.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/recipe.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "weft/cuda/kernel.hpp"
#include "weft/cuda/split.hpp"
#include "weft/cuda/text.hpp"
#include "weft/error.hpp"
#include "weft/shape.hpp"

namespace weft::gpu {
namespace {

using program = std::vector<instruction>;

// Equal programs are one, for as long as the process lives: kernels are found by their address.
std::span<const instruction> kept(program p) {
  std::string key;
  for (const instruction& i : p) {
    for (const std::string_view part : {i.spelling, i.body}) key += std::string(part) + "\n";
    for (const int part : {i.arity, int(i.type), int(i.operand), int(i.wraps)})
      key += char('0' + part);
  }
  static std::mutex& lock = *new std::mutex;
  static auto& all = *new std::map<std::string, program>;
  const std::lock_guard guard(lock);
  return all.emplace(std::move(key), std::move(p)).first->second;
}

instruction slot_instruction(dtype t) { return {"", 0, t, 1}; }
instruction end_instruction(dtype t) { return {"=", 1, t, 1}; }

// At most how many bytes of parameters a slot takes in a kernel over `ndim` axes.
std::size_t bytes_of(const binding& b, int ndim) {
  if (b.how == path::value) return b.text ? 0 : 16;
  const std::size_t state = b.how == path::generated && b.text ? b.text->bytes + 24 : 8;
  return state + 8 * std::size_t(ndim) + 8;
}

// A sub-tree: instructions [begin, end) and slots [first, last).
struct node {
  std::size_t begin, end, first, last;
  std::size_t bytes;
  int parent = -1;
};

// The slots of a program: what they bind, and where that comes from, as in part::operands.
struct operands {
  std::vector<binding> bound;
  std::vector<int> from;

  void erase(std::size_t first, std::size_t last) {
    bound.erase(bound.begin() + std::ptrdiff_t(first), bound.begin() + std::ptrdiff_t(last));
    from.erase(from.begin() + std::ptrdiff_t(first), from.begin() + std::ptrdiff_t(last));
  }
  void add(const binding& b, int number) {
    bound.push_back(b);
    from.push_back(number);
  }
  void add(const operands& other, std::size_t first, std::size_t last) {
    for (std::size_t k = first; k < last; ++k) add(other.bound[k], other.from[k]);
  }
};

class splitter {
 public:
  explicit splitter(const job& j)
      : where_(j.bindings[0].where),
        stages_(j.stages.begin(), j.stages.end()),
        outputs_(j.outputs) {
    for (std::size_t k = 0; k < j.bindings.size(); ++k) all_.add(j.bindings[k], int(k));
  }

  recipe run() {
    while (stages_.size() > 1 && needs_split(now())) evaluate_first_stage();
    if (!needs_split(now()))
      add_part(all_, stages_, outputs_, {});
    else if (outputs_ > 1)
      evaluate_outputs();
    else
      cut(all_, stages_.back(), {});
    return std::move(found_);
  }

 private:
  struct placement {
    shape s;
    strides st;
  };
  // What a part writes, if that is a temporary.
  struct result {
    bool is_temporary = false, is_shared = false;
    dtype type = dtype::float32;
  };

  job now() const { return {all_.bound, stages_, outputs_}; }

  void add_part(const operands& o, std::vector<stage> stages, int outputs, const result& r) {
    found_.parts.push_back({std::move(stages),
                            {o.from.begin() + r.is_temporary, o.from.end()},
                            outputs,
                            evaluated_,
                            r.is_temporary,
                            r.is_shared,
                            r.type});
  }

  // Somewhere, apart from everything else and aligned.
  binding new_temporary(dtype type, const shape& s) {
    const placement& t = placements_.emplace_back(placement{s, contiguous_strides(s)});
    void* const data = reinterpret_cast<void*>(nowhere_);
    nowhere_ += (std::size_t(s.product()) * size_of(type) + 511) / 256 * 256;
    return {path::direct, true, type, -1, data, &t.s, &t.st, 0, nullptr, "", where_};
  }

  // A part, or several, that evaluate a program over slots [first, last) of `o` into a temporary,
  // which is bound there then.
  void evaluate(program p, operands& o, std::size_t first, std::size_t last, const result& r) {
    shape s;
    for (std::size_t k = first; k < last; ++k)
      if (o.bound[k].shape) shapes::broadcast("eval", s, *o.bound[k].shape);
    operands own;
    own.add(new_temporary(r.type, s), 0);
    own.add(o, first, last);
    stage st;
    st.program = kept(std::move(p));
    st.count = int(own.bound.size());
    cut(own, st, r);
    o.bound[first] = own.bound[0];
    o.from[first] = -int(found_.parts.size());  // -1 - k of the last part
    o.erase(first + 1, last);
  }

  // A shared sub-expression becomes a temporary. The first one needs no other.
  void evaluate_first_stage() {
    const stage st = stages_.front();
    const auto begin = std::size_t(st.begin), count = std::size_t(st.count);
    operands own;
    own.add(all_, begin + 1, begin + count);
    evaluate({st.program.begin(), st.program.end()}, own, 0, count - 1, {true, true, st.type});
    all_.erase(begin, begin + count);
    stages_.erase(stages_.begin());
    ++evaluated_;
    for (stage& other : stages_)
      if (other.begin > st.begin) other.begin -= st.count;
    for (std::size_t k = 0; k < all_.bound.size(); ++k) {
      binding& b = all_.bound[k];
      if (b.how != path::shared || b.stage < 0) continue;
      if (b.stage == 0) {
        b = own.bound[0];
        all_.from[k] = own.from[0];
      } else {
        --b.stage;
      }
    }
  }

  // Each output's tree into a temporary, then all to their targets: no element is written before
  // all have been read.
  void evaluate_outputs() {
    const std::span<const instruction> code = stages_.back().program;
    auto from = code.begin();
    auto next = std::size_t(outputs_);
    for (int o = 0; o < outputs_; ++o) {
      const auto to =
          std::find_if(from, code.end(), [](const instruction& i) { return i.spelling == "="; }) +
          1;
      const auto count = std::size_t(
          std::count_if(from, to, [](const instruction& i) { return i.spelling.empty(); }));
      const dtype type = all_.bound[std::size_t(o)].type;
      evaluate({from, to}, all_, next, next + count, {true, true, type});
      ++next;
      from = to;
    }
    for (std::size_t o = 0; o < std::size_t(outputs_); ++o) {
      operands both;
      both.add(all_, o, o + 1);
      both.add(all_, std::size_t(outputs_) + o, std::size_t(outputs_) + o + 1);
      stage copy;
      const dtype type = both.bound[0].type;
      copy.program = kept({slot_instruction(type), end_instruction(type)});
      copy.count = 2;
      add_part(both, {copy}, 1, {});
    }
  }

  // One output and no shared sub-expression: cuts until the rest fits, and uses that.
  void cut(operands& o, stage st, const result& r) {
    while (needs_split({o.bound, {&st, 1}, 1})) {
      const program code(st.program.begin(), st.program.end());
      const node n = largest_that_fits(code, o.bound);
      const dtype type = computed(code[n.end - 1].type);
      program sub(code.begin() + std::ptrdiff_t(n.begin), code.begin() + std::ptrdiff_t(n.end));
      sub.push_back(end_instruction(type));
      evaluate(std::move(sub), o, n.first, n.last, {true, false, type});
      program rest(code.begin(), code.begin() + std::ptrdiff_t(n.begin));
      rest.push_back(slot_instruction(type));
      rest.insert(rest.end(), code.begin() + std::ptrdiff_t(n.end), code.end());
      st.program = kept(std::move(rest));
      st.count = int(o.bound.size());
    }
    add_part(o, {st}, 1, r);
  }

  // The sub-tree with the most slots that surely is one kernel; not a product that is added to
  // something, if there is another, as compilers make one operation of these.
  node largest_that_fits(const program& code, const std::vector<binding>& bindings) const {
    int ndim = 1;
    for (const binding& b : bindings)
      if (b.shape) ndim = std::max(ndim, b.shape->ndim());
    const std::size_t most = most_parameter_bytes - 64 - 32 * std::size_t(ndim);
    std::vector<node> nodes;
    std::vector<int> stack;
    std::size_t next = 1;
    for (std::size_t i = 0; i + 1 < code.size(); ++i) {
      const auto number = int(nodes.size());
      if (code[i].spelling.empty()) {
        nodes.push_back({i, i + 1, next, next + 1, bytes_of(bindings[next], ndim)});
        ++next;
      } else {
        const auto arity = std::size_t(code[i].arity);
        node whole = nodes[std::size_t(stack[stack.size() - arity])];
        whole.end = i + 1;
        whole.bytes = 0;
        for (std::size_t k = stack.size() - arity; k < stack.size(); ++k) {
          node& child = nodes[std::size_t(stack[k])];
          child.parent = number;
          whole.last = child.last;
          whole.bytes += child.bytes;
        }
        stack.resize(stack.size() - arity);
        nodes.push_back(whole);
      }
      stack.push_back(number);
    }
    const node* best = nullptr;
    bool best_is_free = false;
    const auto operation = [&](const node& n) { return code[n.end - 1].spelling; };
    for (const node& n : nodes) {
      const std::size_t slots = n.last - n.first;
      if (slots < 2 || slots >= std::size_t(most_slots) || n.bytes > most || n.parent < 0) continue;
      const std::string_view above = operation(nodes[std::size_t(n.parent)]);
      const bool is_free =
          operation(n) != "operator*" || (above != "operator+" && above != "operator-");
      if (best && (best_is_free > is_free ||
                   (best_is_free == is_free && best->last - best->first >= slots)))
        continue;
      best = &n;
      best_is_free = is_free;
    }
    if (best) return *best;
    throw device_error("eval: an operation has more operands than a CUDA kernel takes, which is " +
                       std::to_string(most_slots) + " of them and " +
                       std::to_string(most_parameter_bytes) +
                       " bytes of parameters; evaluate it on the host or in parts");
  }

  device where_;
  operands all_;
  std::vector<stage> stages_;
  int outputs_;
  int evaluated_ = 0;
  std::list<placement> placements_;
  std::uintptr_t nowhere_ = std::uintptr_t(1) << 44;
  recipe found_;
};

// What decides how a job is cut: its programs, and of each binding its kind and how many axes it
// has. Which memory it is decides, too, in rare cases, where a part then is cut again.
class recipe_book {
 public:
  const recipe& find(const job& j) {
    const std::lock_guard guard(lock_);
    auto& list = all_[j.stages.back().program.data()];
    for (const auto& e : list)
      if (e->is_for(j)) return e->how;
    return list.emplace_back(std::make_unique<entry>(j))->how;
  }

 private:
  struct kind {
    path how;
    dtype type;
    int stage, ndim;
    const generator_text* text;

    explicit kind(const binding& b)
        : how(b.how),
          type(b.type),
          stage(b.stage),
          ndim(b.shape ? b.shape->ndim() : -1),
          text(b.text) {}
    bool operator==(const kind&) const = default;
  };
  struct entry {
    std::vector<stage> stages;
    std::vector<kind> kinds;
    int outputs;
    recipe how;

    explicit entry(const job& j)
        : stages(j.stages.begin(), j.stages.end()),
          kinds(j.bindings.begin(), j.bindings.end()),
          outputs(j.outputs),
          how(splitter(j).run()) {}
    bool is_for(const job& j) const {
      const auto same_stage = [](const stage& a, const stage& b) {
        return a.program.data() == b.program.data() && a.begin == b.begin && a.count == b.count;
      };
      const auto same_kind = [](const kind& a, const binding& b) { return a == kind(b); };
      return outputs == j.outputs && std::ranges::equal(stages, j.stages, same_stage) &&
             std::ranges::equal(kinds, j.bindings, same_kind);
    }
  };

  std::mutex lock_;
  std::map<const void*, std::vector<std::unique_ptr<entry>>> all_;
};

}  // namespace

const recipe& recipe_of(const job& j) {
  static recipe_book& only = *new recipe_book;  // never destroyed, as the kernels
  return only.find(j);
}

}  // namespace weft::gpu
