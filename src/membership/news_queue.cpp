#include "membership/news_queue.hpp"

#include <algorithm>

namespace edgemesh::membership {

int retransmits_of(int mult, std::size_t members) noexcept {
  int digits = 0;  // ceil(log10(n + 1)) without rounding errors
  for (std::size_t n = members; n > 0; n /= 10) ++digits;
  return mult * std::max(1, digits);
}

void news_queue::add(const node_key& subject) {
  live_[subject] = ++generation_;
  if (told_.empty()) told_.emplace_back();
  told_.front().push_back({subject, generation_});
  if (++tokens_ > 2 * live_.size() + 64) tidy();
}

std::vector<node_key> news_queue::take(std::size_t count, int limit) {
  std::vector<node_key> out;
  if (live_.empty()) return out;
  std::vector<std::pair<std::size_t, token>> taken;  // put back afterwards: nothing is told twice in one message
  for (std::size_t times = 0; times < told_.size() && taken.size() < count; ++times) {
    auto& row = told_[times];
    while (!row.empty() && taken.size() < count) {
      const token t = row.back();
      row.pop_back();
      --tokens_;
      const auto found = live_.find(t.subject);
      if (found == live_.end() || found->second != t.generation) continue;
      taken.emplace_back(times + 1, t);
    }
  }
  // In reverse, so that the newest stays last within its row.
  for (auto i = taken.rbegin(); i != taken.rend(); ++i) {
    if (static_cast<int>(i->first) >= limit) {
      live_.erase(i->second.subject);
      continue;
    }
    if (told_.size() <= i->first) told_.resize(i->first + 1);
    told_[i->first].push_back(i->second);
    ++tokens_;
  }
  out.reserve(taken.size());
  for (const auto& [times, t] : taken) out.push_back(t.subject);
  return out;
}

void news_queue::tidy() {
  tokens_ = 0;
  for (auto& row : told_) {
    std::erase_if(row, [&](const token& t) {
      const auto found = live_.find(t.subject);
      return found == live_.end() || found->second != t.generation;
    });
    tokens_ += row.size();
  }
}

}  // namespace edgemesh::membership
