// Answers to digests, key lists, wants and fetches.
#include <algorithm>

#include "replication/gossip_parts.hpp"

namespace edgemesh::replication {

void gossip::parts::on_digest(const proto::digest& d, const arrival& a) {
  if (!d.buckets.empty()) return repair.answered_by(a.from, d.buckets, table.buckets(), a.now);
  const bool is_equal = d.summary == table.summary();
  if (std::ranges::find(neighbours, a.from) != neighbours.end()) ++(is_equal ? compared[a.from].equal : compared[a.from].differing);
  if (repair.asked_by(a.from, is_equal, a.now) == digest_repair::reply::none) return;
  const auto& ours = table.buckets();
  send(a.from, proto::digest{table.summary(), {ours.begin(), ours.end()}});
}

/// At equal version and different bytes it is fetched to see: the greater bytes stay.
bool gossip::parts::is_newer_there(const proto::key_version& theirs) const {
  if (!table.find(theirs.key)) return true;
  const auto ours = table.version_of(theirs.key);
  return theirs.version > ours.version || (theirs.version == ours.version && theirs.mark != ours.mark);
}

/// A list that is no answer is whole: what it lacks is sent.
void gossip::parts::on_keys(const proto::bucket_keys& list, const arrival& a) {
  if (list.is_answer) return on_announcement(list, a);
  std::map<std::uint64_t, proto::key_version> theirs;
  for (const auto& k : list.keys)
    if (k.key % proto::digest_buckets == list.bucket) theirs.emplace(k.key, k);
  std::vector<std::uint64_t> missing_here, missing_there;
  for (const auto& [key, k] : theirs)
    if (is_newer_there(k) && wanted.ask(key, a.from, asked_for::repair, a.now)) missing_here.push_back(key);
  for (const auto& ours : table.keys_in(list.bucket)) {
    const auto there = theirs.find(ours.key);
    if (there == theirs.end() || there->second.version < ours.version) missing_there.push_back(ours.key);
  }
  send_wants(a.from, missing_here);
  send_records(a.from, missing_there, a.now);
}

void gossip::parts::on_announcement(const proto::bucket_keys& list, const arrival& a) {
  std::vector<std::uint64_t> missing_here, older_there;
  for (const auto& k : list.keys) {
    if (is_newer_there(k)) {
      if (wanted.ask(k.key, a.from, asked_for::news, a.now)) missing_here.push_back(k.key);
    } else if (k.version < table.version_of(k.key).version) {
      older_there.push_back(k.key);
    } else {
      news.known_to(k.key, a.from);
    }
  }
  send_wants(a.from, missing_here);
  send_records(a.from, older_there, a.now);
}

void gossip::parts::on_want(const proto::want& w, const arrival& a) { send_records(a.from, w.keys, a.now); }

void gossip::parts::on_fetch(const proto::fetch& f, const arrival& a) {
  if (shelf.find(f.hash)) return serve_content(a.from, f.hash, f.offset, a.now);
  if (!fetches.remember_waiter(f.hash, a.from)) send(a.from, proto::chunk{f.hash, f.offset, 0, {}});
}

void gossip::parts::serve_content(const node_key& to, const content_hash& hash, std::uint32_t offset, instant now) {
  const auto* bytes = shelf.take_up(hash);
  if (!bytes || offset >= bytes->size()) return;
  const auto piece = std::string_view(*bytes).substr(offset, proto::content_chunk_max);
  if (!limits_of(to).repair_bytes.take(static_cast<double>(piece.size()), now)) {
    ++counters.replies_over_budget;
    return;
  }
  send(to, proto::chunk{hash, offset, static_cast<std::uint32_t>(bytes->size()), std::string(piece)});
}

void gossip::parts::on_chunk(const proto::chunk& c, const arrival& a) {
  auto whole = fetches.on_chunk(a.from, c, a.now);
  if (!whole) return;
  if (!shelf.keep(whole->hash, std::move(whole->bytes))) {
    ++counters.contents_refused;
    return;
  }
  actions.push_back(content_learned{whole->hash});
  for (const auto& who : whole->waiters) serve_content(who, whole->hash, 0, a.now);
}

}  // namespace edgemesh::replication
