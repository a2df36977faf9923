#include "replication/news_queue.hpp"

#include <algorithm>

namespace edgemesh::replication {
namespace {

/// The first `count` of `list` become a random choice of it.
void choose(std::vector<node_key>& list, std::size_t count, random_source& rng) {
  for (std::size_t i = 0; i < std::min(count, list.size()); ++i) std::swap(list[i], list[i + rng.below(list.size() - i)]);
  list.resize(std::min(count, list.size()));
}

bool has(const std::vector<node_key>& list, const node_key& who) noexcept { return std::ranges::find(list, who) != list.end(); }

}  // namespace

void news_queue::add(std::uint64_t key, spread how, const node_key& from, instant now, random_source& rng) {
  if (items_.size() >= options_.items_max && !items_.contains(key)) drop_oldest();
  item i;
  i.how = how;
  i.serial = ++serial_;
  i.is_pushed = how == spread::announced;
  i.announce_at = some_later(now, rng);
  if (!from.is_zero()) i.known_to.push_back(from);
  items_.insert_or_assign(key, std::move(i));
}

void news_queue::known_to(std::uint64_t key, const node_key& who) {
  const auto here = items_.find(key);
  if (here == items_.end() || has(here->second.known_to, who)) return;
  here->second.known_to.push_back(who);
}

void news_queue::drop_oldest() {
  const auto oldest = std::ranges::min_element(items_, {}, [](const auto& i) { return i.second.serial; });
  items_.erase(oldest);
  ++dropped_;
}

instant news_queue::some_later(instant now, random_source& rng) const {
  return now + 2 * options_.push_interval + milliseconds{rng.below(static_cast<std::uint64_t>(4 * options_.push_interval.count()) + 1)};
}

bool news_queue::is_due(const item& i, instant now, bool is_push_due) const noexcept {
  if (!i.is_pushed) return i.how == spread::at_once || is_push_due;
  return is_push_due && now >= i.announce_at;
}

std::vector<node_key> news_queue::targets_of(const item& i, std::span<const node_key> neighbours, random_source& rng) const {
  std::vector<node_key> targets;
  for (const auto& n : neighbours)
    if (!has(i.known_to, n)) targets.push_back(n);
  if (!i.is_pushed && i.how == spread::to_some) choose(targets, static_cast<std::size_t>(std::max(0, options_.fanout)), rng);
  return targets;
}

std::vector<news_queue::delivery> news_queue::take_due(instant now, std::span<const node_key> neighbours, random_source& rng) {
  std::map<node_key, delivery> deliveries;
  const bool is_push_due = now >= next_push_;
  for (auto at = items_.begin(); at != items_.end();) {
    auto& [key, i] = *at;
    if (!is_due(i, now, is_push_due)) {
      ++at;
      continue;
    }
    const auto targets = targets_of(i, neighbours, rng);
    for (const auto& to : targets) (i.is_pushed ? deliveries[to].announce : deliveries[to].push).push_back(key);
    if (i.is_pushed || i.how == spread::to_all) {
      at = items_.erase(at);
      continue;
    }
    i.is_pushed = true;
    i.announce_at = some_later(now, rng);
    if (i.how == spread::to_some) i.known_to.insert(i.known_to.end(), targets.begin(), targets.end());
    ++at;
  }
  if (is_push_due && !deliveries.empty()) next_push_ = now + options_.push_interval;
  std::vector<delivery> out;
  for (auto& [to, d] : deliveries) {
    d.to = to;
    out.push_back(std::move(d));
  }
  return out;
}

instant news_queue::next_due() const noexcept {
  auto due = instant::max();
  for (const auto& [key, i] : items_) {
    if (!i.is_pushed && i.how == spread::at_once) return instant{};
    due = std::min(due, i.is_pushed ? std::max(i.announce_at, next_push_) : next_push_);
  }
  return due;
}

}  // namespace edgemesh::replication
