// Inside the keeper actor: which backends exist, by configuration and by discovery, one actor each; and the search for a
// model that nobody offers. Parent of the backend actors and of discovery: it makes them and exits them. Actor only.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/runtime/spawn_on.hpp"

namespace edgemesh::actors {

struct keeper_deps {
  backends_configured configured;
  std::function<backend_actor(keeper_actor, backend_spec, std::shared_ptr<const probe_result> first)> make_backend;
  std::function<discovery_actor(keeper_actor, bool is_on)> make_discovery;
  directory_actor directory;
  milliseconds look_interval_min{2000};  ///< searches for missing models begin this far apart at least
};

class keeper_state {
 public:
  using self_pointer = keeper_actor::stateful_pointer<keeper_state>;
  static inline const char* name = "keeper";
  explicit keeper_state(self_pointer self) : self_(self) {}
  keeper_state(const keeper_state&) = delete;
  keeper_state& operator=(const keeper_state&) = delete;

  void start(keeper_deps deps);
  void on_configured(const backends_configured& m);
  void on_found(const endpoints_found& m);
  void on_addresses(const addresses_known& m);
  void on_recovered(const backend_recovered& m);
  void on_vanished(const backend_vanished& m);
  void on_missed(const model_missed& m);
  void on_look_ended();
  void on_flushed();
  void on_tell(const tell_backend& m);
  void on_ask(const ask_backend& m);
  void end();

 private:
  struct child {
    backend_actor actor;
    backend_spec spec;
    std::vector<ip_endpoint> endpoints;
  };
  void spawn(backend_spec spec, std::shared_ptr<const probe_result> first);
  void remove(const std::string& name);
  void reconfigure(child& c, backend_spec spec);
  void drop_discovered_at(const std::vector<ip_endpoint>& endpoints);
  bool is_claimed(const ip_endpoint& at) const;
  std::string free_name(const found_endpoint& f) const;
  backend_spec discovered_spec(const std::string& name, backend_kind kind, const backend_url& url) const;
  void tell_claims();

  self_pointer self_;
  keeper_deps deps_;
  std::map<std::string, child> children_;
  discovery_actor discovery_;
  std::vector<model_missed> waiting_;
  bool is_looking_ = false;
  bool has_looked_ = false;
  instant last_look_{};
  static constexpr std::size_t waiting_max = 1024;
};

keeper_actor::behavior_type keeper(keeper_actor::stateful_pointer<keeper_state> self, keeper_deps deps);
keeper_actor spawn_keeper(actor_home home, keeper_deps deps);

}  // namespace edgemesh::actors
