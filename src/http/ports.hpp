// The door up: what HTTP code asks of the actors above it. Implemented in actors/, faked in tests.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "admission/key_ring.hpp"
#include "admission/memory_budget.hpp"
#include "domain/attempt.hpp"
#include "domain/backend_cell.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/policy.hpp"
#include "domain/request_record.hpp"
#include "domain/usage.hpp"
#include "http/gateway_options.hpp"
#include "http/mesh_facts.hpp"
#include "http/session_link.hpp"
#include "net/upstream_connection.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::http {

/// How one attempt by this node's own connection ended, for the backend's actor (breaker, catalogue, capabilities). Attempts
/// by a peer are reported to the actor on that peer.
struct attempt_outcome {
  std::string backend;
  attempt_cause cause = attempt_cause::ok;
  std::optional<seconds> retry_after;
  bool usage_rejected = false;     ///< the backend answered 400 to stream_options: do not send it again
  std::string missing_model;       ///< public model name, for attempt_cause::model_missing
};

struct admin_answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string code{};              ///< of an error, for the request log; "": none, or the page has no such log
};

/// What a node asks on listen.peer that this one does not know yet: POST /mesh/v1/join with a join token, POST /mesh/v1/introduce
/// with the records that show it to be a member.
struct join_question {
  std::string body;  ///< at most join_body_bytes_max or introduction_bytes_max, not looked at
  std::string from;  ///< address:port
  bool introduces = false;
};
/// What a member asks about this node: POST /mesh/v1/ask on listen.peer.
struct mesh_question {
  std::string body;  ///< at most question_bytes_max, not looked at
  node_key from;     ///< a member at this moment
};
inline constexpr std::uint64_t join_body_bytes_max = 16u << 10, introduction_bytes_max = 64u << 10, question_bytes_max = 4u << 10;
/// The mesh behind listen.peer, where it is asked about itself. It limits the rate of such questions itself.
class mesh_ports {
 public:
  virtual ~mesh_ports() = default;
  /// Called on a shard's thread. `reply` is called exactly once, within 5 s, on any thread.
  virtual void join(join_question question, std::function<void(admin_answer)> reply) = 0;
  /// The same, within 3 s.
  virtual void ask(mesh_question question, std::function<void(admin_answer)> reply) = 0;
};

/// One per shard; called on that shard's thread only; nothing here blocks.
class gateway_ports {
 public:
  virtual ~gateway_ports() = default;
  virtual std::shared_ptr<const routing::route_table> routes() const noexcept = 0;
  virtual std::shared_ptr<const gateway_options> options() const noexcept = 0;
  virtual std::shared_ptr<const mesh_facts> mesh() const noexcept { return nullptr; }  ///< null outside a mesh
  virtual mesh_ports* mesh_door() noexcept { return nullptr; }                        ///< null outside a mesh
  /// Who may ask; null: everybody (auth.mode none).
  virtual std::shared_ptr<const admission::key_ring> keys() const noexcept { return nullptr; }
  /// False while usage cannot be written down: then requests of keys are refused.
  virtual bool keeps_accounts() const noexcept { return true; }
  /// Before a request of a key has its last bytes. True: the record survives the end of this process. False: it is lost.
  virtual bool keep_usage(const usage_record& record) { return static_cast<void>(record), true; }
  /// Somebody was turned away: by which key ("" unknown), from what, with which code.
  virtual void turned_away(std::string key, std::string route, std::string code) { (void)key, (void)route, (void)code; }
  /// A connection that `lender` has opened to this node, for one request. `taken` is called exactly once on this shard, within
  /// `patience`, perhaps inside this call; null when there was none.
  using borrowed = std::unique_ptr<net::upstream_connection>;
  virtual void borrow(const node_key& lender, milliseconds patience, std::function<void(borrowed)> taken) {
    (void)lender, (void)patience;
    taken(nullptr);
  }
  /// A borrowed one whose answer is complete. Any other is destroyed, which closes it.
  virtual void give_back(borrowed connection) { connection.reset(); }
  virtual admission::memory_budget& memory() noexcept = 0;
  virtual bool draining() const noexcept = 0;  ///< SIGTERM was received: no new work
  virtual bool ready() const noexcept = 0;     ///< what /readyz says
  /// Takes a place among the node's connections; false when limits.connections is reached.
  virtual bool connection_opened() noexcept = 0;
  virtual void connection_closed() noexcept = 0;
  /// A session begins: its actor is made. The returned function is called once when its coroutine has ended.
  virtual std::function<void()> session_opened(std::shared_ptr<session_link> link) = 0;
  /// Reported for every failure, and for successes only while the cell's wants_successes is set.
  virtual void attempt_ended(attempt_outcome outcome) = 0;
  /// Nobody offers this model: look again (coalesced, at most 2 s). `done` is called on this shard, exactly once.
  virtual void model_missed(std::string model, std::function<void()> done) = 0;
  /// Every request ends here, exactly once: log line, metrics, memory of finished requests.
  virtual void request_finished(request_record record) = 0;
};

/// Who asks on the admin port.
struct admin_actor {
  std::string key = "local";          ///< id of the key; "local": the machine's own operator, without keys
  key_role role = key_role::admin;
  std::string group;                  ///< of the key; what a group admin may see and change ends there
  std::shared_ptr<const admission::key_entry> entry = nullptr;  ///< null without keys
};

struct admin_question {
  enum class kind : unsigned char {
    status, backends, backend, backend_drain, backend_enable, backend_probe, models, sessions, session_cancel,
    explain, reload, requests, request, metrics,
    peers, mesh, join_tokens, evictions, mesh_leave, mesh_rotate,
    keys, key, key_create, key_update, key_revoke, key_rotate, keys_import,
    groups, group, group_create, group_update, group_delete,
    usage, audit, store_backup,
  };
  kind what = kind::status;
  std::string subject;  ///< a backend's name, a session's or request's id
  std::string body;     ///< explain: the chat request; join_tokens, evictions: what is wanted
  std::string query;    ///< raw query string
  std::string data_class;  ///< explain: the x-edgemesh-data-class header
  admin_actor asker{};
};
/// Questions from the admin pages; called on the control loop.
class admin_ports {
 public:
  virtual ~admin_ports() = default;
  /// `reply` is called exactly once on the control loop, within 3 s; for a reload within 25 s.
  virtual void ask(admin_question question, std::function<void(admin_answer)> reply) = 0;
  virtual std::shared_ptr<const gateway_options> options() const noexcept = 0;
  /// Whether what follows "Bearer " (may be empty), sent by this user of the machine where that can be told, may ask for what takes `needed`.
  /// Errors: 401 and 403.
  virtual openai::api_result<admin_actor> authorize(std::string_view token, std::optional<std::int64_t> user, key_role needed) {
    (void)token, (void)user, (void)needed;
    return admin_actor{};
  }
};

}  // namespace edgemesh::http
