// weft/binder.cpp: what each kind of leaf is written down as.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/binder.hpp"

#include <utility>

namespace weft {
namespace {

binding of_value(dtype type, const void* data, const char* name, const generator_text* text) {
  return {path::value, false, type, -1,  const_cast<void*>(data), nullptr, nullptr, 0,
          nullptr,     name,  cpu,  text};
}

binding of_memory(dtype type, const buffer& tensor) {
  const placement& p = tensor.place();
  return {path::direct,  tensor.row_major(), type, -1,      tensor.data(),
          &p.shape,      &p.strides,         0,    nullptr, "",
          tensor.where()};
}

binding of_memory(dtype type, const window& view) {
  const placement& p = view.place;
  return {path::direct, false, type,    -1, view.data, &p.shape,
          &p.strides,   0,     nullptr, "", view.where};
}

}  // namespace

int binding_pool::extend(int count) {
  recycled_vector<binding>& all = lists().grown;
  if (all.empty()) all.assign(bindings.begin(), bindings.end());
  const auto begin = all.size();
  all.resize(begin + std::size_t(count));
  bindings = all;
  return int(begin);
}

void binding_pool::move_to(reduction_stage& s) {
  if (!lists_) return;
  if (!lists_->grown.empty()) s.bindings = std::move(lists_->grown);
  s.stages = std::move(lists_->stages);
}

job binding_pool::get(const stage& main, int outputs) {
  if (!lists_) return {bindings, {&main, 1}, outputs};
  if (lists_->stages.empty()) return {bindings, {&main, 1}, outputs, lists_->reductions};
  lists_->stages.push_back(main);
  return {bindings, lists_->stages, outputs, lists_->reductions};
}

void binder::generated(dtype type, const void* state, const placement& p, fill_function fill,
                       const char* name, const generator_text* text) {
  push({path::generated, false, type, -1, const_cast<void*>(state), &p.shape, &p.strides, p.offset,
        fill, name, cpu, text});
}

void binder::reduced(dtype type, const placement& p, int reduction) {
  push({path::direct, false, type, -1, nullptr, &p.shape, &p.strides, p.offset, nullptr, "", cpu,
        nullptr, reduction});
}

void binder::shared(dtype type, int stage) {
  push({path::shared, false, type, stage, nullptr, nullptr, nullptr, 0, nullptr, ""});
}

void binder::value(dtype type, const void* data, const char* name, const generator_text* text) {
  push(of_value(type, data, name, text));
}
void binder::memory(dtype type, const buffer& tensor) { push(of_memory(type, tensor)); }
void binder::memory(dtype type, const window& view) { push(of_memory(type, view)); }

void binder::leaves(std::span<const leaf_kind> kinds, const void* const* leaves) {
  using is = leaf_kind::is;
  for (const leaf_kind& k : kinds) {
    const void* const leaf = *leaves++;
    switch (k.what) {
      case is::tensor:
        push(of_memory(k.type, *static_cast<const buffer*>(leaf)));
        break;
      case is::view:
        push(of_memory(k.type, *static_cast<const window*>(leaf)));
        break;
      case is::value:
        push(of_value(k.type, leaf, "", nullptr));
        break;
      case is::reduction:
      case is::other:
        k.bind(leaf, *this);
        break;
    }
  }
}

}  // namespace weft
