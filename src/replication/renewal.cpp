#include "replication/renewal.hpp"

#include <algorithm>

namespace edgemesh::replication {
namespace {

constexpr std::int64_t step_s = membership_term_s / 100;
constexpr std::int64_t others_max = 25;      // who is after them by its key signs together with the last of them
constexpr std::int64_t own_left_s = 5 * step_s;

}  // namespace

std::vector<member> due_for_renewal(std::span<const member> members, const node_key& self, std::int64_t now_s,
                                    const std::function<bool(const node_key&)>& is_here) {
  const auto before_us = std::ranges::count_if(members, [&](const member& m) { return m.role == node_role::full && m.key < self; });
  const auto left_s = membership_term_s / 3 - std::min<std::int64_t>(before_us, others_max) * step_s;
  std::vector<member> due;
  for (const auto& m : members) {
    const bool is_own = m.key == self;
    if (m.not_after - now_s <= (is_own ? own_left_s : left_s) && (is_own || is_here(m.key))) due.push_back(m);
  }
  return due;
}

}  // namespace edgemesh::replication
