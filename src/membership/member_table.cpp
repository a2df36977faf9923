#include "membership/member_table.hpp"

#include <algorithm>

namespace edgemesh::membership {

member_entry* member_table::add(const node_key& key) {
  const auto [place, is_new] = entries_.try_emplace(key);
  if (!is_new) return nullptr;
  place->second.key = key;
  order_.push_back(&place->second);
  ++unknown_;
  return &place->second;
}

void member_table::erase(const node_key& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  count(found->second, std::size_t(-1));
  std::erase(suspects_, &found->second);
  const auto place = std::ranges::find(order_, &found->second);
  *place = order_.back();
  order_.pop_back();
  entries_.erase(found);
}

void member_table::set_state(member_entry& m, member_state to, instant now) {
  if (m.state == to) return;
  count(m, std::size_t(-1));
  if (m.state == member_state::suspect) std::erase(suspects_, &m);
  if (m.state == member_state::unknown) m.first_known = now;
  m.state = to;
  m.since = now;
  if (to == member_state::suspect) suspects_.push_back(&m);
  count(m, 1);
}

void member_table::count(const member_entry& m, std::size_t by) {
  if (m.is_living()) living_ += by;
  if (m.state == member_state::unknown) unknown_ += by;
  if (m.state == member_state::dead) dead_ += by;
}

}  // namespace edgemesh::membership
