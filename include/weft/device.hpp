// weft/device.hpp: where bytes live. Two operands on different devices never meet silently.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft {

/// A place for data: the host's memory or one CUDA device. Prints as `cpu` or `cuda:0`.
struct device {
  enum class type : std::int32_t { any, cpu, cuda };
  type where = type::cpu;
  int index = 0;

  // As one number: every node of every tree compares devices.
  friend constexpr bool operator==(const device& a, const device& b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  }
};

/// The host's memory.
inline constexpr device cpu{device::type::cpu, 0};

/// What scalars and rank-0 CPU tensors have: they mix with every device.
inline constexpr device any_device{device::type::any, 0};

/// Where a result goes whose operands agree on `d`: the host when they mix with every device.
constexpr device result_device(device d) { return d == any_device ? cpu : d; }

/// CUDA device `index`, counted from 0 as the driver does.
constexpr device cuda(int index = 0) { return {device::type::cuda, index}; }

/// `cpu`, `cuda:1`, or `any` for a scalar.
std::string to_string(device d);

/// The device of a name as PyTorch writes it: `cpu`, `cuda` (the first one) or `cuda:1`. Throws
/// device_error for anything else.
device parse_device(std::string_view name);

/// Whether kernels can run on a CUDA device here.
bool cuda_is_available();

/// Why `cuda_is_available()` is false; empty when it is true.
std::string cuda_unavailable_reason();

namespace devices {
/// Throws `device_error` unless memory can be had on `d`. `function` opens the message.
void require(const char* function, device d);
/// Throws the `device_error` of what only the host can compute, when its operands are elsewhere.
[[noreturn]] void host_only(const char* function, device d);
inline void require_host(const char* function, device d) {
  if (d.where == device::type::cuda) host_only(function, d);
}
/// Copies bytes between the host and devices; waits for what is being computed there.
void copy_bytes(void* to, device to_where, const void* from, device from_where, std::size_t bytes);
/// Throws the `device_error` of an operation whose operands are on two devices.
[[noreturn]] void mixed(const char* function, device a, device b);
}  // namespace devices

}  // namespace weft
