// weft/cuda/run.cpp: kernels by the tree's type and its layout class, so that a tree that was seen
// before needs no text: its program is compared by address, its layout word by word.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/cuda/run.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "weft/cuda.hpp"
#include "weft/cuda/driver.hpp"
#include "weft/cuda/kernel.hpp"
#include "weft/cuda/nvrtc.hpp"
#include "weft/cuda/queue.hpp"
#include "weft/cuda/split.hpp"
#include "weft/error.hpp"

namespace weft {
namespace gpu {
namespace {

constexpr unsigned block = 256;  // threads
// Blocks for each multiprocessor: as many as run at once, a few times over.
constexpr index_t blocks_each = 32;

std::atomic<std::size_t> launched, printed, compiled, from_disk;

bool kernels_are_shown() {
  static const bool wanted = [] {
    const char* words = std::getenv("WEFT_SHOW");
    return words && std::string_view(words).find("kernel") != std::string_view::npos;
  }();
  return wanted;
}

// ` of NVRTC 13.0 by a driver for CUDA 12.4`, where that is why a kernel may not be taken.
std::string compiler_is_newer() {
  int version = 0;
  the_driver().driver_version(&version);
  const int major = version / 1000, minor = version % 1000 / 10;
  const std::string compiler = compiler_version();
  if (std::stoi(compiler) <= major) return "";
  return " of NVRTC " + compiler + " by a driver for CUDA " + std::to_string(major) + "." +
         std::to_string(minor);
}

std::string first_line(const std::string& source) {
  return source.substr(3, source.find('\n') - 3);
}

// The kernel of one tree and layout, on each device that has used it.
class kernel {
 public:
  kernel(const plan& p, const kernel_layout& l)
      : stages_(p.stages.begin(), p.stages.end()),
        layout_(l),
        source_(source_of(p, l)),
        expression_(first_line(source_)),
        functions_(std::size_t(device_count())) {
    const auto all = parameters_of(l);
    parameters_.assign(all.begin(), all.end());
    ++printed;
    if (kernels_are_shown()) std::fprintf(stderr, "%s\n", source_.c_str());
  }

  bool is_for(const plan& p, const kernel_layout& l) const {
    return std::ranges::equal(stages_, p.stages,
                              [](const stage& a, const stage& b) {
                                return a.program.data() == b.program.data() && a.begin == b.begin &&
                                       a.count == b.count;
                              }) &&
           layout_ == l;
  }
  const std::vector<parameter>& parameters() const { return parameters_; }
  const std::string& expression() const { return expression_; }

  function_handle on(device d) {
    std::atomic<function_handle>& f = functions_[std::size_t(d.index)];
    if (const function_handle known = f.load(std::memory_order_acquire)) return known;
    const std::lock_guard guard(building_);
    if (!f.load(std::memory_order_relaxed)) f.store(build(d), std::memory_order_release);
    return f.load(std::memory_order_relaxed);
  }

 private:
  function_handle build(device d) const {
    const device_state& state = state_of(d);
    const std::vector<char> image =
        image_of(source_, architecture_for(state.major, state.minor), layout_.fast);
    const on_device here(d);
    module_handle module = nullptr;
    function_handle function = nullptr;
    const status s = the_driver().load_module(&module, image.data());
    if (s != success) check(s, "loading the kernel " + expression_ + compiler_is_newer(), d);
    check(the_driver().get_function(&function, module, "weft_kernel"),
          "finding the kernel " + expression_, d);
    return function;
  }

  std::vector<stage> stages_;
  kernel_layout layout_;
  std::vector<parameter> parameters_;
  std::string source_, expression_;
  std::mutex building_;
  std::vector<std::atomic<function_handle>> functions_;
};

class table {
 public:
  kernel& find(const plan& p, const kernel_layout& l) {
    const std::lock_guard guard(lock_);
    auto& list = kernels_[p.stages.back().program.data()];
    for (const auto& k : list)
      if (k->is_for(p, l)) return *k;
    return *list.emplace_back(std::make_unique<kernel>(p, l));
  }

 private:
  std::mutex lock_;
  std::map<const void*, std::vector<std::unique_ptr<kernel>>> kernels_;
};

// Never destroyed: what is evaluated while the process ends still finds it.
table& kernels() {
  static table& only = *new table;
  return only;
}

// What a thread takes at a time, along axis d of a kernel over several; or what a block takes.
index_t groups_along(const plan& p, const kernel_layout& l, int d) {
  const bool last = d == l.ndim - 1;
  if (l.tile_axis < 0) return last ? groups_of_row(p, l) : p.extent[d];
  return last || d == l.tile_axis ? (p.extent[d] + tile_side - 1) / tile_side : p.extent[d];
}
// Their number, or for one axis that of the elements.
index_t count_of_groups(const plan& p, const kernel_layout& l) {
  if (l.ndim == 1 && !l.peeled) return p.size;
  index_t count = 1;
  for (int d = 0; d < l.ndim; ++d) count *= groups_along(p, l, d);
  return count;
}

// The parameters of one launch, packed as the driver takes them.
class arguments {
 public:
  arguments(const plan& p, const kernel_layout& l) : plan_(p), layout_(l) {}
  /// Only counts.
  std::size_t bytes() {
    counting_ = true;
    for (const parameter& x : parameters_of(layout_)) push(x);
    return used_;
  }

  void push(const parameter& x) {
    using enum parameter::what;
    const slot& s = plan_.slots[std::size_t(std::max(x.slot, 0))];
    const int last = layout_.ndim - 1;
    switch (x.kind) {
      case pointer:
        return add(&s.data, sizeof s.data, alignof(void*));
      case number:
        return add(s.data, size_of(s.type), std::min<std::size_t>(size_of(s.type), 8));
      case state:
        return add(s.data, s.text->bytes, s.text->alignment);
      case first:
        return add(&s.first, sizeof s.first, alignof(index_t));
      case steps:
        for (int d = 0; d <= last; ++d)
          add_index(step(s, d) * (d == last && !layout_.peeled ? layout_.width : 1), d == 0);
        return;
      case inner:
        return add_index(step(s, last), true);
      case extents:
        for (int d = 0; d <= last; ++d) add_divisor(groups(d), d == 0);
        return;
      case rows:
        return add_index(plan_.extent[layout_.tile_axis], true);
      case columns:
        return add_index(plan_.extent[last], true);
      case size:
        return add_index(count_of_groups(plan_, layout_), true);
    }
  }
  void** list() { return list_; }

 private:
  index_t groups(int d) const { return groups_along(plan_, layout_, d); }
  index_t step(const slot& s, int d) const {
    return s.step[d] / (s.how == path::generated ? 1 : index_t(size_of(s.type)));
  }
  void add(const void* from, std::size_t bytes, std::size_t align, bool begins = true) {
    used_ = (used_ + align - 1) / align * align;
    if (counting_) {
      used_ += bytes;
      return;
    }
    if (used_ + bytes > most_parameter_bytes)
      throw device_error("eval: the tree's operands take more than the " +
                         std::to_string(most_parameter_bytes) +
                         " bytes of parameters that a CUDA kernel has; evaluate parts of it into "
                         "tensors first");
    if (begins) list_[count_++] = bytes_ + used_;
    std::memcpy(bytes_ + used_, from, bytes);
    used_ += bytes;
  }
  void add_index(index_t value, bool begins) {
    const int narrow = int(value);
    layout_.wide ? add(&value, sizeof value, sizeof value, begins)
                 : add(&narrow, sizeof narrow, sizeof narrow, begins);
  }
  // See divisor in prelude.cuh: x / by is (high half of x * factor, plus x) >> shift.
  void add_divisor(index_t by, bool begins) {
    if (layout_.wide) return add(&by, sizeof by, sizeof by, begins);
    const int shift = int(std::bit_width(std::uint64_t(by - 1)));
    const std::uint64_t power = std::uint64_t(1) << 32;
    const struct {
      int by;
      unsigned factor;
      int shift;
    } divisor{
        int(by),
        unsigned(power * ((std::uint64_t(1) << shift) - std::uint64_t(by)) / std::uint64_t(by) + 1),
        shift};
    add(&divisor, sizeof divisor, alignof(int), begins);
  }

  const plan& plan_;
  const kernel_layout& layout_;
  alignas(16) std::byte bytes_[most_parameter_bytes];
  void* list_[4 * most_slots + 2];
  std::size_t used_ = 0;
  bool counting_ = false;
  int count_ = 0;
};

unsigned blocks_for(const plan& p, const kernel_layout& l, const device_state& d) {
  const bool counts_elements = l.ndim == 1 && !l.peeled;
  const index_t groups = counts_elements ? (p.size + l.width - 1) / l.width : count_of_groups(p, l);
  const index_t blocks = l.tile_axis >= 0 ? groups : (groups + block - 1) / block;
  return unsigned(std::min(blocks, d.multiprocessors * blocks_each));
}

}  // namespace

void check_elementwise(const job& j) {
  if (j.reductions.empty()) return;
  throw device_error("eval: a reduction is not available on " + to_string(j.bindings[0].where) +
                     "; evaluate it into a tensor on the host first");
}

std::size_t parameter_bytes(const plan& p) {
  kernel_layout l;
  find_layout(p, l);
  return arguments(p, l).bytes();
}

void launch(const plan& p) {
  if (p.size == 0) return;
  const driver& cuda_driver = the_driver();
  kernel_layout l;
  find_layout(p, l);
  kernel& k = kernels().find(p, l);
  arguments list(p, l);
  for (const parameter& x : k.parameters()) list.push(x);
  const device d = p.slots[0].where;
  const function_handle function = k.on(d);
  const bool tiled = l.tile_axis >= 0;
  queue& q = current_queue(d);
  work w(q);
  const auto name_memory = [&] {
    for (const slot& s : p.slots) {
      const bool is_output = &s < p.slots.data() + p.outputs;
      if (s.where != d || (s.how != path::direct && s.how != path::packed)) continue;
      is_output ? w.writes(d, s.data) : w.reads(d, s.data);
    }
  };
  name_memory();
  w.ordered();
  const on_device here(d);
  const status s =
      cuda_driver.launch(function, blocks_for(p, l, state_of(d)), 1, 1, tiled ? tile_side : block,
                         tiled ? tile_rows : 1, 1, 0, q.handle, list.list(), nullptr);
  if (s != success) check(s, "running the kernel " + k.expression(), d);
  w.begun([&] {
    name_memory();
    note_kernel(q, k.expression());
  });
  launched.fetch_add(1, std::memory_order_relaxed);
}

void copy_elements(dtype type, void* to, const shape& s, const strides& to_strides,
                   const void* from, const strides& from_strides, device where) {
  static constexpr auto programs = [] {
    std::array<std::array<instruction, 2>, std::size_t(dtype::complex128) + 1> all{};
    for (std::size_t t = 0; t < all.size(); ++t)
      all[t] = {{{"", 0, dtype(t), 1}, {"=", 1, dtype(t), 1}}};
    return all;
  }();
  slot slots[2] = {};
  const auto fill = [&](slot& x, const void* data, const strides& st) {
    x.how = path::direct;
    x.type = type;
    x.data = const_cast<void*>(data);
    x.shape = &s;
    x.strides = &st;
    x.name = "";
    x.where = where;
  };
  fill(slots[0], to, to_strides);
  fill(slots[1], from, from_strides);
  stage only[1];
  only[0].program = programs[std::size_t(type)];
  only[0].count = 2;
  plan p{.slots = slots, .stages = only};
  make_plan(p);
  launch(p);
}

std::function<void()> builder_of(const plan& p) {
  kernel_layout l;
  find_layout(p, l);
  kernel& k = kernels().find(p, l);
  return [&k, d = p.slots[0].where] { k.on(d); };
}

void count_image(bool on_disk) { ++(on_disk ? from_disk : compiled); }

}  // namespace gpu

namespace {
// use(plan, layout) for a job that is not run.
template <class Use>
auto with_layout(const job& j, Use use) {
  gpu::check_elementwise(j);
  slot_storage storage(j.bindings);
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs, .in_order = false};
  temporaries aside;
  make_plan(p, aside);
  gpu::kernel_layout l;
  gpu::find_layout(p, l);
  return use(p, l);
}
}  // namespace

std::string cuda_source(const job& j) {
  gpu::check_elementwise(j);
  const shape& s = *j.bindings[0].shape;
  if (s.product() == 0) return "// nothing to do: the output has shape " + to_string(s) + "\n";
  if (gpu::needs_split(j)) {
    std::string text;
    gpu::for_each_part(
        j, false, [&](const job& part) { text += (text.empty() ? "" : "\n") + cuda_source(part); });
    return text;
  }
  return with_layout(
      j, [](const plan& p, const gpu::kernel_layout& l) { return gpu::source_of(p, l); });
}

cuda_kernels cuda_kernel_counts() {
  return {gpu::launched, gpu::printed, gpu::from_disk, gpu::compiled};
}

int cuda_device_count() { return cuda_is_available() ? gpu::device_count() : 0; }

cuda_properties properties_of(device d) {
  devices::require("properties_of", d);
  const gpu::device_state& s = gpu::state_of(d);
  return {s.name, s.bytes, s.major, s.minor, s.multiprocessors};
}

void synchronize(device d) {
  if (d.where != device::type::cuda) return;
  gpu::synchronize_all(d);
}

}  // namespace weft
