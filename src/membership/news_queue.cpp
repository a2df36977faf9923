#include "membership/news_queue.hpp"

#include <algorithm>

namespace edgemesh::membership {

int retransmits_of(int mult, std::size_t members) noexcept {
  int digits = 0;  // ceil(log10(n + 1)) without rounding errors
  for (std::size_t n = members; n > 0; n /= 10) ++digits;
  return mult * std::max(1, digits);
}

void news_queue::add(std::uint32_t subject, std::size_t told) {
  if (generations_.size() <= subject) generations_.resize(subject + 1, 0);
  if (generations_[subject] == 0) ++live_;
  generations_[subject] = ++generation_;
  if (told_.size() <= told) told_.resize(told + 1);
  told_[told].push_back({subject, generation_});
  if (++tokens_ > 2 * live_ + 64) tidy();
}

void news_queue::erase(std::uint32_t subject) {
  if (subject >= generations_.size() || generations_[subject] == 0) return;
  generations_[subject] = 0;
  --live_;
}

std::vector<std::uint32_t> news_queue::take(std::size_t room, int limit, const std::function<std::size_t(std::uint32_t)>& size_of) {
  std::vector<std::uint32_t> out;
  if (live_ == 0) return out;
  std::vector<std::pair<std::size_t, token>> taken;  // put back afterwards: nothing is told twice in one message
  for (std::size_t times = 0; times < told_.size() && room > 0; ++times) {
    auto& row = told_[times];
    while (!row.empty() && room > 0) {
      const token t = row.back();
      const std::size_t size = !is_valid(t) ? 0 : size_of ? size_of(t.subject) : 1;
      if (size > room) {
        room = 0;
        break;
      }
      row.pop_back();
      --tokens_;
      room -= size;
      if (is_valid(t)) taken.emplace_back(times + 1, t);
    }
  }
  out.reserve(taken.size());
  for (const auto& [times, t] : taken) out.push_back(t.subject);
  // In reverse, so that the newest stays last within its row.
  for (auto i = taken.rbegin(); i != taken.rend(); ++i) {
    if (static_cast<int>(i->first) >= limit) {
      erase(i->second.subject);
      continue;
    }
    if (told_.size() <= i->first) told_.resize(i->first + 1);
    told_[i->first].push_back(i->second);
    ++tokens_;
  }
  return out;
}

bool news_queue::has_fresh(int times) {
  const auto rows = std::min(told_.size(), static_cast<std::size_t>(std::max(0, times)));
  for (std::size_t i = 0; i < rows; ++i) {
    auto& row = told_[i];
    for (; !row.empty() && !is_valid(row.back()); --tokens_) row.pop_back();
    if (!row.empty()) return true;
  }
  return false;
}

void news_queue::tidy() {
  tokens_ = 0;
  for (auto& row : told_) {
    std::erase_if(row, [&](const token& t) { return !is_valid(t); });
    tokens_ += row.size();
  }
}

}  // namespace edgemesh::membership
