// weft/dlpack.hpp: DLPack, the interchange format of array libraries, both ways, without a copy.
// The structs are declared here from the published specification (versions 1.x, and the older one
// without version and flags), so no header of DLPack's is needed; a pointer to its own structs is
// one to these: from_dlpack(reinterpret_cast<weft::dlpack::managed_tensor*>(p)).
//
//     auto* sent = weft::to_dlpack(x);                        // x's memory, shared
//     auto v = weft::from_dlpack<float>(received);            // received's memory, shared
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/error.hpp"
#include "weft/operand.hpp"
#include "weft/tensor.hpp"
#include "weft/view.hpp"

namespace weft {

/// The format's own types, in its order of members.
namespace dlpack {
enum device_type : std::int32_t { cpu_device = 1, cuda_device = 2 };
struct device_id {
  std::int32_t type, index;
};
struct data_type {
  std::uint8_t code, bits;
  std::uint16_t lanes;
  friend constexpr bool operator==(const data_type&, const data_type&) = default;
};
struct array {
  void* data;
  device_id device;
  std::int32_t ndim;
  data_type type;
  std::int64_t* shape;
  std::int64_t* strides;  // in elements; null: row-major
  std::uint64_t byte_offset;
};
/// The older form, a capsule named "dltensor".
struct managed_tensor {
  array tensor;
  void* context;
  void (*deleter)(managed_tensor*);
};
/// Version 1, a capsule named "dltensor_versioned".
struct managed_tensor_versioned {
  struct {
    std::uint32_t major, minor;
  } version;
  void* context;
  void (*deleter)(managed_tensor_versioned*);
  std::uint64_t flags;
  array tensor;
};
inline constexpr std::uint64_t read_only = 1, is_copied = 2;
inline constexpr std::uint32_t major_version = 1, minor_version = 1;

/// The format's name for an element type, and the way back. Throws dtype_error for what weft lacks:
/// vectors (lanes other than 1) and types of other widths.
constexpr data_type type_of(dtype t);
dtype dtype_of(const data_type& t);
/// The format's name for a device, and the way back. Throws device_error for one that weft lacks.
device_id device_of(weft::device d);
weft::device device_of(const device_id& d);

/// Calls a managed tensor's deleter once.
struct release {
  template <class M>
  void operator()(M* m) const {
    if (m->deleter) m->deleter(m);
  }
};

/// What a managed tensor from weft refers to.
template <class M>
struct sent : recycled {
  M managed;
  buffer owner;
  std::int64_t shape[max_ndim], strides[max_ndim];
};

/// The extents or strides of an array.
inline std::span<const std::int64_t> listed(const std::int64_t* numbers, std::int32_t ndim) {
  return {numbers, std::size_t(ndim)};
}

/// Of a tensor or a view.
template <class M, class V>
M* send(V& v) {
  using T = std::remove_pointer_t<decltype(v.elements())>;
  const weft::shape& extents = v.shape();
  const weft::strides& steps = v.strides();
  auto* s = new sent<M>;
  if constexpr (requires { v.memory(); })
    s->owner = v.memory();
  else
    s->owner = v.owner();
  // All places, of which the first ndim count: a copy of known length is a few instructions.
  std::memcpy(s->shape, extents.begin(), sizeof s->shape);
  std::memcpy(s->strides, steps.begin(), sizeof s->strides);
  s->managed.tensor = {
      extents.product() == 0 ? nullptr : const_cast<std::remove_const_t<T>*>(v.elements()),
      device_of(v.device()),
      extents.ndim(),
      type_of(weft::dtype_of<std::remove_const_t<T>>),
      s->shape,
      s->strides,
      0};
  s->managed.context = s;
  s->managed.deleter = [](M* m) { delete static_cast<sent<M>*>(m->context); };
  return &s->managed;
}

/// Whether an array has elements, which have then been found to suit T. Throws as from_dlpack().
template <class T>
bool check(const array& a) {
  constexpr dtype wanted = weft::dtype_of<std::remove_const_t<T>>;
  if (!(a.type == type_of(wanted))) {
    const dtype found = dtype_of(a.type);
    throw dtype_error("from_dlpack: the elements are " + std::string(name_of(found)) + ", not " +
                      std::string(name_of(wanted)));
  }
  if (a.ndim < 0 || a.ndim > max_ndim)
    throw shape_error("from_dlpack: " + std::to_string(a.ndim) + " axes; weft has at most " +
                      std::to_string(max_ndim));
  // As shapes::check() does, which says what is wrong; one look at the extents finds all.
  index_t bytes = sizeof(T);
  bool has_elements = true, fits = true;
  for (int axis = 0; axis < a.ndim; ++axis) {
    const index_t extent = a.shape[axis];
    has_elements = has_elements && extent != 0;
    fits = fits && extent >= 0 && !__builtin_mul_overflow(bytes, extent > 0 ? extent : 1, &bytes);
  }
  if (!fits) shapes::check("from_dlpack", weft::shape(listed(a.shape, a.ndim)), sizeof(T));
  if (!has_elements) return false;
  if (!a.data)
    throw error("from_dlpack: a null pointer to elements of shape " +
                to_string(weft::shape(listed(a.shape, a.ndim))));
  if ((reinterpret_cast<std::uintptr_t>(a.data) + a.byte_offset) % alignof(T) != 0)
    throw error("from_dlpack: the first element, " + std::to_string(a.byte_offset) +
                " bytes after the data pointer, is not aligned to " + std::to_string(alignof(T)) +
                " bytes; copy the array first");
  return true;
}

/// The placement of an array that has been checked.
inline placement place(const array& a) {
  const auto extents = listed(a.shape, a.ndim);
  if (a.strides) return {weft::shape(extents), weft::strides(listed(a.strides, a.ndim)), 0};
  return {weft::shape(extents), contiguous_strides(weft::shape(extents)), 0};
}
}  // namespace dlpack

/// The elements of a managed tensor as a view that shares its memory and calls its deleter once,
/// when the last view or tree of them has gone. It is taken over even when this throws: dtype_error
/// when its elements are not T, device_error for a device that weft lacks, shape_error for more
/// than 8 axes, error for elements that are not aligned, a major version other than 1, or read-only
/// elements and a T that is not const.
template <class T, class M>
  requires Element<std::remove_const_t<T>> && (std::same_as<M, dlpack::managed_tensor> ||
                                               std::same_as<M, dlpack::managed_tensor_versioned>)
view<T> from_dlpack(M* m) {
  std::unique_ptr<M, dlpack::release> owner(m);
  if constexpr (requires { m->flags; }) {
    if (m->version.major != dlpack::major_version)
      throw error("from_dlpack: version " + std::to_string(m->version.major) + "." +
                  std::to_string(m->version.minor) + " of the format; weft reads version 1");
    if ((m->flags & dlpack::read_only) != 0 && !std::is_const_v<T>)
      throw error("from_dlpack: the elements are read-only; take them as from_dlpack<const T>");
  }
  const dlpack::array& a = m->tensor;
  const weft::device where = dlpack::device_of(a.device);
  T* const first = dlpack::check<T>(a)
                       ? reinterpret_cast<T*>(static_cast<std::byte*>(a.data) + a.byte_offset)
                       : nullptr;
  const auto release = [](void* taken) { dlpack::release()(static_cast<M*>(taken)); };
  return view<T>(
      first, [&a] { return dlpack::place(a); }, where,
      buffer::adopt(a.data, 0, where, release, owner.release()));
}

/// The elements of a tensor or a view as a managed tensor that shares their ownership; whoever
/// receives it calls its deleter once. A view<const T> is marked read-only. A view that only
/// borrows keeps nothing alive. Throws bad_alloc.
template <class X>
  requires Expr<X> && requires(X& x) { x.as_view(); }
dlpack::managed_tensor_versioned* to_dlpack(X&& x) {
  auto* m = dlpack::send<dlpack::managed_tensor_versioned>(x);
  m->version = {dlpack::major_version, dlpack::minor_version};
  m->flags = std::is_const_v<std::remove_pointer_t<decltype(x.elements())>> ? dlpack::read_only : 0;
  return m;
}
/// The same in the older form, which cannot say that elements are read-only, so takes none that
/// are.
template <class X>
  requires Expr<X> && requires(X& x) { x.as_view(); }
dlpack::managed_tensor* to_dlpack_unversioned(X&& x) {
  static_assert(
      !std::is_const_v<std::remove_pointer_t<decltype(x.elements())>>,
      "weft::to_dlpack_unversioned(x): x only reads, which the older form cannot say; use "
      "to_dlpack(x) or weft::copy(x)");
  return dlpack::send<dlpack::managed_tensor>(x);
}

namespace dlpack {
// The codes of the format, and the types that weft has of each.
enum code : std::uint8_t {
  code_int,
  code_uint,
  code_float,
  code_handle,
  code_bfloat,
  code_complex,
  code_bool
};

constexpr data_type type_of(dtype t) {
  const auto bits = std::uint8_t(8 * size_of(t));
  const auto named = [&](code c) { return data_type{c, bits, 1}; };
  if (t == dtype::boolean) return named(code_bool);
  if (t == dtype::bfloat16) return named(code_bfloat);
  if (t <= dtype::int64) return named(code_int);
  if (t <= dtype::uint64) return named(code_uint);
  return named(t <= dtype::float64 ? code_float : code_complex);
}
inline dtype dtype_of(const data_type& t) {
  if (t.lanes != 1)
    throw dtype_error("from_dlpack: elements of " + std::to_string(t.lanes) +
                      " lanes; weft takes one number an element, so move the lanes to an axis");
  for (auto candidate = int(dtype::boolean); candidate <= int(dtype::complex128); ++candidate) {
    const data_type known = type_of(dtype(candidate));
    if (known.code == t.code && known.bits == t.bits) return dtype(candidate);
  }
  throw dtype_error("from_dlpack: elements of code " + std::to_string(t.code) + " and " +
                    std::to_string(t.bits) + " bits; weft has no such type, so cast them first");
}
inline device_id device_of(weft::device d) {
  return {d.where == weft::device::type::cuda ? cuda_device : cpu_device,
          d.where == weft::device::type::cuda ? d.index : 0};
}
inline weft::device device_of(const device_id& d) {
  if (d.type == cpu_device) return weft::cpu;
  if (d.type != cuda_device)
    throw device_error("from_dlpack: the array is on a device of type " + std::to_string(d.type) +
                       "; weft takes the host's memory (1) and CUDA's (2)");
  devices::require("from_dlpack", weft::cuda(d.index));
  return weft::cuda(d.index);
}
}  // namespace dlpack

}  // namespace weft
