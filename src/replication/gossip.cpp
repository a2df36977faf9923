#include "replication/gossip.hpp"

#include <algorithm>

#include "replication/gossip_parts.hpp"

namespace edgemesh::replication {
namespace {

// A judgement of 1,000 members takes some 2 ms. The burst is what a conversation about all buckets brings, twice.
constexpr double judgements_per_second = 20, judgements_burst = 2 * static_cast<double>(proto::digest_buckets);

}  // namespace

gossip::parts::parts(gossip_setup setup)
    : keys(setup.keys),
      self(setup.keys.own_key()),
      root(setup.root),
      options(setup.options),
      rng(setup.seed),
      members(setup.root, setup.keys),
      table(setup.options.table),
      news({options.push_interval, options.fanout}),
      wanted(options.want_timeout),
      repair(self, {.digest_interval = options.digest_interval, .step = options.push_interval}),
      shelf({options.contents_max, options.contents_bytes_max}),
      fetches(keys, {.timeout = options.fetch_timeout}) {}

gossip::parts::neighbour_limits& gossip::parts::limits_of(const node_key& who) {
  const auto here = limits.find(who);
  if (here != limits.end()) return here->second;
  // Whoever is forgotten here begins with a full budget again: bounded all the same, as only members get this far.
  if (limits.size() >= limits_max) limits.erase(limits.begin());
  const auto bytes = options.repair_bytes_per_second, records = options.records_per_second;
  return limits.emplace(who, neighbour_limits{{records, records}, {records, 10 * records}, {judgements_per_second, judgements_burst}, {bytes, bytes}}).first->second;
}

/// All that time, or what was just learned, has made due.
void gossip::parts::run_due(instant now) {
  send_due_news(now);
  for (const auto& r : wanted.take_due(now)) send_wants(r.to, r.keys);
  send_repair(repair.take_due(now, rng));
  for (auto& r : fetches.take_due(now, neighbours, rng)) {
    ++counters.fetches;
    send(r.to, r.what);
  }
}

gossip::gossip(gossip_setup setup) : parts_(std::make_unique<parts>(setup)) {}
gossip::~gossip() = default;

bool gossip::publish(const proto::sealed_record& record, instant now, std::int64_t wall_ms) {
  auto& p = *parts_;
  const parts::arrival here{{}, now, wall_ms};
  bool is_taken = false;
  if (is_about_membership(record.head.kind)) {
    p.take_membership({record}, here);
    const auto* kept = p.table.find(record_table::key_of(record));
    is_taken = kept && *kept == record;
  } else {
    is_taken = p.take_description(record, here);
  }
  p.run_due(now);
  return is_taken;
}

void gossip::restore(std::span<const proto::sealed_record> records, instant now) {
  auto& p = *parts_;
  const parts::arrival here{{}, now, 0};
  p.members.learn(records);
  for (const auto& r : records) {
    if (!p.members.may_keep(r) || p.table.offer(r) != offer_verdict::news) continue;
    p.refer_content(r, here);
    p.note_shown_own(r, offer_verdict::news, here);
  }
  p.actions.push_back(roster_changed{});
}

void gossip::keep_content(std::string bytes) {
  const auto hash = parts_->keys.hash(bytes);
  parts_->fetches.forget(hash);
  if (!parts_->shelf.keep(hash, std::move(bytes))) ++parts_->counters.contents_refused;
  else parts_->actions.push_back(content_learned{hash});  // others' records may wait for the very same
}

const std::string* gossip::content(const content_hash& hash) const { return parts_->shelf.find(hash); }

void gossip::set_neighbours(std::vector<node_key> neighbours) {
  auto& p = *parts_;
  p.neighbours = std::move(neighbours);
  std::erase(p.neighbours, p.self);
  p.repair.set_neighbours(p.neighbours);
  std::erase_if(p.limits, [&](const auto& l) { return std::ranges::find(p.neighbours, l.first) == p.neighbours.end(); });
  std::erase_if(p.compared, [&](const auto& c) { return std::ranges::find(p.neighbours, c.first) == p.neighbours.end(); });
  std::erase_if(p.doubted, [&](const auto& d) { return std::ranges::find(p.neighbours, d) == p.neighbours.end(); });
}

void gossip::use_key(const node_key& self) {
  parts_->self = self;
  parts_->repair.use_key(self);
}

void gossip::on_neighbour_up(const node_key& who, instant now) {
  parts_->repair.neighbour_up(who, now);
  parts_->run_due(now);
}

void gossip::on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms) {
  auto& p = *parts_;
  if (from == p.self || p.members.is_evicted(from)) {
    ++p.counters.messages_refused;
    return;
  }
  const parts::arrival a{from, now, wall_ms};
  if (const auto* records = std::get_if<proto::records>(&m)) p.take_records(*records, a);
  else if (const auto* digest = std::get_if<proto::digest>(&m)) p.on_digest(*digest, a);
  else if (const auto* list = std::get_if<proto::bucket_keys>(&m)) p.on_keys(*list, a);
  else if (const auto* want = std::get_if<proto::want>(&m)) p.on_want(*want, a);
  else if (const auto* fetch = std::get_if<proto::fetch>(&m)) p.on_fetch(*fetch, a);
  else if (const auto* chunk = std::get_if<proto::chunk>(&m)) p.on_chunk(*chunk, a);
  p.run_due(now);
}

void gossip::tick(instant now, std::int64_t) { parts_->run_due(now); }

instant gossip::next_due() const noexcept {
  const auto& p = *parts_;
  return std::min({p.news.next_due(), p.wanted.next_due(), p.repair.next_due(), p.fetches.next_due()});
}

std::vector<action> gossip::take_actions() { return std::exchange(parts_->actions, {}); }
const record_table& gossip::table() const noexcept { return parts_->table; }
const roster& gossip::members() const noexcept { return parts_->members; }
const std::map<node_key, digests_compared>& gossip::compared() const noexcept { return parts_->compared; }
const gossip_counters& gossip::counters() const noexcept { return parts_->counters; }

}  // namespace edgemesh::replication
