// weft/device_mirror.cpp: which host memory has a copy on a device, and a bound tree whose operands
// are those copies.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/device_mirror.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "weft/error.hpp"

namespace weft {
namespace {

using memory_span = device_mirror::memory_span;

// Addresses of different objects have an order only as numbers.
std::uintptr_t begin_of(const memory_span& s) { return reinterpret_cast<std::uintptr_t>(s.first); }
std::uintptr_t end_of(const memory_span& s) { return begin_of(s) + s.bytes; }
bool overlap(const memory_span& a, const memory_span& b) {
  return begin_of(a) < end_of(b) && begin_of(b) < end_of(a);
}
bool contains(const memory_span& a, const memory_span& b) {
  return begin_of(a) <= begin_of(b) && end_of(b) <= end_of(a);
}
void* at(const buffer& copy, const memory_span& from, const memory_span& part) {
  return static_cast<std::byte*>(copy.data()) + (begin_of(part) - begin_of(from));
}

memory_span span_of_elements(const void* data, const shape& s, const strides& st,
                             std::size_t bytes) {
  if (s.product() == 0) return {};
  index_t lowest = 0, highest = 0;
  for (std::size_t axis = 0; axis < s.size(); ++axis)
    (st[axis] < 0 ? lowest : highest) += (s[axis] - 1) * st[axis];
  return {static_cast<const std::byte*>(data) + lowest * index_t(bytes),
          std::size_t(highest - lowest + 1) * bytes};
}

buffer copy_to(device where, const memory_span& s) {
  buffer copy = buffer::allocate(s.bytes, where);
  devices::copy_bytes(copy.data(), where, s.first, cpu, s.bytes);
  return copy;
}

}  // namespace

device_mirror::device_mirror(device where) : where_(where) {
  devices::require("device_mirror", where);
}

memory_span device_mirror::span_of(const char* function, device where, const void* data,
                                   const placement& p, std::size_t element_bytes) {
  if (where != cpu)
    throw device_error(std::string(function) + ": the elements are on " + to_string(where) +
                       "; a mirror copies the host's");
  return span_of_elements(data, p.shape, p.strides, element_bytes);
}

void device_mirror::keep(const memory_span& s) {
  if (s.bytes == 0 || where_ == cpu) return;
  if (find(s)) return refresh(s);
  kept_.push_back({s, copy_to(where_, s)});
}

void device_mirror::refresh(const memory_span& s) {
  if (s.bytes == 0 || where_ == cpu) return;
  if (!find(s))
    throw error(
        "device_mirror::refresh: the elements are not kept, or were resized since; keep(x) "
        "them first");
  for (const copied& k : kept_) {
    if (!overlap(k.from, s)) continue;
    const auto first = std::max(begin_of(k.from), begin_of(s));
    const memory_span both{s.first + (first - begin_of(s)),
                           std::min(end_of(k.from), end_of(s)) - first};
    devices::copy_bytes(at(k.to, k.from, both), where_, both.first, cpu, both.bytes);
  }
}

void device_mirror::refresh() {
  for (const copied& k : kept_)
    devices::copy_bytes(k.to.data(), where_, k.from.first, cpu, k.from.bytes);
}

void device_mirror::forget(const memory_span& s) {
  std::erase_if(kept_, [&](const copied& k) { return overlap(k.from, s); });
}

std::size_t device_mirror::bytes() const {
  std::size_t sum = 0;
  for (const copied& k : kept_) sum += k.from.bytes;
  return sum;
}

void* device_mirror::find(const memory_span& s) const {
  for (const copied& k : kept_)
    if (contains(k.from, s)) return at(k.to, k.from, s);
  return nullptr;
}

namespace evaluation {
namespace {

bool is_host_memory(const binding& b) {
  return b.how == path::direct && b.reduction < 0 && b.where == cpu && b.shape->product() > 0;
}
memory_span span_of(const binding& b) {
  return span_of_elements(b.data, *b.shape, *b.strides, size_of(b.type));
}

// A callable is a value with a name; with CUDA text a device can run it.
void refuse_callable(const binding& b, device where) {
  if (b.how == path::value && *b.name && !b.text) devices::require_host("map", where);
}

}  // namespace

moved_job::moved_job(const job& j, const device_mirror& mirror)
    : mirror_(mirror),
      from_(j),
      bindings_(j.bindings.begin(), j.bindings.end()),
      reductions_(j.reductions.begin(), j.reductions.end()) {
  if (mirror.where() == cpu) return;
  const auto each = [&](auto todo) {
    for (binding& b : bindings_) todo(b);
    for (reduction_stage& r : reductions_)
      for (binding& b : r.bindings) todo(b);
  };
  each([&](const binding& b) { refuse_callable(b, mirror.where()); });
  each([&](binding& b) { compute(b); });
  each([&](const binding& b) { note(b); });
  copy_spans();
  each([&](binding& b) { move(b); });
}

job moved_job::get() const { return {bindings_, from_.stages, from_.outputs, reductions_}; }

// The elements of a generator without CUDA text as memory of the host. Axes along which they repeat
// are computed once.
void moved_job::compute(binding& b) {
  if (b.how != path::generated || b.text) return;
  shape distinct = *b.shape;
  for (std::size_t axis = 0; axis < distinct.size(); ++axis)
    if ((*b.strides)[axis] == 0 && distinct[axis] > 0) distinct[axis] = 1;
  placement where{*b.shape, contiguous_strides(distinct), 0};
  for (std::size_t axis = 0; axis < distinct.size(); ++axis)
    if (distinct[axis] == 1) where.strides[axis] = 0;
  const auto bytes = size_of(b.type);
  buffer memory = buffer::allocate(std::size_t(distinct.product()) * bytes, cpu, where);
  const std::size_t last = distinct.size() - 1;
  const index_t row = distinct.empty() ? 1 : distinct[last];
  const index_t rows = row > 0 ? distinct.product() / row : 0;
  auto* to = static_cast<std::byte*>(memory.data());
  for (index_t r = 0; r < rows; ++r, to += index_t(bytes) * row) {
    index_t first = b.first, rest = r;
    for (std::size_t axis = last; axis-- > 0 && rest > 0; rest /= distinct[axis])
      first += rest % distinct[axis] * (*b.strides)[axis];
    b.fill(b.data, to, first, distinct.empty() ? 0 : (*b.strides)[last], row);
  }
  const placement& at = memory.place();
  b = {path::direct, false, b.type, -1, memory.data(), &at.shape, &at.strides, 0, nullptr, ""};
  computed_.push_back(std::move(memory));
}

void moved_job::note(const binding& b) {
  if (!is_host_memory(b)) return;
  const memory_span s = span_of(b);
  if (!mirror_.find(s)) spans_.push_back(s);
}

// Operands that overlap, as the shifted views of a stencil do, have one copy.
void moved_job::copy_spans() {
  std::sort(spans_.begin(), spans_.end(),
            [](const auto& a, const auto& b) { return begin_of(a) < begin_of(b); });
  std::vector<memory_span> joined;
  for (const memory_span& s : spans_) {
    if (!joined.empty() && overlap(joined.back(), s))
      joined.back().bytes = std::max(end_of(joined.back()), end_of(s)) - begin_of(joined.back());
    else
      joined.push_back(s);
  }
  for (const memory_span& s : joined) copies_.push_back({s, copy_to(mirror_.where(), s)});
}

void moved_job::move(binding& b) const {
  if (!is_host_memory(b)) return;
  const memory_span s = span_of(b);
  void* lowest = mirror_.find(s);
  for (const auto& c : copies_)
    if (!lowest && contains(c.from, s)) lowest = at(c.to, c.from, s);
  const auto first = reinterpret_cast<std::uintptr_t>(b.data) - begin_of(s);
  b.data = static_cast<std::byte*>(lowest) + first;
  b.where = mirror_.where();
}

}  // namespace evaluation
}  // namespace weft
