// tests/cuda/fork_test.cpp: fork() after CUDA was used. The driver's threads stay with the parent;
// the child gets errors that say so, frees its tensors and ends, and the parent knows nothing of
// it.
// SPDX-License-Identifier: BSD-3-Clause
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

namespace {

struct child_end {
  std::string said;
  int status = -1;
};

// What a child says, which ends as programs do, after `work` has given it the words.
template <class F>
child_end in_child(F work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string words = work();
    const bool written = write(ends[1], words.data(), words.size()) == ssize_t(words.size());
    std::exit(written ? 0 : 1);
  }
  close(ends[1]);
  child_end e;
  char some[512];
  for (ssize_t n; (n = read(ends[0], some, sizeof some)) > 0;) e.said.append(some, std::size_t(n));
  close(ends[0]);
  waitpid(child, &e.status, 0);
  return e;
}

constexpr const char* forked =
    "this process was made by fork() after its parent had begun to use CUDA, which they cannot "
    "share; use it in one of them only, or start the other with exec()";

}  // namespace

TEST_CASE("a child of fork() is told that CUDA stayed with its parent, which goes on") {
  const tensor<float> here = counting({40});
  std::optional<tensor<float>> x = here.to(cuda(0)), y = *x * 2;  // and still under way
  prepare(*x - 3.25f);                                            // a thread compiles
  const auto live = memory_of(cuda(0)).in_use;
  const child_end child = in_child([&] {
    std::string words = cuda_is_available() ? "available\n" : cuda_unavailable_reason() + "\n";
    const auto add = [&](auto f) { words += message(f) + "\n"; };
    add([&] { *y = *x * 2; });             // a kernel that is known
    add([&] { *y = sqrt(*x) * 2 - *x; });  // a new one
    add([&] { x->to(cpu); });
    add([&] { here.to(cuda(1)); });
    add([&] { tensor<float>(shape{3}, cuda(0)); });
    add([&] { synchronize(cuda(0)); });
    add([&] { prepare(*x + 4.5f); });
    add([&] { stream(); });
    y.reset();
    x.reset();
    return words + to_string(here(range(0, 2)) + 1);
  });
  CHECK(child.status == 0);
  INFO(child.said);
  std::size_t lines = 0, named = 0;
  for (std::size_t at = 0; at < child.said.size(); ++lines) {
    const std::size_t end = std::min(child.said.find('\n', at), child.said.size());
    named += child.said.substr(at, end - at).find(forked) != std::string::npos;
    at = end + 1;
  }
  CHECK(lines == 10);
  CHECK(named == 9);
  CHECK_THAT(child.said,
             ContainsSubstring("; use weft::cpu") && Catch::Matchers::EndsWith("tensor([2., 3.])"));

  // The parent has lost nothing, and compiles, allocates and copies as before.
  CHECK(same(*y, here * 2));
  CHECK(memory_of(cuda(0)).in_use == live);
  CHECK(same(*x - 3.25f, here - 3.25f));
  CHECK(same(cbrt(*x) * 0 + *x, here));
  x.reset();
  y.reset();
  CHECK(memory_of(cuda(0)).in_use < live);
}

TEST_CASE("a child that uses only the host need not know of its parent's devices") {
  const tensor<float> x = counting({40}).to(cuda(0)), here = counting({5});
  const child_end child = in_child([&] { return to_string(sum(here * 2)); });
  CHECK(child.status == 0);
  CHECK(child.said == to_string(sum(here * 2)));
  CHECK(same(x + 1, counting({40}) + 1));
}
