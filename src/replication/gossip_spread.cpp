// What is sent: news, repairs, wants.
#include <algorithm>
#include <numeric>

#include "replication/gossip_parts.hpp"

namespace edgemesh::replication {
namespace {

using proto::record_kind;

/// About what a message weighs on the wire, without its frame.
struct weight_of {
  std::size_t operator()(const proto::records& m) const noexcept {
    return std::accumulate(m.raw.begin(), m.raw.end(), std::size_t{0}, [](std::size_t sum, const std::string& r) { return sum + r.size() + 3; });
  }
  std::size_t operator()(const proto::digest& m) const noexcept { return 9 * (1 + m.buckets.size()); }
  std::size_t operator()(const proto::bucket_keys& m) const noexcept { return 4 + 25 * m.keys.size(); }
  std::size_t operator()(const proto::want& m) const noexcept { return 9 * m.keys.size(); }
  std::size_t operator()(const proto::fetch&) const noexcept { return content_hash::size + 6; }
  std::size_t operator()(const proto::chunk& m) const noexcept { return content_hash::size + 12 + m.bytes.size(); }
  std::size_t operator()(const auto&) const noexcept { return 0; }
};

}  // namespace

void gossip::parts::send(const node_key& to, proto::message m) {
  counters.bytes_out += std::visit(weight_of{}, m);
  actions.push_back(send_message{to, std::move(m)});
}

/// Where a record came from decides how far it is carried: the more others can be expected to have it, the less is sent.
void gossip::parts::spread_news(const proto::sealed_record& r, std::optional<asked_for> why, const arrival& a) {
  const auto key = record_table::key_of(r);
  const bool is_repaired = why == asked_for::repair || (!a.from.is_zero() && !why && repair.is_talking_with(a.from));
  const bool is_taking = r.head.kind == record_kind::eviction || r.head.kind == record_kind::succession;
  const bool is_small = members.size() <= options.small_mesh;
  if (is_repaired) {
    ++counters.repairs;
    repair.learned_from(a.from, a.now);
  }
  if (is_taking) news.add(key, spread::at_once, a.from, a.now, rng);
  else if (is_repaired) return;
  else if (r.head.kind == record_kind::member) news.add(key, spread::at_once, a.from, a.now, rng);
  else if (a.from.is_zero()) news.add(key, is_small ? spread::to_all : spread::to_some, a.from, a.now, rng);
  else news.add(key, is_small || why ? spread::announced : spread::to_some, a.from, a.now, rng);
  counters.news_dropped = news.dropped();
}

void gossip::parts::send_due_news(instant now) {
  for (const auto& d : news.take_due(now, neighbours, rng)) {
    std::vector<std::string> raw;
    for (const auto key : d.push)
      if (const auto* r = table.find(key)) raw.push_back(r->raw);
    for (auto& m : in_frames(std::move(raw))) send(d.to, std::move(m));
    std::vector<proto::key_version> announced;
    for (const auto key : d.announce)
      if (table.find(key)) announced.push_back(table.version_of(key));
    for (auto& m : in_announcements(announced)) send(d.to, std::move(m));
  }
}

/// In answer to a question or an older version; bounded per neighbour. What does not go now is asked for again by the next digest.
void gossip::parts::send_records(const node_key& to, const std::vector<std::uint64_t>& wanted_keys, instant now) {
  auto& limit = limits_of(to).repair_bytes;
  std::vector<std::string> raw;
  for (const auto key : wanted_keys) {
    const auto* r = table.find(key);
    if (!r) continue;
    if (!limit.take(static_cast<double>(r->raw.size()), now)) {
      ++counters.replies_over_budget;
      break;
    }
    raw.push_back(r->raw);
    news.known_to(key, to);
  }
  for (auto& m : in_frames(std::move(raw))) send(to, std::move(m));
}

void gossip::parts::send_wants(const node_key& to, const std::vector<std::uint64_t>& wanted_keys) {
  for (auto& m : in_wants(wanted_keys)) send(to, std::move(m));
}

void gossip::parts::send_repair(const digest_repair::step& step) {
  if (step.question) {
    ++counters.digests;
    send(step.question->to, proto::digest{table.summary(), {}});
  }
  if (!step.key_lists) return;
  for (const auto bucket : step.key_lists->of) {
    auto list = table.keys_in(bucket);
    if (list.size() <= proto::bucket_keys_max) send(step.key_lists->to, proto::bucket_keys{bucket, false, std::move(list)});
    else for (auto& m : in_announcements(list)) send(step.key_lists->to, std::move(m));
  }
}

}  // namespace edgemesh::replication
