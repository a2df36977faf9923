#include "net/lending.hpp"

#include <algorithm>

namespace edgemesh::net {

void lending::lend_to(const std::set<node_key>& borrowers) {
  for (auto& [key, b] : borrowers_) b.is_wanted = borrowers.contains(key);
  for (const auto& key : borrowers) {
    const auto [at, is_new] = borrowers_.try_emplace(key);
    if (is_new) at->second.pauses = resilience::backoff(options_.pauses);
    if (!at->second.is_wanted) at->second.not_before = {};
    at->second.is_wanted = true;
  }
  std::erase_if(borrowers_, [](const auto& b) { return !b.second.is_wanted && b.second.all() == 0; });
}

void lending::renew() {
  for (auto& [_, l] : loans_) {
    auto& b = borrowers_.at(l.to);
    --count_of(b, l, l.is);
    l.is_former = true;
    ++count_of(b, l, l.is);
  }
  for (auto& [_, b] : borrowers_) b.not_before = {};  // whoever refused the key before has not seen this one
}

int lending::lacking(const borrower& b) const {
  if (!b.is_wanted) return 0;
  const int spares = std::clamp(b.busy, options_.spares_min, options_.spares_max) - b.spare - b.dialling;
  const int room = options_.lent_max - b.all();
  return std::max(0, std::min({spares, room, options_.dials_max - b.dialling}));
}

std::vector<lending::order> lending::due(instant now) {
  std::vector<order> orders;
  for (auto& [key, b] : borrowers_) {
    if (b.not_before > now) continue;
    for (int n = lacking(b); n > 0; --n) {
      loans_[++last_] = {key, phase::dialling, now};
      ++b.dialling;
      orders.push_back({key, last_});
    }
  }
  return orders;
}

instant lending::next(instant now) const {
  auto soonest = instant::max();
  for (const auto& [_, b] : borrowers_)
    if (lacking(b) > 0) soonest = std::min(soonest, std::max(b.not_before, now));
  return soonest;
}

int& lending::count_of(borrower& b, const loan& l, phase p) {
  if (l.is_former) return p == phase::dialling ? b.former_dialling : b.former;
  return p == phase::dialling ? b.dialling : p == phase::spare ? b.spare : b.busy;
}

void lending::enter(loan& l, phase p) {
  auto& b = borrowers_.at(l.to);
  --count_of(b, l, l.is);
  ++count_of(b, l, p);
  l.is = p;
}

void lending::opened(std::uint64_t loan, instant now) {
  const auto at = loans_.find(loan);
  if (at == loans_.end() || at->second.is != phase::dialling) return;
  at->second.since = now;
  enter(at->second, phase::spare);
}

void lending::failed(std::uint64_t loan, instant now) {
  const auto at = loans_.find(loan);
  if (at == loans_.end()) return;
  auto& b = borrowers_.at(at->second.to);
  if (b.not_before <= now) b.not_before = now + b.pauses.next(rng_);  // dials of one moment count as one
  forget(at);
}

void lending::taken(std::uint64_t loan) {
  const auto at = loans_.find(loan);
  if (at == loans_.end() || at->second.is != phase::spare) return;
  at->second.was_used = true;
  borrowers_.at(at->second.to).pauses.reset();
  enter(at->second, phase::busy);
}

void lending::idle(std::uint64_t loan) {
  const auto at = loans_.find(loan);
  if (at != loans_.end() && at->second.is == phase::busy) enter(at->second, phase::spare);
}

void lending::closed(std::uint64_t loan, instant now) {
  const auto at = loans_.find(loan);
  if (at == loans_.end()) return;
  const bool is_refusal = !at->second.was_used && !at->second.is_former && now - at->second.since < options_.proven;
  if (is_refusal) return failed(loan, now);
  borrowers_.at(at->second.to).pauses.reset();
  forget(at);
}

void lending::forget(loan_at at) {
  const auto borrower = borrowers_.find(at->second.to);
  --count_of(borrower->second, at->second, at->second.is);
  const auto& b = borrower->second;
  if (!b.is_wanted && b.all() == 0) borrowers_.erase(borrower);
  loans_.erase(at);
}

std::vector<node_key> lending::lent_to() const {
  std::vector<node_key> all;
  for (const auto& [key, b] : borrowers_)
    if (b.spare + b.busy + b.former > 0) all.push_back(key);
  return all;
}

int lending::open_to(const node_key& borrower) const {
  const auto at = borrowers_.find(borrower);
  return at == borrowers_.end() ? 0 : at->second.spare + at->second.busy + at->second.former;
}

}  // namespace edgemesh::net
