// weft/cuda/split.cpp: cuts jobs. Works on the postfix programs: a sub-tree is a run of
// instructions and a run of slots, and a temporary takes the place of both.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/split.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "weft/buffer.hpp"
#include "weft/cuda/kernel.hpp"
#include "weft/cuda/run.hpp"
#include "weft/cuda/text.hpp"
#include "weft/error.hpp"
#include "weft/plan.hpp"
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

class splitter {
 public:
  splitter(const job& j, bool allocate, const std::function<void(const job&)>& use)
      : allocate_(allocate),
        use_(use),
        where_(j.bindings[0].where),
        bindings_(j.bindings.begin(), j.bindings.end()),
        stages_(j.stages.begin(), j.stages.end()),
        outputs_(j.outputs) {}

  std::size_t run() {
    while (stages_.size() > 1 && needs_split(now())) evaluate_first_stage();
    if (!needs_split(now()))
      use_(now());
    else if (outputs_ > 1)
      evaluate_outputs();
    else
      cut(bindings_, stages_.back());
    return bytes_;
  }

 private:
  struct temporary {
    shape s;
    strides st;
    buffer memory;
    bool is_shared;
  };

  job now() const { return {bindings_, stages_, outputs_}; }

  // Memory of shape s, to be written and then read as an operand.
  binding new_temporary(dtype type, const shape& s, bool is_shared) {
    const std::size_t bytes = std::size_t(s.product()) * size_of(type);
    bytes_ += bytes;
    temporary& t = temporaries_.emplace_back(temporary{s, contiguous_strides(s), {}, is_shared});
    if (allocate_) t.memory = buffer::allocate(bytes, where_);
    // Addresses of nothing, apart from each other and aligned.
    void* const nowhere = reinterpret_cast<void*>((std::uintptr_t(1) << 44) + (bytes_ - bytes) +
                                                  256 * temporaries_.size());
    void* const data =
        allocate_ ? t.memory.data()
                  : reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(nowhere) / 256 * 256);
    return {path::direct, true, type, -1, data, &t.s, &t.st, 0, nullptr, "", where_};
  }
  // What only `operands` read is no longer needed.
  void release(std::span<const binding> operands) {
    if (!allocate_) return;
    std::erase_if(temporaries_, [&](const temporary& t) {
      return !t.is_shared &&
             std::ranges::any_of(operands, [&](const binding& b) { return b.shape == &t.s; });
    });
  }

  // Evaluates a program over `operands` into a new temporary.
  binding evaluate(program p, std::span<const binding> operands, dtype type, bool is_shared) {
    shape s;
    for (const binding& b : operands)
      if (b.shape) shapes::broadcast("eval", s, *b.shape);
    std::vector<binding> all{new_temporary(type, s, is_shared)};
    all.insert(all.end(), operands.begin(), operands.end());
    stage st;
    st.program = kept(std::move(p));
    st.count = int(all.size());
    cut(all, st);
    return all[0];
  }

  // A shared sub-expression becomes a temporary. The first one needs no other.
  void evaluate_first_stage() {
    const stage st = stages_.front();
    const auto begin = std::size_t(st.begin), count = std::size_t(st.count);
    const binding result =
        evaluate({st.program.begin(), st.program.end()},
                 std::vector<binding>(bindings_.begin() + std::ptrdiff_t(begin) + 1,
                                      bindings_.begin() + std::ptrdiff_t(begin + count)),
                 st.type, true);
    bindings_.erase(bindings_.begin() + std::ptrdiff_t(begin),
                    bindings_.begin() + std::ptrdiff_t(begin + count));
    stages_.erase(stages_.begin());
    for (stage& other : stages_)
      if (other.begin > st.begin) other.begin -= st.count;
    for (binding& b : bindings_) {
      if (b.how != path::shared || b.stage < 0) continue;
      if (b.stage == 0)
        b = result;
      else
        --b.stage;
    }
  }

  // Each output's tree into a temporary, then all to their targets: no element is written before
  // all have been read.
  void evaluate_outputs() {
    const std::span<const instruction> code = stages_.back().program;
    auto from = code.begin();
    std::size_t next = std::size_t(outputs_);
    std::vector<binding> results;
    for (int o = 0; o < outputs_; ++o) {
      const auto to =
          std::find_if(from, code.end(), [](const instruction& i) { return i.spelling == "="; }) +
          1;
      const auto count = std::size_t(
          std::count_if(from, to, [](const instruction& i) { return i.spelling.empty(); }));
      program p(from, to);
      const dtype type = bindings_[std::size_t(o)].type;
      results.push_back(
          evaluate(std::move(p), std::span(bindings_).subspan(next, count), type, true));
      next += count;
      from = to;
    }
    for (std::size_t o = 0; o < results.size(); ++o) {
      stage copy;
      copy.program = kept({slot_instruction(results[o].type), end_instruction(results[o].type)});
      copy.count = 2;
      use_({std::vector<binding>{bindings_[o], results[o]}, {&copy, 1}, 1});
    }
  }

  // One output and no shared sub-expression: cuts until the rest fits, and uses that.
  void cut(std::vector<binding>& bindings, stage st) {
    while (needs_split({bindings, {&st, 1}, 1})) {
      const program code(st.program.begin(), st.program.end());
      const node n = largest_that_fits(code, bindings);
      const dtype type = computed(code[n.end - 1].type);
      program sub(code.begin() + std::ptrdiff_t(n.begin), code.begin() + std::ptrdiff_t(n.end));
      sub.push_back(end_instruction(type));
      const auto first = bindings.begin() + std::ptrdiff_t(n.first),
                 last = bindings.begin() + std::ptrdiff_t(n.last);
      const std::vector<binding> operands(first, last);
      *first = evaluate(std::move(sub), operands, type, false);
      bindings.erase(first + 1, last);
      program rest(code.begin(), code.begin() + std::ptrdiff_t(n.begin));
      rest.push_back(slot_instruction(type));
      rest.insert(rest.end(), code.begin() + std::ptrdiff_t(n.end), code.end());
      st.program = kept(std::move(rest));
      st.count = int(bindings.size());
    }
    use_({bindings, {&st, 1}, 1});
    release(std::span(bindings).subspan(1));
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

  bool allocate_;
  const std::function<void(const job&)>& use_;
  device where_;
  std::vector<binding> bindings_;
  std::vector<stage> stages_;
  int outputs_;
  std::list<temporary> temporaries_;
  std::size_t bytes_ = 0;
};

}  // namespace

bool needs_split(const job& j) {
  constexpr std::size_t few = 30;  // fit, whatever they are: bytes_of() is below 130 for each
  if (j.bindings.size() <= few || j.bindings[0].shape->product() == 0) return false;
  if (j.bindings.size() > std::size_t(most_slots)) return true;
  slot_storage storage(j.bindings);
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs, .in_order = false};
  std::list<temporary> aside;
  make_plan(p, aside);
  return parameter_bytes(p) > most_parameter_bytes;
}

std::size_t for_each_part(const job& j, bool allocate, const std::function<void(const job&)>& use) {
  return splitter(j, allocate, use).run();
}

}  // namespace weft::gpu
