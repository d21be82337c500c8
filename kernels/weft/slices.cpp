// weft/slices.cpp: which axes a job's spaces have in common, whether to cut along them, and the
// plans of a slice, which are those of a smaller job whose operands begin elsewhere.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/slices.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "weft/cpu/cost.hpp"
#include "weft/cpu/machine.hpp"
#include "weft/repeated.hpp"
#include "weft/staged.hpp"
#include "weft/threads.hpp"

namespace weft {
namespace {

// What a slice may take of the cache: a part of any L2 where there is a choice, and where a slice
// would be narrower than some lines of it, as much as stays in a last cache that others use too.
constexpr std::size_t slice_bytes = 256 << 10;
constexpr index_t narrowest_bytes = 256, line_bytes = 64;
// From this much on it pays, and is shared out among threads.
constexpr index_t fewest_slices = 5;

bool is_memory(const binding& b) { return b.how == path::direct && b.reduction < 0; }

// The kept axis of a reduction along which axis `own` of a use of its results steps; -1 where it
// steps along none, -2 where it does so in a way of its own, as a slice of the results does.
int kept_axis(const binding& use, const reduction_stage& r, std::size_t own) {
  if ((*use.shape)[own] == 1 || (*use.strides)[own] == 0) return -1;
  const strides st = contiguous_strides(r.result);
  for (std::size_t k = 0; k < r.operand.size(); ++k)
    if (r.result[k] == (*use.shape)[own] && st[k] == (*use.strides)[own]) return int(k);
  return -2;
}

bool is_plain(const binding& use, const reduction_stage& r) {
  for (std::size_t own = 0; own < use.shape->size(); ++own)
    if (kept_axis(use, r, own) == -2) return false;
  return use.first == 0;
}

// Follows axis d of the output through all uses of the reductions' results.
bool follow(const job& j, int d, common_axis& axis) {
  axis = {d, std::vector<int>(j.reductions.size(), -1), 0};
  const auto uses = [&](std::span<const binding> bindings, const shape& space, int own) {
    for (const binding& b : bindings) {
      if (b.reduction < 0) continue;
      const auto r = std::size_t(b.reduction);
      const int mine = own - (space.ndim() - b.shape->ndim());
      const int k = mine < 0 ? -1 : kept_axis(b, j.reductions[r], std::size_t(mine));
      if (k < 0 || !is_plain(b, j.reductions[r]) ||
          (axis.in_operand[r] >= 0 && axis.in_operand[r] != k))
        return false;
      axis.in_operand[r] = k;
    }
    return true;
  };
  const shape& out = *j.bindings[0].shape;
  axis.extent = out[std::size_t(d)];
  if (axis.extent == 1 || !uses(j.bindings, out, d)) return false;
  for (std::size_t r = j.reductions.size(); r-- > 0;) {
    const reduction_stage& s = j.reductions[r];
    if (axis.in_operand[r] < 0 || !uses(s.bindings, s.operand, axis.in_operand[r])) return false;
  }
  return true;
}

// A slot's step, in elements, along an axis of its space.
index_t step_along(const binding& b, const shape& space, int d) {
  const int own = d - (space.ndim() - b.shape->ndim());
  return own < 0 || (*b.shape)[std::size_t(own)] == 1 ? 0 : (*b.strides)[std::size_t(own)];
}

std::size_t bytes_of(const binding& b) {
  std::size_t bytes = size_of(b.type);
  for (std::size_t d = 0; d < b.shape->size(); ++d)
    if ((*b.strides)[d] != 0) bytes *= std::size_t((*b.shape)[d]);
  return bytes;
}

// Every distinct operand and output of the job with the space that it stands in.
struct operand {
  const binding* what;
  const shape* space;
  int reduction;  // in whose operand; -1 in the main stage
};
recycled_vector<operand> operands_of(const job& j) {
  recycled_vector<operand> all;
  const auto add = [&](std::span<const binding> bindings, const shape& space, int reduction) {
    for (const binding& b : bindings) {
      if (!is_memory(b)) continue;
      const bool known = std::ranges::any_of(all, [&](const operand& o) {
        return o.what->data == b.data && o.what->type == b.type && *o.what->shape == *b.shape &&
               *o.what->strides == *b.strides;
      });
      if (!known) all.push_back({&b, &space, reduction});
    }
  };
  add(j.bindings, *j.bindings[0].shape, -1);
  for (std::size_t r = 0; r < j.reductions.size(); ++r)
    add(j.reductions[r].bindings, j.reductions[r].operand, int(r));
  return all;
}

int number_in(const common_axis& a, int reduction) {
  return reduction < 0 ? a.in_main : a.in_operand[std::size_t(reduction)];
}

// Whether the targets can be written slice by slice: each operand is elsewhere, or has the target's
// own elements in the same slices.
bool may_write(const job& j, const std::vector<common_axis>& axes,
               const recycled_vector<operand>& operands, slicing& how) {
  slot_storage storage(j.bindings);
  for (slot& s : storage.slots()) {
    if (s.reduction < 0) continue;
    s.how = path::value;  // has no memory yet, and will have its own
    s.shape = nullptr;
  }
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs};
  temporaries aside;
  make_plan(p, aside);
  how.stream = p.stream;
  how.bytes_written = p.bytes_written;
  if (!aside.empty() || std::ranges::any_of(p.slots, &slot::must_pack)) return false;
  for (const operand& o : operands) {
    if (o.reduction < 0) continue;
    slot s{};
    static_cast<binding&>(s) = *o.what;
    for (int k = 0; k < j.outputs; ++k) {
      slot out{};
      static_cast<binding&>(out) = j.bindings[std::size_t(k)];
      const bool same = s.data == out.data && same_strides(s, out) &&
                        std::ranges::all_of(axes, [&](const common_axis& a) {
                          const int d = number_in(a, o.reduction);
                          return d - o.space->ndim() == a.in_main - out.shape->ndim();
                        });
      if (!same && overlap(s, out)) return false;
    }
  }
  return true;
}

// How much a slice takes: single steps of the outer axes, until some steps of the next one are few
// enough.
struct slice_size {
  std::size_t bytes;                        // of all that the slice reads and writes
  index_t extent = 1, step = 0, count = 1;  // of the last axis, and slices

  void add_axis(index_t n) {
    const std::size_t each = std::max<std::size_t>(bytes / std::size_t(n), 1);
    extent = n;
    step = std::clamp<index_t>(index_t(slice_bytes / each), 1, n);
    bytes = each * std::size_t(step);
    count *= (n + step - 1) / step;
  }
  bool is_enough() const { return step > 1 || bytes <= slice_bytes; }
  // Where it is made of short runs of memory, which elements of so many bytes begin so many
  // elements apart: none too short, and whole lines.
  void widen(index_t inner, index_t size) {
    index_t steps = std::max(step, (narrowest_bytes / size + inner - 1) / inner);
    if (inner == 1) steps = steps * size / line_bytes * line_bytes / size;
    steps = std::min(steps, extent);
    count = count / ((extent + step - 1) / step) * ((extent + steps - 1) / steps);
    bytes = bytes / std::size_t(step) * std::size_t(steps);
    step = steps;
  }
  // Short runs come from memory in no order that processors foresee, so once has to be enough.
  bool stays_in_cache(bool has_short_runs) const {
    const std::size_t room =
        has_short_runs ? std::size_t(cpu_machine().l2_bytes) : cpu_machine().last_cache_bytes / 8;
    return count >= fewest_slices && bytes <= room;
  }
};

// How many threads the work is worth.
int threads_for(const job& j, const slicing& how) {
  double operations = 0;
  const auto add = [&](std::span<const stage> stages, const shape& space) {
    operations += operations_of(stages) * double(space.product());
  };
  add(j.stages, *j.bindings[0].shape);
  for (const reduction_stage& r : j.reductions) add(r.stages, r.operand);
  const int threads = weft::threads_for(double(how.bytes_read + how.bytes_written), operations);
  return int(std::min<index_t>(threads, how.count));
}

}  // namespace

bool repeated::pays(const shape& operand, const bool* reduces, std::size_t element_bytes) {
  constexpr index_t fewest = 16384;  // bytes, whose functions take as long as another stage
  const index_t n = operand.product();
  slice_size slice{std::size_t(n) * 3 * element_bytes};  // read, stored, and written
  if (n * index_t(element_bytes) < fewest) return false;
  if (slice.bytes <= std::size_t(cpu_machine().l2_bytes)) return true;
  bool reduced = false, has_short_runs = false;  // an axis so far; outside of the last one cut
  index_t left = n, inner = n;                   // elements in a step of this axis, and of that one
  for (std::size_t d = 0; d < operand.size() && !(slice.step > 0 && slice.is_enough()); ++d) {
    left /= operand[d];
    reduced = reduced || (reduces[d] && operand[d] > 1);
    if (reduces[d]) continue;
    slice.add_axis(operand[d]);
    has_short_runs = reduced;
    inner = left;
  }
  if (slice.step == 0) return false;
  if (has_short_runs) slice.widen(inner, index_t(element_bytes));
  return slice.stays_in_cache(has_short_runs);
}

slicing cut(const job& j) {
  slicing how;
  const shape& out = *j.bindings[0].shape;
  if (out.product() == 0) return how;
  for (const reduction_stage& r : j.reductions)
    if (r.operand.product() == 0) return how;
  const recycled_vector<operand> operands = operands_of(j);
  std::size_t bytes = 0;
  for (const operand& o : operands) bytes += bytes_of(*o.what);
  const std::size_t bytes_of_operands = bytes;
  for (const reduction_stage& r : j.reductions)
    bytes += std::size_t(r.result.product()) * size_of(r.type);
  // One sweep that leaves little behind reads everything once as it is.
  const bool one_sweep = std::ranges::all_of(j.reductions, [&](const reduction_stage& r) {
    return r.operand == j.reductions[0].operand &&
           std::ranges::none_of(r.bindings, [](const binding& b) { return b.reduction >= 0; });
  });
  const bool small_rest =
      std::size_t(out.product()) * 16 <= std::size_t(j.reductions[0].operand.product());
  if (bytes <= slice_bytes || (one_sweep && (small_rest || writes_results(j)))) return how;

  std::vector<common_axis> axes;
  for (int d = 0; d < out.ndim(); ++d) {
    common_axis a;
    if (follow(j, d, a)) axes.push_back(std::move(a));
  }
  if (axes.empty() || !may_write(j, axes, operands, how)) return how;
  how.bytes_read = bytes_of_operands - how.bytes_written;

  const auto largest =
      std::ranges::max_element(operands, {}, [](const operand& o) { return bytes_of(*o.what); });
  const auto step = [&](const common_axis& a) {
    return std::abs(step_along(*largest->what, *largest->space, number_in(a, largest->reduction)));
  };
  for (std::size_t k = 1; k < axes.size(); ++k)  // a few, and equal ones stay in their order
    for (std::size_t i = k; i > 0 && step(axes[i]) > step(axes[i - 1]); --i)
      std::swap(axes[i], axes[i - 1]);

  slice_size slice{bytes};
  for (common_axis& a : axes) {
    if (step(a) == 0 && !how.axes.empty()) break;
    slice.add_axis(a.extent);
    how.axes.push_back(std::move(a));
    if (slice.is_enough()) break;
  }
  // Where other axes lie outside the last one, a slice is made of short runs of memory.
  const index_t inner = step(how.axes.back());
  bool outermost = true;
  for (int d = 0; d < largest->space->ndim(); ++d) {
    const bool cut_too = std::ranges::any_of(
        how.axes, [&](const common_axis& a) { return number_in(a, largest->reduction) == d; });
    if (!cut_too && std::abs(step_along(*largest->what, *largest->space, d)) > inner)
      outermost = false;
  }
  if (!outermost && inner > 0) slice.widen(inner, index_t(size_of(largest->what->type)));
  how.step = slice.stays_in_cache(!outermost) ? slice.step : 0;
  how.count = slice.count;
  how.threads = threads_for(j, how);
  return how;
}

// The binding of a slice: extents along the axes that are cut become those of a slice, and uses of
// results step as the slice's own results lie.
binding slice_plan::part(const binding& b, const shape& space, int reduction) {
  binding result = b;
  if (!b.shape) return result;
  weft::shape& s = dims_.emplace_back(*b.shape);
  result.shape = &s;
  for (std::size_t k = 0; k < how_.axes.size(); ++k) {
    const int own = number_in(how_.axes[k], reduction) - (space.ndim() - s.ndim());
    if (own >= 0 && s[std::size_t(own)] != 1)
      s[std::size_t(own)] = k + 1 < how_.axes.size() ? 1 : count_;
  }
  // What is counted in registers must be short in every slice.
  if (b.how == path::generated &&
      !has_short_numbers(b.first, b.shape->ndim(), b.shape->begin(),
                         [&](int d) { return (*b.strides)[std::size_t(d)]; }))
    result.text = nullptr;
  if (b.reduction < 0) return result;
  weft::strides& steps = dims_.emplace_back(*b.strides);
  result.strides = &steps;
  const auto r = std::size_t(b.reduction);
  const strides own = contiguous_strides(reductions_[r].result);
  for (std::size_t d = 0; d < steps.size(); ++d) {
    const int k = kept_axis(b, whole_[r], d);
    steps[d] = k < 0 ? 0 : own[std::size_t(k)];
  }
  return result;
}

auto slice_plan::movements(std::span<const slot> slots, std::span<const binding> whole,
                           const shape& space, int reduction) const -> std::vector<movement> {
  std::vector<movement> moves;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const slot& s = slots[i];
    movement m;
    m.data = static_cast<std::byte*>(s.data);
    m.first = s.first;
    m.in_results = whole[i].reduction >= 0;
    const index_t unit = s.how == path::generated ? 1 : index_t(size_of(s.type));
    for (std::size_t k = 0; s.shape && k < how_.axes.size(); ++k)
      m.by[k] = unit * step_along(whole[i], space, number_in(how_.axes[k], reduction));
    moves.push_back(m);
  }
  return moves;
}

// A number for how a binding moves from slice to slice: slots that have the same elements in one
// slice have them in all where they also move alike.
int slice_plan::way_of(const binding& whole, const shape& space, int reduction) {
  std::array<index_t, max_ndim> by{};
  for (std::size_t k = 0; whole.shape && k < how_.axes.size(); ++k)
    by[k] = step_along(whole, space, number_in(how_.axes[k], reduction));
  const auto known = std::ranges::find(ways_, by);
  if (known == ways_.end()) return ways_.push_back(by), int(ways_.size()) - 1;
  return int(known - ways_.begin());
}

slice_plan::slice_plan(const job& j, const slicing& how, index_t count)
    : how_(how), whole_(j.reductions), count_(count) {
  memory_ = nowhere(0);  // until there is some
  for (std::size_t r = 0; r < whole_.size(); ++r) {
    reduction_stage s = whole_[r];
    for (std::size_t k = 0; k < how.axes.size(); ++k) {
      const auto d = std::size_t(how.axes[k].in_operand[r]);
      s.operand[d] = s.result[d] = k + 1 < how.axes.size() ? 1 : count;
    }
    for (binding& b : s.bindings) b = part(b, whole_[r].operand, int(r));
    begin_.push_back(results_bytes_);
    results_bytes_ += rounded(std::size_t(s.result.product()) * size_of(s.type));
    reductions_.push_back(std::move(s));
  }
  const auto give_memory = [&](binding& b) {
    if (b.reduction >= 0) b.data = memory_ + begin_[std::size_t(std::exchange(b.reduction, -1))];
  };
  sweeps_ = sweeps_of(reductions_);
  for (sweep& s : sweeps_) {
    for (slot& x : s.slots) give_memory(x);
    for (const sweep_member& m : s.members) {
      const reduction_stage& w = whole_[std::size_t(m.reduction)];
      for (std::size_t i = 0; i < w.bindings.size(); ++i)
        s.slots[m.first_slot + i].moves = way_of(w.bindings[i], w.operand, m.reduction);
    }
    s.alone = true;
    make_plan(s);
    bytes_ = std::max(bytes_, bytes_to_run(s));
    std::vector<movement>& moves = moves_.emplace_back();
    for (const sweep_member& m : s.members) {
      const reduction_stage& w = whole_[std::size_t(m.reduction)];
      const auto own = movements(std::span(s.slots).subspan(m.first_slot, w.bindings.size()),
                                 w.bindings, w.operand, m.reduction);
      moves.insert(moves.end(), own.begin(), own.end());
    }
  }
  const shape& out = *j.bindings[0].shape;
  for (const binding& b : j.bindings) {
    static_cast<binding&>(slots_.emplace_back()) = part(b, out, -1);
    give_memory(slots_.back());
    slots_.back().moves = way_of(b, out, -1);
  }
  main_ = {.slots = slots_, .stages = j.stages, .outputs = j.outputs};
  make_plan(main_);
  main_.stream = how.stream && !main_.in_place && main_.slots[0].how == path::direct;
  moves_.push_back(movements(slots_, j.bindings, out, -1));
  look_ahead();
  bytes_ = results_bytes_ + std::max(bytes_, thread_bytes(main_));
}

slice_plan::slice_plan(const slice_plan& other)
    : how_(other.how_),
      whole_(other.whole_),
      count_(other.count_),
      begin_(other.begin_),
      sweeps_(other.sweeps_),
      moves_(other.moves_),
      slots_(other.slots_),
      main_(other.main_),
      results_bytes_(other.results_bytes_),
      bytes_(other.bytes_),
      memory_(other.memory_) {
  for (sweep& s : sweeps_) {
    s.loops.slots = s.slots;
    s.loops.stages = s.stages;
  }
  main_.slots = slots_;
}

void slice_plan::set_memory(std::byte* memory) {
  for (std::vector<movement>& moves : moves_)
    for (movement& m : moves)
      if (m.in_results) m.data = memory + (m.data - memory_);
  memory_ = memory;
}

void slice_plan::move(std::span<slot> slots, const std::vector<movement>& moves,
                      const index_t* at) const {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slot& s = slots[i];
    if (!s.shape) continue;
    index_t sum = 0;
    for (std::size_t k = 0; k < how_.axes.size(); ++k) sum += at[k] * moves[i].by[k];
    s.first = moves[i].first + (s.how == path::generated ? sum : 0);
    s.data = moves[i].data;
    if (s.how != path::generated && !moves[i].in_results) s.data = moves[i].data + sum;
  }
}

// What the next slice will wait for in memory is fetched by a stage of this one that reads the same
// operand and leaves memory idle: one that stores functions of it, or else one whose results go
// around the cache.
void slice_plan::look_ahead() {
  const auto looks = [&](plan& p, std::size_t first, const std::vector<movement>& moves, dtype of) {
    for (std::size_t i = first; i < moves.size(); ++i) {
      const slot& s = p.slots[i];
      const index_t by = moves[i].by[how_.axes.size() - 1] * how_.step;
      if (!s.shape || s.how != path::direct || moves[i].in_results || by == 0 ||
          size_of(s.type) != size_of(of) || s.step[p.ndim - 1] != index_t(size_of(s.type)))
        continue;  // fetching would not keep step with computing
      p.ahead_slot = int(i);
      p.ahead = by;
      return true;
    }
    return false;
  };
  for (std::size_t k = 1; k < sweeps_.size(); ++k) {
    sweep& s = sweeps_[k];
    const reduction_stage& r = *s.members[0].what;
    if (s.members.size() == 1 && r.stages.size() == 1 && r.kernels->keeps_all &&
        looks(s.loops, 0, moves_[k], r.type))
      return;
  }
  if (main_.stages.size() == 1 && main_.stream)
    looks(main_, std::size_t(main_.outputs), moves_.back(), slots_[0].type);
}

void slice_plan::run(const index_t* at) {
  std::byte* const own = memory_ + results_bytes_;
  for (std::size_t k = 0; k < sweeps_.size(); ++k) {
    sweep& s = sweeps_[k];
    move(s.slots, moves_[k], at);
    void* results[most_members];
    for (std::size_t m = 0; m < s.members.size(); ++m)
      results[m] = memory_ + begin_[std::size_t(s.members[m].reduction)];
    weft::run(s, results, own);
  }
  move(slots_, moves_.back(), at);
  run_timed(main_.stages, main_.size, [&] { run_tiles(main_, own, 0, main_.tiles); });
}

}  // namespace weft
