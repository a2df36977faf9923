#include "replication/content_fetch.hpp"

#include <algorithm>

namespace edgemesh::replication {
namespace {

constexpr std::size_t other_holders_max = 3;  // neighbours that are asked on the chance that they have it

bool has(std::span<const node_key> list, const node_key& who) noexcept { return std::ranges::find(list, who) != list.end(); }

}  // namespace

void content_fetch::want(const content_hash& hash, std::uint32_t size, const node_key& owner, const node_key& from, instant now) {
  if (hash.is_zero() || size > proto::content_max) return;
  if (wanted_.size() >= options_.wanted_max && !wanted_.contains(hash)) return;
  auto [here, is_new] = wanted_.try_emplace(hash);
  auto& w = here->second;
  if (is_new) {
    w.size = size;
    w.owner = owner;
    w.from = from;
    w.due = now;
  } else if (!w.asked && !from.is_zero()) {
    // News of it again, while it could not be had: this one may have it.
    w.from = from;
    w.holders = {from};
    w.due = now;
  }
  look_at_ = std::min(look_at_, w.due);
}

void content_fetch::forget(const content_hash& hash) {
  if (wanted_.erase(hash) > 0) look_at_ = wanted_.empty() ? instant::max() : instant{};  // another one may have its place
}

bool content_fetch::remember_waiter(const content_hash& hash, const node_key& who) {
  const auto here = wanted_.find(hash);
  if (here == wanted_.end()) return false;
  auto& waiters = here->second.waiters;
  if (waiters.size() < options_.waiters_max && !has(waiters, who)) waiters.push_back(who);
  return true;
}

void content_fetch::give_up_on_holder(wanted& w, instant now) {
  w.asked.reset();
  w.is_waiting = false;
  w.bytes.clear();
  w.total = 0;
  w.due = now;
  if (!w.holders.empty()) return;
  w.pause = w.pause.count() == 0 ? options_.pause_first : std::min(2 * w.pause, options_.pause_max);
  w.due = now + w.pause;
}

std::optional<content_fetch::arrival> content_fetch::on_chunk(const node_key& from, const proto::chunk& c, instant now) {
  const auto here = wanted_.find(c.hash);
  if (here == wanted_.end() || here->second.asked != from || !here->second.is_waiting) return std::nullopt;
  auto& w = here->second;
  look_at_ = now;  // whatever it is, there is more to ask
  if (c.offset != w.bytes.size() && c.total != 0) return std::nullopt;  // an answer to an earlier question
  const bool is_first = w.bytes.empty();
  const bool fits = c.total != 0 && c.total <= proto::content_max && (w.size == 0 || c.total == w.size) && !c.bytes.empty() &&
                    c.bytes.size() <= proto::content_chunk_max && w.bytes.size() + c.bytes.size() <= c.total &&
                    (is_first || c.total == w.total);
  if (!fits) {
    give_up_on_holder(w, now);
    return std::nullopt;
  }
  w.total = c.total;
  w.bytes += c.bytes;
  w.is_waiting = false;
  w.due = now;  // for the next chunk
  if (w.bytes.size() < w.total) return std::nullopt;
  if (keys_.hash(w.bytes) != c.hash) {
    give_up_on_holder(w, now);
    return std::nullopt;
  }
  arrival whole{c.hash, std::move(w.bytes), std::move(w.waiters)};
  wanted_.erase(here);
  if (wanted_.empty()) look_at_ = instant::max();
  return whole;
}

void content_fetch::line_up_holders(wanted& w, std::span<const node_key> neighbours, random_source& rng) const {
  std::vector<node_key> order;
  const auto add = [&](const node_key& who) {
    if (!who.is_zero() && who != keys_.own_key() && !has(order, who)) order.push_back(who);
  };
  if (has(neighbours, w.owner)) add(w.owner);
  if (has(neighbours, w.from)) add(w.from);
  for (std::size_t i = 0; i < other_holders_max && !neighbours.empty(); ++i) add(neighbours[rng.below(neighbours.size())]);
  add(w.owner);
  w.holders.assign(order.rbegin(), order.rend());
}

std::size_t content_fetch::active() const {
  return static_cast<std::size_t>(std::ranges::count_if(wanted_, [](const auto& e) { return e.second.asked.has_value(); }));
}

std::vector<content_fetch::request> content_fetch::take_due(instant now, std::span<const node_key> neighbours, random_source& rng) {
  std::vector<request> requests;
  if (now < look_at_) return requests;
  auto in_hand = active();
  for (auto& [hash, w] : wanted_) {
    if (now >= w.due && w.is_waiting) {
      give_up_on_holder(w, now);
      --in_hand;
    }
    if (now < w.due || (!w.asked && in_hand >= options_.active_max)) continue;
    if (!w.asked) {
      if (w.holders.empty()) line_up_holders(w, neighbours, rng);
      if (w.holders.empty()) {
        give_up_on_holder(w, now);
        continue;
      }
      w.asked = w.holders.back();
      w.holders.pop_back();
      ++in_hand;
    }
    w.is_waiting = true;
    w.due = now + options_.timeout;
    requests.push_back({*w.asked, {hash, static_cast<std::uint32_t>(w.bytes.size())}});
  }
  look_at_ = first_due();
  return requests;
}

instant content_fetch::first_due() const {
  auto due = instant::max();
  const bool is_busy = active() >= options_.active_max;
  for (const auto& [hash, w] : wanted_)
    if (w.asked || !is_busy) due = std::min(due, w.due);
  return due;
}

}  // namespace edgemesh::replication
