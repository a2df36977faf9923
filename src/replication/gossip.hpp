// Spreads records: news is pushed to neighbours at once and announced a little later, digests mend what was lost, content is fetched by
// hash. A machine without I/O like membership/swim; the same code runs in the replicator actor and in the simulator. One thread.
//
// A record is taken when it is new or newer, its signer may sign such a record about such a subject (roster), its body is sound and its signature
// holds, asked in this order, so that what is known costs no signature. Its stamp decides nothing here (versions order records); stamps from the
// future are counted. Who shows an older version is sent the newer one. Kinds that this build does not know are kept and passed on.
//
// The parts: news_queue (what is told to whom), digest_repair (comparing and mending), wanted_records (what was asked for), content_shelf
// and content_fetch. Bounds: record_table's and roster's, and each part's own; per neighbour `records_per_second` records that nobody asked
// for, and `repair_bytes_per_second` sent in answer to its questions.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
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
#include "replication/send_message.hpp"

namespace edgemesh::replication {

struct gossip_options {
  milliseconds push_interval{100};    ///< between pushes of gathered news; roster news is pushed at once to every neighbour
  int fanout = 2;                     ///< neighbours that get a record whole; the others hear of it, and ask. A mesh of `small_mesh` nodes:
                                      ///< the signer itself pushes to every neighbour, the others only announce
  std::size_t small_mesh = 32;
  milliseconds digest_interval{30000};  ///< with one random neighbour; and with each neighbour when its link comes up
  milliseconds fetch_timeout{2000};   ///< for one chunk, then another holder is asked
  milliseconds want_timeout{300};     ///< for a record that was announced, then another announcer is asked
  std::size_t contents_max = 4096;    ///< blobs kept, those in use never dropped
  std::size_t contents_bytes_max = 256u << 20;
  double records_per_second = 2000;   ///< of one neighbour, that nobody asked for; as many at once
  double repair_bytes_per_second = 4u << 20;  ///< to one neighbour, in answer to its questions; as much at once
  record_table_limits table;
};

struct record_learned { proto::sealed_record record; };   ///< new or newer, genuine, may be kept; also what publish() was given
struct content_learned { content_hash hash; };
/// Who is a member has changed. Descriptions of those that are none any more are gone from the table.
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
                fetches = 0, bytes_out = 0;         ///< bytes_out: of records, keys and content, without frames
  std::uint64_t records_over_budget = 0;            ///< dropped unread: their neighbour sent too many
  std::uint64_t records_from_future = 0;            ///< stamped more than 500 ms ahead of this node's clock; taken all the same
  std::uint64_t replies_over_budget = 0;            ///< repairs not sent
  std::uint64_t news_dropped = 0;                   ///< not pushed for want of room
  std::uint64_t contents_refused = 0;               ///< not kept for want of room
  std::uint64_t messages_refused = 0;               ///< of evicted nodes
};

/// Questions of one neighbour whether it knows the same, by what was found.
struct digests_compared {
  std::uint64_t equal = 0, differing = 0;
};

class gossip {
 public:
  explicit gossip(gossip_setup setup);
  ~gossip();
  gossip(const gossip&) = delete;
  gossip& operator=(const gossip&) = delete;

  /// A record of our own, or one that comes from a join: kept and spread like news from others. False: refused. An own one's signature
  /// is not checked again.
  bool publish(const proto::sealed_record& record, instant now, std::int64_t wall_ms);
  /// Records from this node's own disk at its start, in any order: kept, not spread, their signatures not checked again. Of its own node and
  /// backend records own_record_seen tells.
  void restore(std::span<const proto::sealed_record> records, instant now);
  void keep_content(std::string bytes);          ///< of our own backends
  const std::string* content(const content_hash& hash) const;

  void set_neighbours(std::vector<node_key> neighbours);
  /// This node is known by another key from now on.
  void use_key(const node_key& self);
  void on_neighbour_up(const node_key& who, instant now);
  void on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms);
  void tick(instant now, std::int64_t wall_ms);
  /// When tick() is due next; ask again after each call of the others.
  instant next_due() const noexcept;
  std::vector<action> take_actions();

  const record_table& table() const noexcept;
  const roster& members() const noexcept;
  const gossip_counters& counters() const noexcept;
  /// Of the present neighbours.
  const std::map<node_key, digests_compared>& compared() const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace edgemesh::replication
