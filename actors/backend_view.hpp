// What can be seen of one backend from outside: made by its actor, immutable, shown by the admin API. Live numbers (in
// flight) are read from the cell. No secret, no text of an upstream.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/attempt.hpp"
#include "domain/backend_cell.hpp"
#include "domain/backend_kind.hpp"
#include "domain/load_report.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/model_offer.hpp"
#include "domain/model_prices.hpp"

namespace edgemesh::actors {

struct backend_view {
  std::string name;
  std::string url;
  backend_kind kind = backend_kind::automatic;
  backend_health health = backend_health::unknown;
  breaker_state breaker = breaker_state::closed;
  attempt_cause breaker_cause = attempt_cause::ok;
  std::string detail;      ///< the first thing wrong, in our words
  std::string version;     ///< of the server
  std::string data_class;
  std::string id;          ///< configured: the same physical backend on several nodes; "" when none
  backend_offer offer = backend_offer::mesh;
  std::map<std::string, model_prices> prices;  ///< configured, by public model name
  bool is_draining = false;
  bool is_discovered = false;
  std::vector<model_offer> models;
  std::optional<instant> last_probe;
  std::optional<milliseconds> latency;  ///< of the last probe's first exchange that was answered
  load_report load;
  std::shared_ptr<const backend_cell> cell;
};
using backend_view_ptr = std::shared_ptr<const backend_view>;

}  // namespace edgemesh::actors
