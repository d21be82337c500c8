// weft/cuda/prepare.cpp: kernels that are compiled before they are needed.
// SPDX-License-Identifier: BSD-3-Clause
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "weft/cuda.hpp"
#include "weft/cuda/background.hpp"
#include "weft/cuda/run.hpp"
#include "weft/cuda/split.hpp"

namespace weft {

/// How many are still to be compiled, and what went wrong first.
struct gpu::compilations {
  std::mutex lock;
  std::condition_variable done;
  int left = 0;
  std::exception_ptr problem;
};

namespace {

// One compilation that is under way, until it is destroyed.
class ticket {
 public:
  explicit ticket(std::shared_ptr<gpu::compilations> one_of) : all_(std::move(one_of)) {
    const std::lock_guard guard(all_->lock);
    ++all_->left;
  }
  ~ticket() {
    const std::lock_guard guard(all_->lock);
    --all_->left;
    all_->done.notify_all();
  }
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;
  void failed(std::exception_ptr e) {
    const std::lock_guard guard(all_->lock);
    if (!all_->problem) all_->problem = std::move(e);
  }

 private:
  std::shared_ptr<gpu::compilations> all_;
};

}  // namespace

prepared::prepared() : all_(std::make_shared<gpu::compilations>()) {}

void prepared::add(const job& j) {
  const device d = j.bindings[0].where;
  if (d.where != device::type::cuda || j.bindings[0].shape->product() == 0) return;
  devices::require("prepare", d);
  gpu::check_elementwise(j);
  if (gpu::needs_split(j)) {
    gpu::for_each_part(j, false, [&](const job& part) { add(part); });
    return;
  }
  slot_storage storage(j.bindings);
  plan p{.slots = storage.slots(), .stages = j.stages, .outputs = j.outputs, .in_order = false};
  temporaries aside;
  make_plan(p, aside);
  gpu::in_background([build = gpu::builder_of(p), mine = std::make_shared<ticket>(all_)] {
    try {
      build();
    } catch (...) {
      mine->failed(std::current_exception());
    }
  });
}

bool prepared::is_done() const {
  const std::lock_guard guard(all_->lock);
  return all_->left == 0;
}

void prepared::wait() const {
  std::unique_lock guard(all_->lock);
  all_->done.wait(guard, [&] { return all_->left == 0; });
  if (all_->problem) std::rethrow_exception(all_->problem);
}

}  // namespace weft
