// What this node says about itself and its backends. A record is signed, one version up, when what it says has changed: what decides where
// requests may go (health, breaker, models, classes) at once; load alone when the change is worth a record, and then at most each load_pause,
// or when it has been non-zero and untold for load_refresh; both grow with the mesh, where each record goes to more nodes (fresh load
// rides on every forwarded answer anyway). An idle backend says nothing. Pure; one owner.
// Bounded by the backends that the node has, and gone_max names of such that it had.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "proto/records.hpp"

namespace edgemesh::replication {

struct own_records_options {
  milliseconds load_pause{250};      ///< at least this long between two records of one backend that differ in load alone
  milliseconds load_refresh{5000};   ///< a load that is not zero is told again after this, changed or not: others show its age
  milliseconds load_pause_per_node{50};  ///< and at least this long for each node of the mesh
  milliseconds load_pause_max{15000};
  double load_share = 0.1;           ///< of the limit (concurrency, else slots, else 32) by which in_flight or waiting must have changed
};

class own_records {
 public:
  static constexpr int limit_unknown = 32;
  static constexpr std::size_t gone_max = 1024;

  /// `incarnation`: of this life, above every earlier one as far as the disk knows.
  own_records(const proto::signing& keys, const mesh_id& mesh, std::uint64_t incarnation, own_records_options options = {})
      : keys_(&keys), mesh_(mesh), options_(options), version_{incarnation, 0} {}

  /// The same node and backends, in the name of another key; nothing is signed yet: ask repeat().
  own_records under(const proto::signing& keys) const {
    auto other = *this;
    other.keys_ = &keys;
    return other;
  }

  /// How many nodes are told; this one too.
  void set_mesh_size(std::size_t nodes) noexcept { nodes_ = nodes; }
  /// The record to publish, or none when nothing has changed.
  std::optional<proto::sealed_record> describe(const proto::node_body& body, std::int64_t wall_ms);
  /// None as well while a change of load waits: ask due().
  std::optional<proto::sealed_record> describe(const proto::backend_body& body, instant now, std::int64_t wall_ms);
  /// A backend that this node no longer has, or of which others have a record and it has none: they are told once that it is gone.
  std::optional<proto::sealed_record> withdraw(const std::string& backend, std::int64_t wall_ms);
  /// Somebody shows a record of ours with this version (own_record_seen): the same again above it, or that it is gone.
  std::optional<proto::sealed_record> outrank(proto::record_kind kind, const std::string& subject, const proto::record_version& seen,
                                              std::int64_t wall_ms);
  /// All of it again, one version up: when others may have forgotten it (this node was evicted, and that did not count after all).
  std::vector<proto::sealed_record> repeat(instant now, std::int64_t wall_ms);
  /// When the next waiting load may be told; instant::max() when none waits.
  instant due() const noexcept;
  /// The records that are due.
  std::vector<proto::sealed_record> take_due(instant now, std::int64_t wall_ms);

 private:
  struct said {
    proto::backend_body body;    // as published
    proto::backend_load load;    // as it is now
    instant at{};                // when it was published
    instant due = instant::max();
  };
  proto::record_author next_author(std::int64_t wall_ms);
  proto::sealed_record sign(said& s, instant now, std::int64_t wall_ms);
  bool is_worth_telling(const proto::backend_body& told, const proto::backend_load& is) const;
  instant due_of(const said& s) const;
  milliseconds load_pause() const noexcept;

  const proto::signing* keys_;
  mesh_id mesh_;
  own_records_options options_;
  proto::record_version version_;
  std::size_t nodes_ = 1;
  std::optional<proto::node_body> node_;
  std::map<std::string, said> backends_;
  std::set<std::string> gone_;
};

}  // namespace edgemesh::replication
