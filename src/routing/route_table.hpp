// The structure level of routing: who offers what, by which path. Immutable; rebuilt on change by the directory
// actor (at most 10 times a second) and handed to each shard as shared_ptr<const route_table>. The load level lives
// in each row's backend_cell, written in place. Any thread may read.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/backend_cell.hpp"
#include "domain/backend_kind.hpp"
#include "domain/data_class.hpp"
#include "domain/endpoint.hpp"
#include "domain/model_offer.hpp"
#include "domain/model_prices.hpp"
#include "routing/path_cell.hpp"

namespace edgemesh::net {
struct upstream_target;  // addresses, TLS, credentials: opaque here, used by http
}

namespace edgemesh::routing {

/// How a backend is reached: by this node's own connection, or by a peer's.
struct backend_path {
  std::string node;         ///< who holds the connection
  std::string site;         ///< of that node
  std::string via;          ///< the node in between, which relays; "" when there is none
  std::string backend;      ///< what that node calls the backend; "": as the row does
  bool local = true;        ///< this node's own connection
  int hops = 0;             ///< nodes after this one: 0 own connection, 1 a peer, 2 a peer behind a relay
  class_level relay_class = 255;  ///< the most sensitive class that the node in between may see
  bool is_full = false;     ///< that node's share of the backend was in use when it was last heard: only taken after the others
  double distance_ms = 0;   ///< round trip to that node, until the cell knows a measured one
  std::shared_ptr<const net::upstream_target> target;
  std::shared_ptr<path_cell> cell;  ///< null for this node's own connection: its losses are the backend's
};

/// One backend in one version. Breaker, concurrency and load belong to it (cell); reachability to its paths.
struct backend_row {
  std::string name;              ///< unique on its node
  std::string node;              ///< owner; of a backend that several nodes list under one id: one of them
  backend_kind kind = backend_kind::openai;
  int priority = 0;              ///< tiers: a higher number is used only when no lower one has room
  class_level data_class = 0;    ///< the most sensitive class that it may see
  bool remote_media = false;
  std::vector<std::string> allow_fields;
  std::vector<model_offer> models;
  std::vector<backend_path> paths;         ///< at least one
  std::shared_ptr<backend_cell> cell;      ///< never null
  bool asks_usage = true;        ///< false once it rejected stream_options

  bool data_class_configured = false;  ///< data_class was written by a person, so it holds for models that run elsewhere too
  std::map<std::string, model_prices> prices;  ///< by public model name; a model without one costs nothing

  const model_prices* price_of(const std::string& model) const noexcept {
    const auto at = prices.find(model);
    return at == prices.end() ? nullptr : &at->second;
  }

  /// The class that it may see for this model: models that run elsewhere get the lowest unless configured otherwise.
  class_level class_for(const model_offer& model) const noexcept {
    return model.runs_elsewhere && !data_class_configured ? class_level{0} : data_class;
  }
};

/// Conditions of a virtual model's route; absent means "does not matter".
struct route_condition {
  std::optional<std::int64_t> prompt_tokens_min, prompt_tokens_max;
  std::optional<bool> tools, images, json_schema, stream;
  std::optional<class_level> data_class;  ///< holds when the effective class is at most this
  std::optional<std::pair<int, int>> minutes_of_day;  ///< [from, to) local time; from > to wraps midnight
};
struct virtual_route {
  route_condition when;
  std::string use;  ///< a model name, may be a pin `backend::model`
};
struct virtual_model {
  std::string name;
  std::vector<virtual_route> routes;
  std::optional<class_level> data_class;  ///< raises the class of requests for it
};

struct candidate {
  const backend_row* backend = nullptr;
  const model_offer* model = nullptr;
  const backend_path* path = nullptr;
};

class route_table {
 public:
  route_table() = default;
  route_table(std::uint64_t version, data_classes classes, std::vector<std::shared_ptr<const backend_row>> backends,
              std::vector<virtual_model> virtual_models, std::string default_model = {}, std::string own_site = {});

  std::uint64_t version() const noexcept { return version_; }
  const std::string& own_site() const noexcept { return own_site_; }
  bool has_peers() const noexcept { return has_peers_; }  ///< some path is not this node's own
  /// The connection is this node's own, or stands in its site.
  bool is_near(const backend_path& path) const noexcept { return path.local || path.site == own_site_; }
  const data_classes& classes() const noexcept { return classes_; }
  const std::vector<std::shared_ptr<const backend_row>>& backends() const noexcept { return backends_; }
  const std::vector<virtual_model>& virtual_models() const noexcept { return virtual_models_; }
  const virtual_model* find_virtual(std::string_view name) const noexcept;
  /// Candidates for a public model name, those of one backend side by side; Ollama's name rule (backends.md B.7) is applied to Ollama rows: `llama3`
  /// matches `llama3:latest`, case-insensitively, never `llama3:8b`.
  std::vector<candidate> offers_of(std::string_view model) const;
  /// The same without a copy; lives as long as the table. Names over 512 bytes match nothing.
  std::span<const candidate> candidates_for(std::string_view model) const;
  /// The default model if one was given, else the only model there is (real or virtual): what a request without a model
  /// means (Cognis harness).
  std::optional<std::string_view> sole_model() const noexcept;
  std::vector<std::string> model_names() const;  ///< real and virtual, sorted, for /v1/models and hints

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  using candidate_index = std::unordered_map<std::string, std::vector<candidate>, text_hash, std::equal_to<>>;

  void index(const backend_row& row);
  void merge_ollama_offers();
  void find_sole_model();

  std::uint64_t version_ = 0;
  data_classes classes_;
  std::vector<std::shared_ptr<const backend_row>> backends_;
  std::vector<virtual_model> virtual_models_;
  candidate_index by_name_;         // exact public names; with the Ollama rows that match
  candidate_index by_ollama_name_;  // canonical Ollama names; Ollama rows alone
  std::string sole_model_;          // "" when there are none or several
  std::string own_site_;
  bool has_peers_ = false;
};

}  // namespace edgemesh::routing
