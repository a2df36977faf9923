// Inside the replicator: the gossip machine, this node's own descriptions, and who is told what the mesh knows: the TLS gate and membership
// who is a member, the links actor where they are, the directory what backends they have, the store what to keep. On the control
// loop. Actor only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "actors/mesh/link_transport.hpp"
#include "actors/mesh/member_gate.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"
#include "domain/data_class.hpp"
#include "replication/clock_watch.hpp"
#include "replication/mesh_catalogue.hpp"
#include "replication/own_records.hpp"

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
  std::function<void(member_gate::view)> members_are;                            ///< this node too
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
  static constexpr std::size_t contacts_max = 8;       ///< nodes that a newcomer is told of
  static constexpr milliseconds roster_check{30000};   ///< members come to their end while nothing is said
  explicit replicator_state(self_pointer self) : self_(self) {}
  replicator_state(const replicator_state&) = delete;
  replicator_state& operator=(const replicator_state&) = delete;

  void start(replicator_deps deps);
  void on_link_up(const link_up& m);
  void on_link_down(const link_down& m);
  void on_frame(const frame_arrived& m);
  void on_greeted(const peer_greeted& m);
  void on_clock(const clock_seen& m);
  void on_due(const records_due& m);
  void on_publish(const publish_record& m);
  void on_admit(const admit_member& m);
  void on_evict(const evict_member& m);
  void on_liveness(const liveness_told& m);
  void on_announce(const announce_key& m);
  void on_sign(const sign_succession& m);
  void on_follow(const follow_key& m);
  void on_introduced(const introduce_records& m);
  /// With the description; of the key that is to follow, while there is one.
  std::vector<std::string> own_proofs() const;
  void on_describe(const describe_node& m);
  void on_own_backend(const own_backend& m);
  void on_inspect(const inspect_mesh& m) const;

 private:
  instant now() const;
  std::int64_t clock_s() const;
  std::int64_t now_s() const;
  const node_key& self_key() const { return keys_->own_key(); }
  void publish(const std::optional<proto::sealed_record>& record);
  void publish_own(const std::function<std::optional<proto::sealed_record>(replication::own_records&)>& say);
  proto::sealed_record succession_to(const net::mesh_identity& next, bool is_announced);
  bool may_rule() const;
  proto::record_author ruling();
  void renew();
  std::vector<std::string> contacts_for(const node_key& newcomer) const;
  void judge_clock();
  void judge_own_standing();
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
  const proto::signing* keys_ = nullptr;               // in whose name this node signs
  std::unique_ptr<replication::own_records> own_;
  std::unique_ptr<replication::own_records> heirs_own_;  // the same under the key that is to follow, while one is announced
  net::shared_identity heir_;
  std::set<node_key> alive_;                           // of the others, as membership holds them
  std::unique_ptr<link_transport> transport_;
  replication::clock_watch clocks_;
  replication::clock_watch::verdict clock_;
  std::vector<store::stored_record> unkept_;
  std::shared_ptr<const replication::mesh_view> view_ = std::make_shared<const replication::mesh_view>();
  std::vector<sited_member> sited_;  // members, as membership was told
  member_gate::view told_;  // as the others were told
  bool is_view_stale_ = true, is_roster_stale_ = true;
  instant next_view_{}, next_keep_{}, next_check_{}, next_warning_{};
  key_standing standing_ = key_standing::member;       // of this node, as last looked at
  std::uint64_t alarm_ = 0, rulings_ = 0;
  instant armed_for_{};
};

replicator_actor::behavior_type replicator(replicator_actor::stateful_pointer<replicator_state> self, replicator_deps deps);
replicator_actor spawn_replicator(actor_home home, replicator_deps deps);

}  // namespace edgemesh::actors
