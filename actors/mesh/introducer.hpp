// Introduces this node to a member that does not let it in because it has not heard of it, or that shows a key of which this node has not
// heard: asks that node's listen.peer by the way that is open to strangers, and believes what the answer proves (introduction.hpp).
// Control loop. Limits: `at_once` under way, each node at most once per `pause`, `answer_max` for an answer.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>

#include "actors/mesh/introduction.hpp"
#include "actors/mesh/mesh_interfaces.hpp"
#include "http/ports.hpp"
#include "net/mesh_identity.hpp"
#include "net/name_resolver.hpp"
#include "net/upstream_target.hpp"

namespace edgemesh::actors {

struct introducer_deps {
  boost::asio::io_context& io;
  net::name_resolver& resolver;
  replication::roster::root root;
  std::function<net::shared_identity()> identity;       ///< the present one
  std::function<std::int64_t()> wall_ms;
  std::function<void(const node_key& peer)> introduced; ///< it knows this node now, or this node it
};

class introducer {
 public:
  static constexpr std::size_t at_once = 4;
  static constexpr milliseconds pause{5000}, answer_max{5000};

  explicit introducer(introducer_deps deps) : deps_(std::move(deps)) {}
  ~introducer() { stop(); }
  introducer(const introducer&) = delete;
  introducer& operator=(const introducer&) = delete;
  void attach(replicator_actor replicator) { replicator_ = std::move(replicator); }

  /// `address`: of its listen.peer.
  void introduce(const node_key& peer, const host_port& address);
  void stop() { is_over_.reset(); }

 private:
  using target_ptr = std::shared_ptr<const net::upstream_target>;
  target_ptr target_of(const node_key& peer, const host_port& at, const net::name_resolver::answer& found) const;
  void ask(const node_key& peer, target_ptr target);
  void send(const node_key& peer, target_ptr target, std::vector<std::string> proofs);
  void heard(const node_key& peer, const std::string& body);
  /// Runs `f` on the loop unless this has ended.
  std::function<void()> if_here(std::function<void()> f) const;

  introducer_deps deps_;
  replicator_actor replicator_;
  std::map<node_key, instant> asked_;  // bounded: stale ones go when one is added
  std::size_t under_way_ = 0;
  std::shared_ptr<bool> is_over_ = std::make_shared<bool>(false);  // gone: whatever comes now means nothing
};

}  // namespace edgemesh::actors
