#include "membership/suspicion.hpp"

#include <algorithm>
#include <cmath>

namespace edgemesh::membership {

suspicion_limits suspicion_limits_of(const swim_options& options, std::size_t members, std::size_t witnesses) noexcept {
  const double n = static_cast<double>(std::max<std::size_t>(members, 1));
  const double seconds_min =
      options.suspicion_mult * std::max(1.0, std::log10(n)) * std::chrono::duration<double>(options.probe_interval).count();
  suspicion_limits limits;
  limits.min = nanoseconds(static_cast<std::int64_t>(seconds_min * 1e9));
  limits.max = limits.min * std::max(1, options.suspicion_max_mult);
  // Neither the suspect nor the first accuser confirms.
  const int possible = static_cast<int>(std::min<std::size_t>(witnesses, 1000)) - 2;
  limits.confirmations = std::clamp(possible, 0, std::max(0, options.confirmations));
  return limits;
}

nanoseconds suspicion_time(const suspicion_limits& limits, int confirmations) noexcept {
  if (limits.confirmations <= 0 || confirmations >= limits.confirmations) return limits.min;
  const double share = std::log(confirmations + 1.0) / std::log(limits.confirmations + 1.0);
  const auto span = static_cast<double>((limits.max - limits.min).count());
  return std::max(limits.min, limits.max - nanoseconds(static_cast<std::int64_t>(span * share)));
}

bool suspicion::accuse(const node_key& accuser, bool is_near, instant now) {
  if (std::ranges::find(accusers_, accuser) != accusers_.end()) return false;
  const bool counts_near = is_near && near_accusers_ <= terms_.near.confirmations;
  const bool counts_far = static_cast<int>(accusers_.size()) <= terms_.far.confirmations;
  if (!counts_near && !counts_far) return false;
  if (accusers_.empty()) since_ = looked_ = now;
  if (counts_near && near_accusers_++ == 0) near_since_ = now;
  accusers_.push_back(accuser);
  return true;
}

instant suspicion::deadline() const noexcept {
  const auto end = [this](instant since, const suspicion_limits& limits, int confirmations) {
    return since + std::chrono::duration_cast<instant::duration>(hastened_ ? limits.min : suspicion_time(limits, confirmations));
  };
  const auto far = end(since_, terms_.far, static_cast<int>(accusers_.size()) - 1);
  return near_accusers_ == 0 ? far : std::min(far, end(near_since_, terms_.near, near_accusers_ - 1));
}

bool suspicion::has_accuser_beside(const node_key& who) const noexcept {
  return std::ranges::any_of(accusers_, [&](const node_key& a) { return a != who; });
}

}  // namespace edgemesh::membership
