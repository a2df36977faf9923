#include "tests/sim/watcher.hpp"

namespace edgemesh::sim {
namespace {

std::string who(std::uint32_t observer, std::uint32_t subject) {
  return "node " + std::to_string(observer) + " about node " + std::to_string(subject) + ": ";
}

}  // namespace

void watcher::changed(std::uint32_t observer, std::uint32_t subject, state from, state to, std::uint64_t incarnation) {
  const auto at = observer * count_ + subject;
  ++changes_;
  if (states_[at] != from) violate(who(observer, subject) + "a change begins where the last one did not end");
  if (incarnation < incarnations_[at])
    violate(who(observer, subject) + "incarnation fell from " + std::to_string(incarnations_[at]) + " to " + std::to_string(incarnation));
  if (from == state::left && to != state::dead && incarnation <= incarnations_[at]) violate(who(observer, subject) + "a node that left came back");
  if (from == state::dead && to != state::dead && incarnation <= incarnations_[at])
    violate(who(observer, subject) + "a dead node came back in the incarnation in which it died");
  if (from == state::dead) --dead_views_[subject];
  if (to == state::dead) ++dead_views_[subject];
  states_[at] = to;
  incarnations_[at] = incarnation;
}

void watcher::buried_alive(std::uint32_t observer, std::uint32_t subject, std::uint64_t incarnation) {
  if (false_deaths_.size() < 1'000'000) false_deaths_.push_back({observer, subject, incarnation});
}

void watcher::forgot_everything(std::uint32_t observer) {
  for (std::uint32_t subject = 0; subject < count_; ++subject) {
    const auto at = observer * count_ + subject;
    if (states_[at] == state::dead) --dead_views_[subject];
    states_[at] = state::unknown;
    incarnations_[at] = 0;
  }
}

void watcher::violate(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

}  // namespace edgemesh::sim
