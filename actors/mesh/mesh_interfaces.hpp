// The actors of a node that is in a mesh, and every message that they take. All messages are local to the process. The
// links actor and the replicator live on the control loop, membership on a loop of its own, the store on a thread of its own.
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/mesh/link_interfaces.hpp"
#include "actors/mesh/wire.hpp"
#include "actors/runtime/reply_slot.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/mesh_ids.hpp"
#include "net/mesh_identity.hpp"
#include "membership/swim.hpp"
#include "membership/topology.hpp"
#include "proto/messages.hpp"
#include "replication/gossip.hpp"
#include "replication/mesh_view.hpp"
#include "routing/path_cell.hpp"
#include "store/mesh_state.hpp"

namespace edgemesh::actors {

// --- about links, for those who talk over them: membership and the replicator.

struct link_up { node_key peer; link_actor link; std::uint8_t version; };
struct link_down { node_key peer; bool is_renewed = false; };  ///< renewed: it ends for a new key's sake and comes again at once
/// A frame's content, of the kinds that the receiver takes; decoded by it.
struct frame_arrived { node_key from; proto::message_kind kind; std::string payload; };

// --- the membership actor: who is alive. Hosts membership::swim.

struct sited_member { node_key key; std::string site; friend bool operator==(const sited_member&, const sited_member&) = default; };
struct members_told { std::vector<sited_member> members; };     ///< who belongs to the mesh, this node too
struct neighbours_told { std::vector<node_key> neighbours; };   ///< empty: everybody
struct swim_due { std::uint64_t alarm; };                       ///< its own timer
struct incarnation_stored { std::uint64_t to; };                ///< from the store: it may be used now
struct announce_leave {};                                       ///< tell everybody that this node goes of its own will
/// This node is known by another key from now on, and begins anew as such.
struct membership_rekeyed { net::shared_identity to; };
struct membership_report {
  std::vector<membership::member_view> members;
  std::uint64_t incarnation = 0;
  int health_score = 0;
  membership::swim_counters counters;
};
struct inspect_membership { reply_slot<membership_report> reply; };

using membership_actor =
    caf::typed_actor<caf::reacts_to<link_up>, caf::reacts_to<link_down>, caf::reacts_to<frame_arrived>, caf::reacts_to<members_told>,
                     caf::reacts_to<neighbours_told>, caf::reacts_to<swim_due>, caf::reacts_to<incarnation_stored>,
                     caf::reacts_to<announce_leave>, caf::reacts_to<inspect_membership>, caf::reacts_to<membership_rekeyed>>;

// --- the heartbeat actor: whether the nodes that requests wait for answer. Hosts membership::heartbeats.

struct watch_way { node_key peer; link_actor link; std::uint8_t version; std::shared_ptr<routing::path_cell> way; };  ///< a link is up
struct ways_busy {};                                            ///< from a shard: the first request is outstanding
struct beats_due {};                                            ///< its own timer

using heartbeat_actor = caf::typed_actor<caf::reacts_to<watch_way>, caf::reacts_to<link_down>, caf::reacts_to<frame_arrived>,
                                         caf::reacts_to<ways_busy>, caf::reacts_to<beats_due>>;

// --- the links actor: whom this node is linked to. Dials, takes what others dial, and tells membership and the replicator.

/// An authenticated connection, fresh from its handshake.
struct wire_ready { node_key peer; bool is_dialled; std::shared_ptr<wire> connection; };
struct dial_failed { node_key peer; std::string why; };
struct wire_opened { std::uint64_t link; int descriptor; };
struct wire_closed { std::uint64_t link; std::string why; };    ///< the connection ended below BASP
struct link_greeted { std::uint64_t link; std::shared_ptr<const proto::hello> theirs; std::uint8_t version; };
struct link_ended { std::uint64_t link; std::string why; };     ///< its actor is over
struct link_answered { std::uint64_t link; };                   ///< it was asked whether it lives
struct known_node { membership::place at; std::string name, address; bool is_gone = false; std::vector<node_key> former{}; };
/// Everybody who is a member, this node too; whoever is missing has no business here: its links are cut at once.
struct nodes_told { std::vector<known_node> nodes; };
struct liveness_told { node_key who; membership::member_state state; };
struct link_wished { node_key peer; bool at_once = false; };    ///< a message waits for it; at once: what stood against it is mended
struct links_due { std::uint64_t alarm; };                      ///< its own timer
/// This node is known by another key from now on. Its links are opened anew, a little later: news has to go out on the old ones.
struct links_rekeyed { node_key to; };
struct links_outdated { instant before; };                      ///< its own timer: those that were opened before end now
enum class link_phase : std::uint8_t { none, dialling, opening, up };
std::string_view name_of(link_phase p) noexcept;
struct link_view {
  node_key peer;
  link_phase phase = link_phase::none;
  bool is_dialled = false, is_wanted = false;
  instant since{};
  std::uint8_t version = 0;
  std::vector<std::string> features;
  std::optional<milliseconds> clock_ahead;  ///< of the peer, at its hello
  std::string problem;                      ///< why there is no link, for people
};
struct inspect_links { reply_slot<std::vector<link_view>> reply; };

using links_actor =
    caf::typed_actor<caf::reacts_to<wire_ready>, caf::reacts_to<dial_failed>, caf::reacts_to<wire_opened>, caf::reacts_to<wire_closed>,
                     caf::reacts_to<link_greeted>, caf::reacts_to<link_ended>, caf::reacts_to<link_answered>, caf::reacts_to<nodes_told>,
                     caf::reacts_to<liveness_told>, caf::reacts_to<link_wished>, caf::reacts_to<links_due>, caf::reacts_to<inspect_links>,
                     caf::reacts_to<links_rekeyed>, caf::reacts_to<links_outdated>>;

// --- the replicator: what the mesh knows. Hosts replication::gossip.

struct peer_greeted { node_key peer; std::shared_ptr<const proto::hello> theirs; std::int64_t wall_ms; };
struct records_due { std::uint64_t alarm; };                     ///< its own timer
/// A peer's clock, half a round trip ago. From the membership actor, each peer's every `clock_pause`.
struct clock_seen { node_key peer; std::int64_t wall_ms = 0; microseconds round_trip{0}; };
/// A record that this node signed beside its own descriptions: an admission, an eviction. False: it does not count.
struct publish_record { proto::sealed_record record; reply_slot<bool> reply; };
/// Signed by this node, a full member. Answers with the raw records that show the new member, and where this node is; with none when
/// this node may not admit.
struct admit_member { proto::member_body body; reply_slot<std::vector<std::string>> reply; };
/// Records that show who a node is, signatures checked: kept and spread. Answers with what shows this node; nothing when that
/// node is no member all the same (evicted).
struct introduce_records { node_key who; std::vector<proto::sealed_record> records; reply_slot<std::vector<std::string>> reply; };
/// Raw records that show that this node is a member, with its description.
struct ask_proofs { reply_slot<std::vector<std::string>> reply; };
/// Signed by this node, and anew for those whom the evicted one had admitted before. False: this node may not.
struct evict_member { node_key subject; std::int64_t since_ms = 0; reply_slot<bool> reply; };
// A key that changes: announced, and all that this node says of itself is said under the new one as well; signed, which is the word that
// ends the old key, for the disk; followed, once it is there: told to everybody, and the new key is this node's. False: it does not count.
struct announce_key { net::shared_identity next; reply_slot<bool> reply; };
struct sign_succession { net::shared_identity next; reply_slot<proto::sealed_record> reply; };
struct follow_key { net::shared_identity next; proto::sealed_record succession; reply_slot<bool> reply; };
/// What this node says about itself; versions and signatures are the replicator's.
struct describe_node { proto::node_body body; };
struct own_backend { std::string name; std::optional<proto::backend_body> body; std::shared_ptr<const proto::backend_content> content; };  ///< no body: gone
/// Thrown out for ever; name and site as they were last admitted.
struct evicted_node { node_key key; std::string name, site; };
struct mesh_report {
  mesh_id mesh;
  node_key self;
  std::vector<replication::member> members;     ///< this node too
  key_standing standing = key_standing::unknown;  ///< of this node
  std::shared_ptr<const replication::mesh_view> view;
  std::vector<evicted_node> evicted;
  replication::gossip_counters counters;
  std::map<node_key, replication::digests_compared> compared;
  std::size_t records = 0;
  std::uint64_t summary = 0;                    ///< equal on nodes that know the same
  std::optional<std::int64_t> clock_offset_ms;  ///< the peers' median minus this node's clock
  bool is_clock_off = false;
  std::vector<std::string> proofs;              ///< raw records that show that this node is a member
};
struct inspect_mesh { reply_slot<mesh_report> reply; };

using replicator_actor =
    caf::typed_actor<caf::reacts_to<link_up>, caf::reacts_to<link_down>, caf::reacts_to<frame_arrived>, caf::reacts_to<peer_greeted>,
                     caf::reacts_to<records_due>, caf::reacts_to<publish_record>, caf::reacts_to<admit_member>,
                     caf::reacts_to<evict_member>, caf::reacts_to<describe_node>,
                     caf::reacts_to<own_backend>, caf::reacts_to<inspect_mesh>, caf::reacts_to<liveness_told>, caf::reacts_to<announce_key>,
                     caf::reacts_to<sign_succession>, caf::reacts_to<follow_key>, caf::reacts_to<introduce_records>, caf::reacts_to<ask_proofs>,
                     caf::reacts_to<clock_seen>>;

// --- the store actor: everything that waits for the disk. Detached.

struct keep_incarnation { std::uint64_t at_least; reply_slot<bool> reply; };  ///< answers once it is on the disk
struct keep_records { std::vector<store::stored_record> records; };
struct forget_mesh { reply_slot<bool> reply; };
struct store_done { reply_slot<bool> reply; };                                ///< answers when all of the above is done
/// The key that is to follow the one in this file: that which waits beside it, or a new one. Null: see the log.
struct make_next_key { std::string file; reply_slot<net::shared_identity> reply; };
/// Keeps the word by which it follows, then lets it take the place of the old one. False: see the log; nothing, or the record alone, is done.
struct settle_next_key { std::string file; store::stored_record succession; reply_slot<bool> reply; };

using store_actor = caf::typed_actor<caf::reacts_to<keep_incarnation>, caf::reacts_to<keep_records>, caf::reacts_to<forget_mesh>,
                                     caf::reacts_to<store_done>, caf::reacts_to<make_next_key>, caf::reacts_to<settle_next_key>>;

}  // namespace edgemesh::actors

#define EDGEMESH_LOCAL_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::name)
EDGEMESH_LOCAL_MESSAGE(link_up)
EDGEMESH_LOCAL_MESSAGE(link_down)
EDGEMESH_LOCAL_MESSAGE(frame_arrived)
EDGEMESH_LOCAL_MESSAGE(members_told)
EDGEMESH_LOCAL_MESSAGE(neighbours_told)
EDGEMESH_LOCAL_MESSAGE(swim_due)
EDGEMESH_LOCAL_MESSAGE(incarnation_stored)
EDGEMESH_LOCAL_MESSAGE(announce_leave)
EDGEMESH_LOCAL_MESSAGE(inspect_membership)
EDGEMESH_LOCAL_MESSAGE(membership_rekeyed)
EDGEMESH_LOCAL_MESSAGE(watch_way)
EDGEMESH_LOCAL_MESSAGE(ways_busy)
EDGEMESH_LOCAL_MESSAGE(beats_due)
EDGEMESH_LOCAL_MESSAGE(wire_ready)
EDGEMESH_LOCAL_MESSAGE(dial_failed)
EDGEMESH_LOCAL_MESSAGE(wire_opened)
EDGEMESH_LOCAL_MESSAGE(wire_closed)
EDGEMESH_LOCAL_MESSAGE(link_greeted)
EDGEMESH_LOCAL_MESSAGE(link_ended)
EDGEMESH_LOCAL_MESSAGE(link_answered)
EDGEMESH_LOCAL_MESSAGE(nodes_told)
EDGEMESH_LOCAL_MESSAGE(liveness_told)
EDGEMESH_LOCAL_MESSAGE(link_wished)
EDGEMESH_LOCAL_MESSAGE(links_due)
EDGEMESH_LOCAL_MESSAGE(inspect_links)
EDGEMESH_LOCAL_MESSAGE(links_rekeyed)
EDGEMESH_LOCAL_MESSAGE(links_outdated)
EDGEMESH_LOCAL_MESSAGE(peer_greeted)
EDGEMESH_LOCAL_MESSAGE(records_due)
EDGEMESH_LOCAL_MESSAGE(publish_record)
EDGEMESH_LOCAL_MESSAGE(admit_member)
EDGEMESH_LOCAL_MESSAGE(evict_member)
EDGEMESH_LOCAL_MESSAGE(clock_seen)
EDGEMESH_LOCAL_MESSAGE(announce_key)
EDGEMESH_LOCAL_MESSAGE(introduce_records)
EDGEMESH_LOCAL_MESSAGE(ask_proofs)
EDGEMESH_LOCAL_MESSAGE(sign_succession)
EDGEMESH_LOCAL_MESSAGE(follow_key)
EDGEMESH_LOCAL_MESSAGE(describe_node)
EDGEMESH_LOCAL_MESSAGE(own_backend)
EDGEMESH_LOCAL_MESSAGE(inspect_mesh)
EDGEMESH_LOCAL_MESSAGE(keep_incarnation)
EDGEMESH_LOCAL_MESSAGE(keep_records)
EDGEMESH_LOCAL_MESSAGE(forget_mesh)
EDGEMESH_LOCAL_MESSAGE(store_done)
EDGEMESH_LOCAL_MESSAGE(make_next_key)
EDGEMESH_LOCAL_MESSAGE(settle_next_key)
#undef EDGEMESH_LOCAL_MESSAGE
