// Every actor of this node and every message that it takes, on one page. Including this costs nothing of CAF: the handles
// are declared, not defined. Messages are local to the process. Questions carry a reply_slot; facts carry nothing back.
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/backend_spec.hpp"
#include "actors/backend_view.hpp"
#include "actors/mesh/remote_rows.hpp"
#include "actors/probe_result.hpp"
#include "actors/runtime/reply_slot.hpp"
#include "domain/network_address.hpp"
#include "http/ports.hpp"
#include "settings/change.hpp"

namespace edgemesh::actors {

// --- the backend actor: one per backend; probing, health, breaker, model list, load signals. On the control loop.

struct probe_ended { std::uint64_t run; std::shared_ptr<const probe_result> result; };          ///< a probe run came back
struct names_resolved { std::uint64_t run; result<std::vector<ip_address>> answer; };            ///< a name lookup came back
struct attempt_reported { http::attempt_outcome outcome; };                                      ///< a shard's request ended here
struct wake_up { std::uint64_t alarm; };                                                         ///< its own timer
struct drain_backend { bool is_draining; reply_slot<backend_view_ptr> reply; };                  ///< take no new requests, or again
struct probe_backend { reply_slot<backend_view_ptr> reply; };                                    ///< probe now; answers when it ended
struct inspect_backend { reply_slot<backend_view_ptr> reply; };                                  ///< how are you?
struct reconfigure_backend { backend_spec spec; };                                               ///< new settings, same URL and kind

using backend_actor =
    caf::typed_actor<caf::reacts_to<probe_ended>, caf::reacts_to<names_resolved>, caf::reacts_to<attempt_reported>,
                     caf::reacts_to<wake_up>, caf::reacts_to<drain_backend>, caf::reacts_to<probe_backend>,
                     caf::reacts_to<inspect_backend>, caf::reacts_to<reconfigure_backend>>;

// --- the directory actor: merges what backends offer into the route table. On the control loop.

struct backend_listed { std::shared_ptr<const routing::backend_row> row; backend_view_ptr view; };  ///< a backend as it is now
struct backend_seen { backend_view_ptr view; };                ///< nothing that routing needs has changed
struct backend_unlisted { std::string name; };                 ///< it is gone
struct routes_configured { data_classes classes; std::vector<routing::virtual_model> virtual_models; };
struct publish_due {};                                         ///< its own timer
struct flush_routes { reply_slot<std::uint64_t> reply; };      ///< answers with the version when all of the above is published
/// The backends of other nodes: all of them, as they are now; and how the mesh calls this one, which may differ from what its settings say.
struct remote_rows_told { std::vector<remote_row> rows; std::string own_name{}, own_site{}; };  ///< own_name "": nothing is known of that
struct list_backends { reply_slot<std::vector<backend_view_ptr>> reply; };  ///< all of them, by name

using directory_actor =
    caf::typed_actor<caf::reacts_to<backend_listed>, caf::reacts_to<backend_seen>, caf::reacts_to<backend_unlisted>,
                     caf::reacts_to<routes_configured>, caf::reacts_to<publish_due>, caf::reacts_to<flush_routes>,
                     caf::reacts_to<list_backends>, caf::reacts_to<remote_rows_told>>;

// --- the discovery actor: looks for backends on loopback. On the control loop.

struct found_endpoint { ip_endpoint at; std::shared_ptr<const probe_result> result; };  ///< something that is a backend
struct look_now { last_one_out hold; };            ///< a model is missing, a backend recovered; hold is let go when it is done
struct look_due { std::uint64_t alarm; };          ///< its own timer
struct scan_ended { std::uint64_t run; std::vector<found_endpoint> found; };  ///< a scan came back
struct endpoints_claimed { std::vector<ip_endpoint> endpoints; };  ///< where backends are known already, and ourselves
struct discovery_switched { bool is_on; };         ///< by a reload

using discovery_actor =
    caf::typed_actor<caf::reacts_to<look_now>, caf::reacts_to<look_due>, caf::reacts_to<scan_ended>,
                     caf::reacts_to<endpoints_claimed>, caf::reacts_to<discovery_switched>>;

// --- the keeper actor: the parent of all backend actors; who exists, by configuration and discovery. On the control loop.

/// At start and by a reload. `discovered` is what a discovered backend is made from, but for name, kind and url.
struct backends_configured { std::vector<backend_spec> backends; bool is_discovery_on; backend_spec discovered; };
struct endpoints_found { std::vector<found_endpoint> found; std::vector<last_one_out> holds; };  ///< from discovery
struct addresses_known { std::string backend; std::vector<ip_endpoint> endpoints; };  ///< from a backend: where it is
struct backend_recovered { std::string backend; };   ///< from a backend: it was down and is ready
struct backend_vanished { std::string backend; };    ///< from a discovered backend: gone for too long, or something else now
struct model_missed { reply_slot<bool> reply; };     ///< nobody offers a model: look again; answers when done (false: too soon)
struct look_ended {};                                ///< its own: every part of a look is back
struct routes_flushed {};                            ///< its own: and the route table has what was found
struct tell_backend { std::string backend; attempt_reported report; };  ///< from a shard
struct ask_backend {                                 ///< from the admin API; the slot gets nothing for an unknown name
  enum class what : unsigned char { inspect, probe, drain, enable } question;
  std::string backend;
  reply_slot<backend_view_ptr> reply;
};

using keeper_actor =
    caf::typed_actor<caf::reacts_to<backends_configured>, caf::reacts_to<endpoints_found>, caf::reacts_to<addresses_known>,
                     caf::reacts_to<backend_recovered>, caf::reacts_to<backend_vanished>, caf::reacts_to<model_missed>,
                     caf::reacts_to<look_ended>, caf::reacts_to<routes_flushed>, caf::reacts_to<tell_backend>,
                     caf::reacts_to<ask_backend>>;

// --- the session actor: one per client connection, the outside handle of its coroutine. On the connection's shard.

struct session_ended {};   ///< the coroutine is over
struct cancel_session {};  ///< stop whatever it awaits
struct drain_session {};   ///< close after the next answer
struct end_if_idle {};     ///< stop, unless a request is in progress

using session_actor =
    caf::typed_actor<caf::reacts_to<session_ended>, caf::reacts_to<cancel_session>, caf::reacts_to<drain_session>,
                     caf::reacts_to<end_if_idle>>;

}  // namespace edgemesh::actors

#define EDGEMESH_LOCAL_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(edgemesh::actors::name)
EDGEMESH_LOCAL_MESSAGE(probe_ended)
EDGEMESH_LOCAL_MESSAGE(names_resolved)
EDGEMESH_LOCAL_MESSAGE(attempt_reported)
EDGEMESH_LOCAL_MESSAGE(wake_up)
EDGEMESH_LOCAL_MESSAGE(drain_backend)
EDGEMESH_LOCAL_MESSAGE(probe_backend)
EDGEMESH_LOCAL_MESSAGE(inspect_backend)
EDGEMESH_LOCAL_MESSAGE(reconfigure_backend)
EDGEMESH_LOCAL_MESSAGE(backend_listed)
EDGEMESH_LOCAL_MESSAGE(backend_seen)
EDGEMESH_LOCAL_MESSAGE(backend_unlisted)
EDGEMESH_LOCAL_MESSAGE(routes_configured)
EDGEMESH_LOCAL_MESSAGE(publish_due)
EDGEMESH_LOCAL_MESSAGE(flush_routes)
EDGEMESH_LOCAL_MESSAGE(list_backends)
EDGEMESH_LOCAL_MESSAGE(remote_rows_told)
EDGEMESH_LOCAL_MESSAGE(look_now)
EDGEMESH_LOCAL_MESSAGE(look_due)
EDGEMESH_LOCAL_MESSAGE(scan_ended)
EDGEMESH_LOCAL_MESSAGE(endpoints_claimed)
EDGEMESH_LOCAL_MESSAGE(discovery_switched)
EDGEMESH_LOCAL_MESSAGE(backends_configured)
EDGEMESH_LOCAL_MESSAGE(endpoints_found)
EDGEMESH_LOCAL_MESSAGE(addresses_known)
EDGEMESH_LOCAL_MESSAGE(backend_recovered)
EDGEMESH_LOCAL_MESSAGE(backend_vanished)
EDGEMESH_LOCAL_MESSAGE(model_missed)
EDGEMESH_LOCAL_MESSAGE(look_ended)
EDGEMESH_LOCAL_MESSAGE(routes_flushed)
EDGEMESH_LOCAL_MESSAGE(tell_backend)
EDGEMESH_LOCAL_MESSAGE(ask_backend)
EDGEMESH_LOCAL_MESSAGE(session_ended)
EDGEMESH_LOCAL_MESSAGE(cancel_session)
EDGEMESH_LOCAL_MESSAGE(drain_session)
EDGEMESH_LOCAL_MESSAGE(end_if_idle)
#undef EDGEMESH_LOCAL_MESSAGE
