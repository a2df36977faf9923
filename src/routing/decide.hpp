// The routing decision: constraints with names, then the choice among what is left. Pure: time and chance are passed in;
// in-flight numbers are read from the cells. `explain` and the data path run this same code.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "openai/api_error.hpp"
#include "openai/client_request.hpp"
#include "routing/access.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::routing {

/// Why a candidate was refused. Names are stable: `explain`, metrics and docs use them.
enum class refusal : std::uint8_t {
  none, model, pin, access, endpoint, capability, context_length, data_class, remote_media, health, breaker, blocked,
  concurrency, draining,
  relay_class,  ///< the node that would pass the request on may not see its data class
  unreachable,  ///< the way to the node that holds the connection was lost, or has more hops than are left
  already_tried,
  priority,  ///< no constraint: a lower tier had room; only explain says it
  distance,  ///< no constraint: another path of the backend is better, or the own site had room; only explain says it
};
std::string_view name_of(refusal r) noexcept;

/// A way that had an attempt already. Names, no pointers: tables are replaced while a request runs.
struct tried_way {
  std::string owner, backend;  ///< the row's
  std::string node, via;       ///< the path's
  bool every_path = false;     ///< the backend itself failed: no other path of it is worth trying

  static tried_way all_of(const candidate& c);
  static tried_way path_of(const candidate& c);
  bool covers(const candidate& c) const noexcept;
};

struct route_query {
  std::string_view model;        ///< as the client asked: may be empty, virtual, or pinned `backend::model`
  endpoint kind = endpoint::chat;
  openai::request_facts facts;
  bool stream = false;
  class_level data_class = 0;    ///< from header (and later key, session); a virtual model may raise it further
  int minute_of_day = 0;         ///< local time, 0..1439, for `when: hours`
  instant now{};
  const std::vector<tried_way>* tried = nullptr;  ///< may be null
  const access* asker = nullptr;                  ///< null: whoever asks may use everything
  int hops_left = 2;             ///< paths with more hops are unreachable: a forwarded request has made some of its two already
  /// A forwarded request: this backend, by the connection of this node, and no virtual model in between. Empty: any.
  std::string_view target_node{}, target_backend{};
};

struct verdict {
  candidate who;
  refusal refused_by = refusal::none;  ///< none: was in the choice
  std::string detail;                  ///< "needs vision", "context 4096 < 9000"
  int in_flight = 0;
  double cost_ms = 0;                  ///< expected time to the first token (routing/cost.hpp)
  double distance_ms = 0;              ///< of it, the way
};

/// Its candidates point into the table: whoever keeps them keeps the table (the shared_ptr of the snapshot) too.
struct decision {
  std::optional<candidate> choice;
  /// The public model after virtual models were resolved; without a choice the known name that was asked for, else "".
  std::string model;
  std::string virtual_route;            ///< "assistant[0]" when a virtual model led here
  class_level data_class = 0;           ///< effective class
  /// Set when there is no choice: 400, 403 data_class_denied, 404 model_not_found, 503 no_backend_available, ...
  std::optional<openai::api_error> error;
  refusal because = refusal::none;      ///< without a choice: the constraint that emptied the set; none: nobody offers the model
  bool model_unknown = false;           ///< nobody (or not the pinned backend) offers the model: rediscovery may help
  std::vector<verdict> verdicts;        ///< filled only when explaining
};

/// Names: an exact public name first, then a pin `backend::model` or `node/backend::model`. A virtual model takes the first of
/// its routes whose `when` holds and that has somebody to serve it; a backend that is still loading is taken only when no
/// later route has a better one. A virtual model may lead to another one, at most four deep and never to itself: a name that
/// is being resolved already means the real model of that name.
/// Order of constraints: model, pin, access, endpoint, capability, context_length, data_class, relay_class, remote_media, draining, health,
/// breaker, blocked, concurrency, unreachable, already_tried. relay_class and the last two belong to the path, the others to the backend. Then
/// of each backend its best path: the own connection, those with room, own site first, then the nearest; one whose node does not answer
/// heartbeats only when there is no other candidate. Of the backends ready before unknown before warming, those with
/// room, the lowest priority tier, the own site while it has room, and the cheapest of two random ones and the nearest. Health, breaker and load are read once per candidate, without a lock: the data path still takes
/// its place (in_flight_guard) and a half-open breaker's trial (trial_taken) itself, and decides again when somebody was faster.
/// The error names the first constraint that emptied the set, by what helps the client most: a prompt too long for all is
/// context_length_exceeded, a class too high for all 403 data_class_denied, remote media that no candidate may fetch 400,
/// all full or broken 503 with Retry-After.
decision decide(const route_table& table, const route_query& query, random_source& rng, bool explain = false);

}  // namespace edgemesh::routing
