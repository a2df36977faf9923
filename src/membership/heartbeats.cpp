#include "membership/heartbeats.hpp"

#include <algorithm>
#include <utility>

namespace edgemesh::membership {

bool heartbeats::is_overdue(const state& s, const way& w, instant now) const {
  if (s.oldest_unanswered == s.next) return false;
  const auto oldest = std::max(s.oldest_unanswered, s.next > remembered ? s.next - remembered : 0);
  const auto patience = options_.interval * options_.missed_max + 2 * w.round_trip.value_or(options_.round_trip_unmeasured);
  return now - s.sent[oldest % remembered] >= patience;
}

void heartbeats::send(const node_key& peer, state& s, instant now, round& r) const {
  if (s.next == UINT32_MAX) s.next = s.oldest_unanswered = first_sequence;
  s.sent[s.next % remembered] = now;
  r.beats.push_back({peer, s.next++});
}

heartbeats::round heartbeats::tick(instant now, const std::function<way(const node_key&)>& look) {
  round r;
  // Who slept itself, or was held up, heard nobody: that is no silence of theirs.
  const bool has_slept = last_tick_ == instant{} || now - last_tick_ > 2 * options_.interval;
  last_tick_ = now;
  bool is_any_asked = false;
  for (auto& [peer, s] : links_) {
    const auto w = look(peer);
    if (has_slept) s.oldest_unanswered = s.next;
    if (!w.is_busy && !s.is_silent) {
      s.oldest_unanswered = s.next;
      continue;
    }
    is_any_asked = true;
    if (!s.is_silent && is_overdue(s, w, now)) {
      s.is_silent = true;
      r.silent.push_back(peer);
    }
    send(peer, s, now, r);
  }
  idle_ = is_any_asked ? 0 : idle_ + 1;
  r.goes_on = idle_ < options_.idle_ticks;
  if (!r.goes_on) idle_ = 0;
  return r;
}

bool heartbeats::answered(const node_key& peer, std::uint32_t sequence) {
  const auto at = links_.find(peer);
  if (at == links_.end()) return false;
  auto& s = at->second;
  if (sequence < first_sequence || sequence >= s.next) return false;
  s.oldest_unanswered = std::max(s.oldest_unanswered, sequence + 1);
  return std::exchange(s.is_silent, false);
}

}  // namespace edgemesh::membership
