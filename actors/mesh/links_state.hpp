// Inside the links actor: who should be linked to this node, who is, and how it comes that others are not. Dials what
// membership::links_wanted names, with growing pauses; takes what others dial, whatever was wanted; keeps one link per
// node. On the control loop. Actor only. Bounded by the members of the mesh, one link and one newcomer each.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "actors/mesh/basp_link.hpp"
#include "actors/mesh/link_rivalry.hpp"
#include "actors/mesh/link_talk.hpp"
#include "actors/mesh/linked_peer.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "base/random_source.hpp"
#include "resilience/backoff.hpp"

namespace edgemesh::actors {

struct links_deps {
  node_key self;
  mesh_id mesh;
  proto::hello hello;                     ///< what ours says, but for the time
  std::function<std::int64_t()> wall_ms;
  /// Ends in wire_ready or dial_failed.
  std::function<void(links_actor, const node_key& peer, const std::string& address)> dial;
  std::function<link_actor(link_deps)> make_link;    ///< on the membership loop
  membership_actor membership;
  /// The machine that spreads records; called on this actor's thread.
  std::function<void(link_up)> up;
  std::function<void(link_down)> down;
  std::function<void(frame_arrived)> record_frame;   ///< on the link's thread
  std::function<void(const node_key&, std::shared_ptr<const proto::hello>, std::int64_t wall_ms)> greeted;
  std::function<void(const node_key& twin)> twin_seen;  ///< two live nodes use this key
  std::uint64_t seed = 1;
  milliseconds crossing = crossing_max;
  resilience::backoff_options pauses{milliseconds(200), milliseconds(2500)};  ///< a healed partition is one mesh again within 5 s
  /// Instead of `down`: a link that the mesh does not need was closed on purpose. Empty: `down` is called.
  std::function<void(link_down)> given_up{};
  std::function<void(frame_arrived)> beat_frame{};   ///< answers to beats that this actor did not send; on the link's thread
};

class links_state {
 public:
  using self_pointer = links_actor::stateful_pointer<links_state>;
  static inline const char* name = "links";
  static constexpr milliseconds answer_max{1000};   ///< an old link shows within this that it lives
  static constexpr milliseconds dial_max{10000};
  static constexpr milliseconds surplus_max{30000};  ///< a link that is none of the mesh's stays so long
  static constexpr seconds twin_memory{60};
  static constexpr milliseconds outdated_in{300};   ///< after a change of this node's key: its word is with everybody who is linked
  static constexpr std::uint32_t own_beat = 1;      ///< its sequence; those of others are higher
  explicit links_state(self_pointer self) : self_(self), rng_(0) {}
  links_state(const links_state&) = delete;
  links_state& operator=(const links_state&) = delete;

  void start(links_deps deps);
  void on_wire(const wire_ready& m);
  void on_dial_failed(const dial_failed& m);
  void on_opened(const wire_opened& m);
  void on_closed(const wire_closed& m);
  void on_greeted(const link_greeted& m);
  void on_ended(const link_ended& m);
  void on_answered(const link_answered& m);
  void on_nodes(const nodes_told& m);
  void on_liveness(const liveness_told& m);
  void on_wished(const link_wished& m);
  bool is_surplus(const linked_peer& p) const;
  void give_up_surplus();
  void on_due(const links_due& m);
  void on_rekeyed(const links_rekeyed& m);
  void on_outdated(const links_outdated& m);
  void on_inspect(const inspect_links& m) const;
  void end();

 private:
  instant now() const;
  void plan();
  bool may_dial(const linked_peer& p) const;
  void dial(linked_peer& p);
  void pause(linked_peer& p, std::string why);
  void meet_rival(linked_peer& p, const wire_ready& m);
  bool is_twin(linked_peer& p, const proto::hello& theirs);
  void refuse_twin(linked_peer& p);
  void note_twin(linked_peer& p);
  void take(linked_peer& p, bool is_dialled, std::shared_ptr<wire> connection);
  link_deps deps_of(const linked_peer& p, const open_link& l, int descriptor);
  void cut(linked_peer& p, const std::string& why);
  void lost(linked_peer& p, std::string why);
  void part(linked_peer& p, const std::string& why);
  void take_place_of(linked_peer& p, const known_node& node);
  void tell_neighbours();
  linked_peer* entry_of(std::uint64_t link);
  void arm();

  self_pointer self_;
  std::optional<links_deps> deps_;
  random_source rng_;
  std::map<node_key, linked_peer> peers_;
  known_node own_;
  std::vector<node_key> neighbours_;  // as membership was told
  std::uint64_t last_link_ = 0, alarm_ = 0;
  instant armed_for_{};
};

links_actor::behavior_type links(links_actor::stateful_pointer<links_state> self, links_deps deps);
links_actor spawn_links(actor_home home, links_deps deps);

}  // namespace edgemesh::actors
