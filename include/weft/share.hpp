// weft/share.hpp: a sub-expression that stands in a tree several times and is computed once.
// Each becomes a stage of its own, whose kernel leaves a tile in the L1 cache for the others.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>

#include "weft/cpu/loop.hpp"
#include "weft/functions.hpp"

namespace weft {

/// A tree whose elements are computed once for all places where copies of it stand.
template <class E>
class shared : public lazy<shared<E>> {
  using stored = compute_t<typename E::value_type>;

 public:
  using value_type = typename E::value_type;
  static constexpr int slot_count = 1;
  using kernel_form = kernel::in<stored>;

  explicit shared(std::shared_ptr<const E> tree) : tree_(std::move(tree)) {}

  /// A tree in memory that its copies share.
  template <class Tree>
  static std::shared_ptr<const Tree> kept(Tree tree) {
    return std::allocate_shared<const Tree>(recycled_allocator<Tree>(), std::move(tree));
  }

  const weft::shape& shape() const { return tree_->shape(); }
  device operand_device() const { return tree_->operand_device(); }

  void bind(binder& b) const { b.shared(dtype_of<stored>, find_or_add_stage(b.pool)); }

  auto rearranged(rearrangement& r) const {
    using Moved = decltype(tree_->rearranged(r));
    for (const auto& [before, after] : r.shared)
      if (before == tree_.get()) return shared<Moved>(std::static_pointer_cast<const Moved>(after));
    auto moved = kept(tree_->rearranged(r));
    r.shared.emplace_back(tree_.get(), moved);
    return shared<Moved>(std::move(moved));
  }

 private:
  int find_or_add_stage(binding_pool& pool) const {
    for (std::size_t k = 0; k < pool.stages().size(); ++k)
      if (pool.stages()[k].identity == tree_.get()) return int(k);
    using form = kernel::out<stored, typename E::kernel_form>;
    constexpr int count = 1 + E::slot_count;
    const stage s{.kernel = &kernel::loop<count, form>,
                  .paced = kernel::paced<trees::has_paces<E>, form>,
                  .program = kernel::program<form>::code,
                  .begin = pool.extend(count),
                  .count = count,
                  .identity = tree_.get(),
                  .type = dtype_of<stored>,
                  .cost = kernel::cost_of(kernel::program<form>::code),
                  .lanes = kernel::lanes<form>,
                  .line = kernel::line_lanes<form>,
                  .round = kernel::round_lanes<form>};
    binder inner(pool, std::size_t(s.begin));
    inner.shared(s.type, -1);
    trees::bind(*tree_, inner);
    pool.stages().push_back(s);
    return int(pool.stages().size()) - 1;
  }

  std::shared_ptr<const E> tree_;
};

namespace trees {
template <class E>
inline constexpr bool has_paces<shared<E>> = false;
}  // namespace trees

/// Marks a sub-expression that is used several times: `auto s = share(exp(x)); y = s / (1 + s);`
/// computes exp once per element of the whole tree. Same shape, dtype and values as e; throws
/// bad_alloc. A tensor or a view is returned as it is, since reading it twice costs nothing.
template <class E>
  requires Operands<E>
auto share(E&& e) {
  auto tree = trees::as_tree(std::forward<E>(e));
  using Tree = decltype(tree);
  if constexpr (requires { tree.owner(); })
    return tree;
  else
    return shared<Tree>(shared<Tree>::kept(std::move(tree)));
}

}  // namespace weft
