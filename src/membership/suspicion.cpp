#include "membership/suspicion.hpp"

#include <algorithm>
#include <cmath>

namespace edgemesh::membership {

suspicion_limits suspicion_limits_of(const swim_options& options, std::size_t members) noexcept {
  const double n = static_cast<double>(std::max<std::size_t>(members, 1));
  const double seconds_min =
      options.suspicion_mult * std::max(1.0, std::log10(n)) * std::chrono::duration<double>(options.probe_interval).count();
  suspicion_limits limits;
  limits.min = nanoseconds(static_cast<std::int64_t>(seconds_min * 1e9));
  limits.max = limits.min * std::max(1, options.suspicion_max_mult);
  // Neither the suspect nor the first accuser confirms.
  const int possible = static_cast<int>(std::min<std::size_t>(members, 1000)) - 2;
  limits.confirmations = std::clamp(possible, 0, std::max(0, options.confirmations));
  return limits;
}

nanoseconds suspicion_time(const suspicion_limits& limits, int confirmations) noexcept {
  if (limits.confirmations <= 0 || confirmations >= limits.confirmations) return limits.min;
  const double share = std::log(confirmations + 1.0) / std::log(limits.confirmations + 1.0);
  const auto span = static_cast<double>((limits.max - limits.min).count());
  return std::max(limits.min, limits.max - nanoseconds(static_cast<std::int64_t>(span * share)));
}

suspicion::suspicion(const node_key& accuser, instant since, suspicion_limits limits) : since_(since), limits_(limits) {
  accusers_.push_back(accuser);
}

bool suspicion::confirm(const node_key& accuser) {
  if (std::ranges::find(accusers_, accuser) != accusers_.end()) return false;
  if (static_cast<int>(accusers_.size()) > limits_.confirmations) return false;
  accusers_.push_back(accuser);
  return true;
}

instant suspicion::deadline() const noexcept {
  const auto time = hastened_ ? limits_.min : suspicion_time(limits_, static_cast<int>(accusers_.size()) - 1);
  return since_ + std::chrono::duration_cast<instant::duration>(time);
}

bool suspicion::has_accuser_beside(const node_key& who) const noexcept {
  return std::ranges::any_of(accusers_, [&](const node_key& a) { return a != who; });
}

}  // namespace edgemesh::membership
