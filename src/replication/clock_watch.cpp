#include "replication/clock_watch.hpp"

#include <algorithm>
#include <vector>

#include "proto/limits.hpp"

namespace edgemesh::replication {
namespace {

std::int64_t ms_of(instant t) noexcept { return std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count(); }
std::int64_t bounded(std::int64_t wall_ms) noexcept { return std::clamp<std::int64_t>(wall_ms, 0, proto::wall_ms_max); }

}  // namespace

void clock_watch::sample(const node_key& peer, std::int64_t wall_ms, microseconds round_trip, instant now) {
  if (bases_.size() >= peers_max && !bases_.contains(peer))
    bases_.erase(std::ranges::min_element(bases_, {}, [](const auto& b) { return b.second.at; }));
  const auto half = std::chrono::duration_cast<milliseconds>(round_trip).count() / 2;
  bases_.insert_or_assign(peer, base{bounded(wall_ms) + half - ms_of(now), now});
}

std::optional<std::int64_t> clock_watch::median_base() const {
  std::vector<std::int64_t> all;
  for (const auto& [peer, b] : bases_) all.push_back(b.ms);
  std::ranges::sort(all);
  const auto count = all.size();
  if (count < 2 || (count == 2 && all[1] - all[0] > off_ms)) return std::nullopt;
  return count % 2 == 1 ? all[count / 2] : all[count / 2 - 1] + (all[count / 2] - all[count / 2 - 1]) / 2;
}

clock_watch::verdict clock_watch::look(std::int64_t own_wall_ms, instant now) {
  std::erase_if(bases_, [&](const auto& b) { return now - b.second.at > sample_life; });
  verdict v;
  v.peers = bases_.size();
  const auto was_off = is_off_;
  if (const auto median = median_base()) {
    v.offset_ms = *median - (bounded(own_wall_ms) - ms_of(now));
    const auto distance = *v.offset_ms < 0 ? -*v.offset_ms : *v.offset_ms;
    is_off_ = is_off_ ? distance >= right_again_ms : distance > off_ms;
  } else {
    is_off_ = false;
  }
  v.is_off = is_off_;
  v.has_changed = is_off_ != was_off;
  return v;
}

}  // namespace edgemesh::replication
