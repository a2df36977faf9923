#include "replication/wanted_records.hpp"

#include <algorithm>

namespace edgemesh::replication {

bool wanted_records::ask(std::uint64_t key, const node_key& holder, asked_for why, instant now) {
  const auto here = entries_.find(key);
  if (here != entries_.end() && now < here->second.until) {
    auto& e = here->second;
    const bool is_new = e.asked != holder && std::ranges::find(e.others, holder) == e.others.end();
    if (is_new && e.others.size() < others_max) e.others.push_back(holder);
    return false;
  }
  if (here == entries_.end() && entries_.size() >= entries_max) return false;
  const auto until = now + patience_;
  entries_.insert_or_assign(key, entry{holder, {}, why, until});
  sweep_at_ = std::min(sweep_at_, until);
  return true;
}

std::optional<asked_for> wanted_records::arrived(std::uint64_t key) {
  const auto here = entries_.find(key);
  if (here == entries_.end()) return std::nullopt;
  const auto why = here->second.why;
  entries_.erase(here);
  return why;
}

std::vector<wanted_records::request> wanted_records::take_due(instant now) {
  std::vector<request> requests;
  if (now < sweep_at_) return requests;
  sweep_at_ = instant::max();
  std::map<node_key, std::vector<std::uint64_t>> by_holder;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [key, e] = *at;
    if (now >= e.until && e.others.empty()) {
      at = entries_.erase(at);
      continue;
    }
    if (now >= e.until) {
      e.asked = e.others.back();
      e.others.pop_back();
      e.until = now + patience_;
      by_holder[e.asked].push_back(key);
    }
    sweep_at_ = std::min(sweep_at_, e.until);
    ++at;
  }
  for (auto& [to, keys] : by_holder) requests.push_back({to, std::move(keys)});
  return requests;
}

instant wanted_records::next_due() const noexcept { return entries_.empty() ? instant::max() : sweep_at_; }

}  // namespace edgemesh::replication
