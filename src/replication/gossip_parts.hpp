// What gossip is made of; included by the files that implement it alone. One owner: gossip.
#pragma once
#include <map>
#include <set>

#include "replication/content_fetch.hpp"
#include "replication/content_shelf.hpp"
#include "replication/digest_repair.hpp"
#include "replication/gossip.hpp"
#include "replication/news_queue.hpp"
#include "replication/token_bucket.hpp"
#include "replication/wanted_records.hpp"

namespace edgemesh::replication {

struct gossip::parts {
  explicit parts(gossip_setup setup);

  /// What came, and when.
  struct arrival {
    node_key from;  ///< the zero key: this node itself
    instant now{};
    std::int64_t wall_ms = 0;
  };
  struct neighbour_limits {
    token_bucket records;         ///< that nobody asked for
    token_bucket repair_records;  ///< in a conversation that this node leads
    token_bucket judgements;      ///< messages that bring membership records: each may cost a judgement of all of them
    token_bucket repair_bytes;    ///< that it is sent in answer to its questions
  };

  // --- gossip_intake.cpp: which records are taken
  void take_records(const proto::records& m, const arrival& a);
  void take_membership(std::vector<proto::sealed_record> batch, const arrival& a);
  bool take_description(const proto::sealed_record& r, const arrival& a);
  bool is_worth_checking(const proto::sealed_record& r, const arrival& a);
  bool is_in_budget(std::uint64_t key, const arrival& a);
  bool is_genuine(const proto::sealed_record& r, const arrival& a);
  void note_shown_own(const proto::sealed_record& r, offer_verdict verdict, const arrival& a);
  void store(const proto::sealed_record& r, const arrival& a);
  void follow_roster(bool has_changed, const arrival& a);
  void refer_content(const proto::sealed_record& r, const arrival& a);
  void drop_what_may_not_stay();

  // --- gossip_spread.cpp: what is sent
  void spread_news(const proto::sealed_record& r, std::optional<asked_for> why, const arrival& a);
  void send(const node_key& to, proto::message m);
  void send_records(const node_key& to, const std::vector<std::uint64_t>& keys, instant now);
  void send_due_news(instant now);
  void send_wants(const node_key& to, const std::vector<std::uint64_t>& keys);
  void send_repair(const digest_repair::step& step);

  // --- gossip_repair.cpp: digests, lists, wants, content
  void on_digest(const proto::digest& d, const arrival& a);
  void on_keys(const proto::bucket_keys& list, const arrival& a);
  void on_announcement(const proto::bucket_keys& list, const arrival& a);
  bool is_newer_there(const proto::key_version& theirs) const;
  void on_want(const proto::want& w, const arrival& a);
  void on_fetch(const proto::fetch& f, const arrival& a);
  void on_chunk(const proto::chunk& c, const arrival& a);
  void serve_content(const node_key& to, const content_hash& hash, std::uint32_t offset, instant now);

  neighbour_limits& limits_of(const node_key& who);
  void run_due(instant now);

  const proto::signing& keys;                    // checks signatures; its own key may be a former one
  node_key self;
  roster::root root;
  gossip_options options;
  random_source rng;
  roster members;
  record_table table;
  news_queue news;
  wanted_records wanted;
  digest_repair repair;
  content_shelf shelf;
  content_fetch fetches;
  std::vector<node_key> neighbours;
  std::map<node_key, neighbour_limits> limits;   // of neighbours and who else wrote; bounded by limits_max
  std::set<node_key> doubted;                    // brought records that could not be taken for want of a member record
  std::vector<std::uint64_t> corrections;        // of older versions in the message at hand
  std::vector<action> actions;
  gossip_counters counters;
  std::map<node_key, digests_compared> compared;
  std::uint64_t removals_seen = 0;               // of the roster
  static constexpr std::size_t limits_max = 1024;
};

}  // namespace edgemesh::replication
