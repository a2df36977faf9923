// Spreads records: news is pushed to neighbours at once and a few times more, digests mend what was lost, content is fetched by
// hash. A machine without I/O like membership/swim; the same code runs in the replicator actor and in the simulator. One thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "proto/messages.hpp"
#include "proto/signing.hpp"
#include "replication/record_table.hpp"
#include "replication/roster.hpp"

namespace edgemesh::replication {

struct gossip_options {
  milliseconds push_interval{100};    ///< between pushes of gathered news; roster news is pushed at once to every neighbour
  int fanout = 3;                     ///< neighbours per push; every neighbour up to 32 nodes
  int retransmit_mult = 3;
  milliseconds digest_interval{30000};  ///< with one random neighbour; and with each neighbour when its link comes up
  milliseconds fetch_timeout{2000};   ///< for one chunk, then another holder is asked
  std::size_t contents_max = 4096;    ///< blobs kept, those in use never dropped
};

struct send_message { node_key to; proto::message what; };
struct record_learned { proto::sealed_record record; };   ///< new or newer, genuine, counts
struct content_learned { content_hash hash; };
struct roster_changed {};
/// A peer shows a record of ours that we did not sign in this life, or later than our last: sign again above `seen`.
struct own_record_seen { proto::record_kind kind; std::string subject; proto::record_version seen; };
using action = std::variant<send_message, record_learned, content_learned, roster_changed, own_record_seen>;

struct gossip_setup {
  const proto::signing& keys;
  roster::root root;
  gossip_options options;
  std::uint64_t seed = 1;
};

struct gossip_counters {
  std::uint64_t records_in = 0, records_new = 0, records_stale = 0, records_refused = 0, bad_signatures = 0, digests = 0, repairs = 0,
                fetches = 0, bytes_out = 0;
};

class gossip {
 public:
  explicit gossip(gossip_setup setup);
  ~gossip();
  gossip(const gossip&) = delete;
  gossip& operator=(const gossip&) = delete;

  /// A record of our own, or one that comes from the store or a join: kept and spread like news from others. False: refused.
  bool publish(const proto::sealed_record& record, instant now, std::int64_t wall_ms);
  void keep_content(std::string bytes);          ///< of our own backends
  const std::string* content(const content_hash& hash) const;

  void set_neighbours(std::vector<node_key> neighbours);
  void on_neighbour_up(const node_key& who, instant now);
  void on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms);
  void tick(instant now, std::int64_t wall_ms);
  instant next_due() const noexcept;
  std::vector<action> take_actions();

  const record_table& table() const noexcept;
  const roster& members() const noexcept;
  const gossip_counters& counters() const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace edgemesh::replication
