// Replication in the simulator: each node runs production's gossip and own_records beside its membership. The records of the whole mesh
// are written once and restored at each start, as a node's disk would. One thread. Memory: some 500 bytes per record and node.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replication/gossip.hpp"
#include "replication/own_records.hpp"
#include "tests/sim/sim_node.hpp"

namespace edgemesh::sim {

/// What a mesh of so many nodes says: one member, one node and one backend record each, all admitted by node 0.
struct mesh_records {
  mesh_records(std::size_t nodes, std::size_t sites);
  static proto::node_body node_body(std::size_t i);
  static proto::backend_body backend_body(std::size_t i);

  replication::roster::root root;
  std::vector<proto::sealed_record> members;  ///< [node]; the first is the founding record
  std::string content;                        ///< twenty models; the same for every backend
  content_hash content_name;
};

class record_machine : public sim_machine {
 public:
  /// `knows`: what lies on its disk; the records of other nodes come over the network.
  record_machine(const mesh_records& mesh, std::uint32_t number, const sim_node& self, std::size_t knows);

  void on_message(const node_key& from, const proto::message& m, instant now, std::int64_t wall_ms) override;
  void on_neighbour_up(const node_key& who, instant now) override { gossip_.on_neighbour_up(who, now); }
  void set_neighbours(std::vector<node_key> neighbours) override { gossip_.set_neighbours(std::move(neighbours)); }
  void tick(instant now, std::int64_t wall_ms) override;
  instant next_due() const noexcept override { return std::min(gossip_.next_due(), own_.due()); }
  void drain(const send_function& send) override;

  /// Describes itself and its backend, as at a start.
  void describe(instant now, std::int64_t wall_ms);
  /// Publishes the member record of another node, as the node that redeems its token does.
  void admit(std::size_t whom, instant now, std::int64_t wall_ms);
  /// The load of its backend is now this.
  void load_is(int in_flight, instant now, std::int64_t wall_ms);
  /// Something that lasts has changed about its backend: a new version for everybody. The record.
  proto::sealed_record change(instant now, std::int64_t wall_ms);
  const replication::gossip& gossip() const noexcept { return gossip_; }
  bool holds(const proto::sealed_record& r) const {
    const auto* here = gossip_.table().find(replication::record_table::key_of(r));
    return here && here->head.version >= r.head.version;
  }

 private:
  void publish(const std::optional<proto::sealed_record>& r);
  const mesh_records& mesh_;
  std::uint32_t number_;
  replication::gossip gossip_;
  replication::own_records own_;
  proto::backend_body backend_;
  instant now_{};
  std::int64_t wall_ms_ = 0;
};

}  // namespace edgemesh::sim
