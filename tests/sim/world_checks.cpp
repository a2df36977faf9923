// What the world checks while it runs.
#include <string>

#include "tests/sim/world.hpp"

namespace edgemesh::sim {

using membership::member_state;

void world::note(std::uint32_t observer, const membership::state_changed& c) {
  const auto subject = index_.at(c.who);
  trace(c.incarnation ^ (static_cast<std::uint64_t>(c.to) << 56) ^ subject);
  seen_.changed(observer, subject, c.from, c.to, c.incarnation);
  const sim_node& s = nodes_[subject];
  if (c.incarnation > s.highest_incarnation)
    seen_.violate("node " + std::to_string(subject) + " is held to have an incarnation that it never signed");
  if (!s.is_running()) return;
  const bool can_talk = !net_.is_cut(observer, subject) && !net_.is_cut(subject, observer);
  if (c.to == member_state::dead && can_talk && s.is_awake(now_) && c.incarnation >= s.first_incarnation)
    seen_.buried_alive(observer, subject, c.incarnation);
}

std::size_t world::running() const noexcept {
  std::size_t count = 0;
  for (const auto& n : nodes_) count += n.is_running();
  return count;
}

bool world::knows_present_life(std::uint32_t observer, std::uint32_t subject) const {
  const sim_node& s = nodes_[subject];
  if (seen_.incarnation(observer, subject) >= s.first_incarnation) return true;
  // A life that follows another one without a death between them is no change of state, so the watcher did not hear of it.
  return nodes_[observer].life->member(s.keys.own_key())->incarnation >= s.first_incarnation;
}

bool world::are_views_equal(bool counts_lives) const {
  for (std::uint32_t observer = 0; observer < nodes_.size(); ++observer) {
    if (!nodes_[observer].is_running()) continue;
    for (std::uint32_t subject = 0; subject < nodes_.size(); ++subject) {
      if (subject == observer) continue;
      const auto held = seen_.held(observer, subject);
      const sim_node& s = nodes_[subject];
      if (s.is_running() ? held != member_state::alive || (counts_lives && !knows_present_life(observer, subject))
                         : held == member_state::alive || held == member_state::suspect)
        return false;
    }
  }
  return true;
}

/// Nobody may be stuck: long after the last fault, who runs is alive to all who run.
void world::check_settled() {
  if (options_.settles_within.count() == 0 || now_ < last_fault_ + options_.settles_within.count()) return;
  for (std::uint32_t observer = 0; observer < nodes_.size(); ++observer) {
    if (!nodes_[observer].is_running()) continue;
    for (std::uint32_t subject = 0; subject < nodes_.size(); ++subject) {
      if (subject == observer || !nodes_[subject].is_running()) continue;
      const auto held = seen_.held(observer, subject);
      if (held == member_state::alive || held == member_state::left) continue;
      seen_.violate("node " + std::to_string(observer) + " holds node " + std::to_string(subject) + " " +
                    std::string(name_of(held)) + " long after the last fault");
    }
  }
}

}  // namespace edgemesh::sim
