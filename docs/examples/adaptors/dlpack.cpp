// docs/examples/adaptors/dlpack.cpp: DLPack's structs; quoted in docs/adaptors.md.
// SPDX-License-Identifier: BSD-3-Clause
#include <weft/dlpack.hpp>
#include <weft/weft.hpp>

int main() {
  auto* sent = weft::to_dlpack(weft::tensor<float>{1, 2, 3});  // shares the tensor's memory

  auto received = weft::from_dlpack<float>(sent);  // so does this, and calls the deleter once
  received *= 2;
  return received(2) == 6 ? 0 : 1;
}
