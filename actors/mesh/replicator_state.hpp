// Inside the replicator: the gossip machine, this node's own descriptions, and who is told what the mesh knows: the TLS gate and membership
// who is a member, the links actor where they are, the directory what backends they have, the store what to keep. On the control
// loop. Actor only.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "actors/mesh/link_transport.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "replication/clock_watch.hpp"
#include "replication/own_records.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "domain/data_class.hpp"
#include "replication/mesh_catalogue.hpp"

namespace edgemesh::actors {

struct replicator_deps {
  replication::gossip_setup setup;
  std::vector<proto::sealed_record> stored;   ///< what the disk knew at start
  std::uint64_t incarnation = 1;
  data_classes classes;
  bool is_dialable = true;                    ///< this node, by others
  std::function<std::int64_t()> wall_ms;
  std::function<void(const node_key&)> want_link;
  /// All of these are called on the actor's thread.
  std::function<void(std::vector<node_key>)> members_are;                        ///< this node too
  std::function<void(nodes_told)> nodes_are;
  std::function<void(std::shared_ptr<const replication::mesh_view>)> view_is;
  membership_actor membership;
  store_actor store;
};

class replicator_state {
 public:
  using self_pointer = replicator_actor::stateful_pointer<replicator_state>;
  static inline const char* name = "replicator";
  static constexpr milliseconds view_pause{100};       ///< between two views for the directory
  static constexpr milliseconds store_pause{200};      ///< between two writes
  static constexpr std::int64_t membership_s = 90 * 86400;  ///< from an admission or renewal; renewed in its last third
  static constexpr milliseconds roster_check{30000};   ///< members come to their end while nothing is said
  explicit replicator_state(self_pointer self) : self_(self) {}
  replicator_state(const replicator_state&) = delete;
  replicator_state& operator=(const replicator_state&) = delete;

  void start(replicator_deps deps);
  void on_link_up(const link_up& m);
  void on_link_down(const link_down& m);
  void on_frame(const frame_arrived& m);
  void on_greeted(const peer_greeted& m);
  void on_due(const records_due& m);
  void on_publish(const publish_record& m);
  void on_admit(const admit_member& m);
  void on_evict(const evict_member& m);
  void on_describe(const describe_node& m);
  void on_own_backend(const own_backend& m);
  void on_inspect(const inspect_mesh& m) const;

 private:
  instant now() const;
  std::int64_t now_s() const { return deps_->wall_ms() / 1000; }
  void publish(const std::optional<proto::sealed_record>& record);
  bool may_rule() const;
  proto::record_author ruling();
  void renew();
  void judge_clock();
  void act();
  void learned(const proto::sealed_record& record);
  void tell_roster();
  void tell_view();
  replication::content_source contents() const;
  void keep();
  void arm();

  self_pointer self_;
  std::optional<replicator_deps> deps_;
  std::unique_ptr<replication::gossip> gossip_;
  std::unique_ptr<replication::mesh_catalogue> catalogue_;
  std::unique_ptr<replication::own_records> own_;
  std::unique_ptr<link_transport> transport_;
  replication::clock_watch clocks_;
  replication::clock_watch::verdict clock_;
  std::vector<store::stored_record> unkept_;
  std::shared_ptr<const replication::mesh_view> view_ = std::make_shared<const replication::mesh_view>();
  std::vector<sited_member> told_;  // members, as the others were told
  bool is_view_stale_ = true, is_roster_stale_ = true;
  instant next_view_{}, next_keep_{}, next_check_{};
  std::uint64_t alarm_ = 0, rulings_ = 0;
  instant armed_for_{};
};

replicator_actor::behavior_type replicator(replicator_actor::stateful_pointer<replicator_state> self, replicator_deps deps);
replicator_actor spawn_replicator(actor_home home, replicator_deps deps);

}  // namespace edgemesh::actors
