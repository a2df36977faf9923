#include "membership/accuser_credit.hpp"

#include <algorithm>
#include <cmath>

namespace edgemesh::membership {

double accuser_credit::faded::now(instant t) const noexcept {
  if (value == 0 || t <= at) return value;
  return value * std::exp2(-std::chrono::duration<double>(t - at).count() / std::chrono::duration<double>(half_life).count());
}

void accuser_credit::refuted(const node_key& accuser, const node_key& subject, instant now) {
  history& h = by_accuser_[accuser];
  const auto known = std::ranges::find(h.pauses, subject, &pause::subject);
  if (known != h.pauses.end() && now < known->until + half_life) {
    known->until = now + same_subject_pause;  // a subject that flaps by itself costs its accusers one strike, not one each time
    return;
  }
  h.pauses[h.next] = {subject, now + same_subject_pause};
  h.next = (h.next + 1) % h.pauses.size();
  h.strikes = {h.strikes.now(now) + 1, now};
  total_ = {total_.now(now) + 1, now};
}

bool accuser_credit::is_heard(const node_key& accuser, const node_key& subject, std::size_t members, instant now) const {
  const auto found = by_accuser_.find(accuser);
  if (found == by_accuser_.end()) return true;
  const history& h = found->second;
  if (std::ranges::any_of(h.pauses, [&](const pause& p) { return p.subject == subject && now < p.until; })) return false;
  const double strikes = h.strikes.now(now);
  const double others = std::max(0.0, total_.now(now) - strikes) / static_cast<double>(std::max<std::size_t>(members, 3) - 2);
  return strikes < strikes_max - 0.5 || strikes < times_the_others * others;
}

}  // namespace edgemesh::membership
