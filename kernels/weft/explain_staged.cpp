// weft/explain_staged.cpp: what a job with reductions does, in words: its sweeps, then its main
// stage.
// SPDX-License-Identifier: BSD-3-Clause

#include "weft/cpu/cost.hpp"
#include "weft/explain.hpp"
#include "weft/slices.hpp"
#include "weft/staged.hpp"

namespace weft {
namespace {

std::string over(const reduction_stage& r) {
  std::string axes;
  int count = 0;
  for (int d = 0; d < r.operand.ndim(); ++d)
    if (r.reduces[d]) axes += (count++ ? ", " : "") + std::to_string(d);
  return count == 0 ? "" : (count == 1 ? " over axis " : " over axes ") + axes;
}

std::string loop_of(const sweep& s) {
  switch (s.how) {
    case sweep::loop::along:
      return "reduced along the inner loop";
    case sweep::loop::segments:
      return std::to_string(s.length) + " neighbours of the inner loop reduced to one";
    case sweep::loop::across:
      return s.reduced == 1 ? "stored" : "reduced across the inner loop";
  }
  return "";
}

// Two lines for a sweep's loops and tiles, then its operands.
std::string sweep_in_words(const sweep& s, const std::vector<std::string>& name) {
  const plan& p = s.loops;
  if (p.size == 0) return "nothing to reduce\n";
  std::string text = "loops: ";
  for (int d = 0; d < p.ndim; ++d)
    text += (d ? " x " : "") + std::string(d == p.inner ? "[" : "") + std::to_string(p.extent[d]);
  text += "], " + loop_of(s) + "\n";
  text += "tiles: " + std::to_string(s.units / s.pieces * s.blocks) + " of " +
          std::to_string(p.rows) + " x " + std::to_string(p.columns) + " elements";
  if (s.wide > 1) text += ", " + std::to_string(s.wide) + " rows taken as one";
  if (s.together > 1) text += ", " + std::to_string(s.together) + " taken at a time";
  if (s.pieces > 1) text += ", joined in " + std::to_string(s.pieces) + " pieces";
  if (!s.alone)
    text += ", " + std::to_string(s.threads) + (s.threads == 1 ? " thread" : " threads");
  return text + "\n" + operands(p, name);
}

// What the leaves of a job are called, wherever they stand.
struct job_names {
  leaf_names leaves;
  std::vector<std::string> main;
  std::vector<std::vector<std::string>> operand;  // of each reduction

  explicit job_names(const job& j) {
    for (std::size_t i = 0; i < j.bindings.size(); ++i)
      main.push_back(slot_name(j.bindings[i], int(i) < j.outputs ? int(i) : -1, j.outputs, leaves));
    for (const reduction_stage& r : j.reductions) {
      std::vector<std::string>& names = operand.emplace_back();
      for (const binding& b : r.bindings) names.push_back(slot_name(b, -1, 0, leaves));
    }
  }
};

std::string sweeps_in_words(const recycled_vector<sweep>& sweeps, const job& j,
                            const job_names& names) {
  std::string text;
  for (std::size_t k = 0; k < sweeps.size(); ++k) {
    const sweep& s = sweeps[k];
    std::vector<std::string> name;
    std::vector<reduction_label> labels;
    for (const sweep_member& m : s.members) {
      const auto r = std::size_t(m.reduction);
      name.insert(name.end(), names.operand[r].begin(), names.operand[r].end());
      labels.push_back({"r" + std::to_string(r + 1), over(j.reductions[r])});
    }
    text += "sweep " + std::to_string(k + 1) + ":\n" + expressions(s.loops, name, labels) +
            sweep_in_words(s, name);
  }
  return text;
}

std::string memory(const traffic& t) {
  return "memory: " + std::to_string(t.read) + " bytes read, " + std::to_string(t.written) +
         " written, " + std::to_string(t.temporary) + " in temporaries\n";
}

std::size_t results_bytes(const job& j) {
  std::size_t bytes = 0;
  for (const reduction_stage& r : j.reductions)
    bytes += std::size_t(r.result.product()) * size_of(r.type);
  return bytes;
}

// use(sweeps, main plan, how it is cut, traffic) for a job that is not to run.
template <class Use>
auto with_plans(const job& j, Use use) {
  const slicing how = cut(j);
  if (how.step > 0) {
    const slice_plan slice(j, how, how.step);
    return use(slice.sweeps(), slice.main(), how,
               traffic{how.bytes_read, how.bytes_written, slice.bytes()});
  }
  const auto give_memory = [](binding& b) {
    if (b.reduction >= 0) b.data = nowhere(b.reduction);
  };
  traffic t{0, 0, results_bytes(j)};
  recycled_vector<sweep> sweeps = sweeps_of(j.reductions);
  for (sweep& s : sweeps) {
    for (slot& x : s.slots) give_memory(x);
    make_plan(s);
    t.read += s.loops.bytes_read;
  }
  std::vector<slot> slots;
  for (const binding& b : j.bindings) {
    static_cast<binding&>(slots.emplace_back()) = b;
    give_memory(slots.back());
  }
  plan p{.slots = slots, .stages = j.stages, .outputs = j.outputs};
  temporaries aside;
  make_plan(p, aside);
  t.written += p.bytes_written;
  if (writes_results(j)) {
    t.temporary -= p.bytes_read;
  } else {
    t.read += p.bytes_read;
    t.temporary += p.bytes_temporary;
  }
  return use(sweeps, static_cast<const plan&>(p), how, t);
}

// Slices read memory once, and all but the first time from a cache; whole sweeps follow each other.
forecast predicted_of(const job& j, const recycled_vector<sweep>& sweeps, const plan& main,
                      const slicing& how, const traffic& t) {
  amount all{.bytes = double(t.read + t.written), .operations = 0, .threads = main.threads};
  all.operations = operations_of(j.stages) * double(j.bindings[0].shape->product());
  for (const reduction_stage& r : j.reductions)
    all.operations += operations_of(r.stages) * double(r.operand.product());
  all.stages = 1 + int(sweeps.size());
  if (how.step > 0) {
    double moved = double(main.bytes_read + main.bytes_written);
    for (const sweep& s : sweeps) moved += double(s.loops.bytes_read);
    all.again = std::max(moved * double(how.count) - all.bytes, 0.0);
    all.threads = how.threads;
    return predicted(all);
  }
  for (const sweep& s : sweeps) all.threads = std::max(all.threads, s.threads);
  return predicted(all);
}

}  // namespace

forecast predicted_staged(const job& j) {
  return with_plans(j, [&](const auto& sweeps, const plan& main, const slicing& how,
                           const traffic& t) { return predicted_of(j, sweeps, main, how, t); });
}

std::string describe_staged(const job& j) {
  const job_names names(j);
  return with_plans(j, [&](const recycled_vector<sweep>& sweeps, const plan& main,
                           const slicing& how, const traffic& t) {
    std::string text;
    if (how.step > 0) {
      const common_axis& last = how.axes.back();
      text += "slices: " + std::to_string(how.count) + ", with " + std::to_string(how.step) +
              " of " + std::to_string(last.extent) + " along axis " + std::to_string(last.in_main) +
              " of the output, " + std::to_string(how.threads) +
              (how.threads == 1 ? " thread" : " threads") +
              "; each stays in the cache from the first stage to the last\n";
    }
    text += sweeps_in_words(sweeps, j, names) + "main stage:\n" + expressions(main, names.main);
    if (main.size == 0) return text + "nothing to do\n";
    if (how.step == 0 && writes_results(j))
      text += "nothing to do: the sweep writes to the output\n";
    else
      text += loops(main) + operands(main, names.main);
    return text + memory(t) + in_words(predicted_of(j, sweeps, main, how, t));
  });
}

traffic traffic_of_staged(const job& j) {
  return with_plans(j,
                    [](const auto&, const plan&, const slicing&, const traffic& t) { return t; });
}

}  // namespace weft
