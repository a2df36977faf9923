// How the listen.peer of other nodes is reached: addresses, TLS, and the state of the way. Names are resolved again every
// `resolve_interval` and when the address changes, and every second while requests to the node get lost. Control loop. Bounded by the members of the mesh.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/mesh_ids.hpp"
#include "net/client_tls.hpp"
#include "net/name_resolver.hpp"
#include "net/upstream_target.hpp"
#include "routing/path_cell.hpp"

namespace edgemesh::actors {

class peer_targets {
 public:
  static constexpr seconds resolve_interval{30}, resolve_interval_lost{1};

  /// `changed` is called on the loop when a target has other addresses than before.
  peer_targets(net::name_resolver& resolver, std::shared_ptr<const net::mesh_tls> tls, resilience::timeout_options timeouts,
               std::shared_ptr<routing::path_watch> watch, std::function<void()> changed)
      : resolver_(resolver), tls_(std::move(tls)), timeouts_(timeouts), watch_(std::move(watch)), changed_(std::move(changed)) {}
  peer_targets(const peer_targets&) = delete;
  peer_targets& operator=(const peer_targets&) = delete;

  /// Null while the address is unknown, none, or no address.
  std::shared_ptr<const net::upstream_target> target_of(const node_key& peer, const std::string& address, instant now);
  std::shared_ptr<routing::path_cell> cell_of(const node_key& peer);
  void keep_only(const std::vector<node_key>& members);
  /// Connections from now on are made with this; those that are open are not used for further requests.
  void use(std::shared_ptr<const net::mesh_tls> tls);

 private:
  struct entry {
    std::string address;
    std::shared_ptr<const net::upstream_target> target;
    std::shared_ptr<routing::path_cell> cell;
    instant resolved{};
    bool is_resolving = false;
  };
  entry& entry_of(const node_key& peer);
  void resolve(const node_key& peer, entry& e, const host_port& at);
  void found(const node_key& peer, const std::string& address, const net::name_resolver::answer& answer);
  std::shared_ptr<const net::upstream_target> make_target(const node_key& peer, const host_port& at, std::vector<ip_endpoint> endpoints);

  net::name_resolver& resolver_;
  std::shared_ptr<const net::mesh_tls> tls_;
  resilience::timeout_options timeouts_;
  std::shared_ptr<routing::path_watch> watch_;
  std::function<void()> changed_;
  std::map<node_key, entry> entries_;
  std::uint64_t last_pool_key_ = std::uint64_t{1} << 63;  // apart from those of backends, which are hashes
};

}  // namespace edgemesh::actors
