// Everything that is needed to reach one backend: addresses, TLS, proxy, credentials, timeouts. Immutable; made by the
// backend's actor (again after each name resolution), carried by the route table, read by any shard.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/secret.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/network_address.hpp"
#include "resilience/stall_timers.hpp"

namespace edgemesh::net {

class client_tls;  // net/client_tls.hpp

struct outbound_proxy {
  host_port authority;
  std::vector<ip_endpoint> addresses;  ///< resolved; may be empty as upstream_target's
  secret basic_credentials;            ///< "user:password", empty when none
  /// The value of Proxy-Authorization; empty: none is sent.
  std::string authorization() const {
    return basic_credentials.empty() ? std::string() : "Basic " + base64::encode(basic_credentials.reveal());
  }
};

struct upstream_target {
  backend_url url;
  std::vector<ip_endpoint> addresses;  ///< all of them are tried; empty: the name is unknown at present, or a proxy is dialled
  /// Which of the dialled addresses is tried first: the one that answered last. Shared by all shards; null: the first.
  std::shared_ptr<std::atomic<std::size_t>> best_address;
  std::string host_header;             ///< url.host_header(): never the client's Host
  std::shared_ptr<const client_tls> tls;  ///< null for plain http
  std::string server_name;             ///< for SNI and verification; the URL's host unless configured
  std::shared_ptr<const outbound_proxy> proxy;  ///< null: direct
  secret api_key;                      ///< sent as `Authorization: Bearer`, empty when none
  std::vector<std::pair<std::string, secret>> headers;  ///< extra request headers
  std::string query;                   ///< extra query parameters, "a=b&c=d", escaped already
  resilience::timeout_options timeouts;
  bool is_edgemesh = false;            ///< the backend is an EdgeMesh node: it gets x-edgemesh-hops
  /// A node that nobody dials: it opens connections to this one and lends them. Then nothing of the above but timeouts and host_header counts.
  std::optional<node_key> lender{};
  std::uint64_t pool_key = 0;          ///< connections are reused only among targets of one key (changes with any setting above)
};

}  // namespace edgemesh::net
