// Looks for backends on the well-known ports of this machine: a bare TCP connect first, and only where something listens
// the recognition of its dialect. All ports at once, on the control loop; each is bounded by a connect and a probe.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <vector>

#include "actors/interfaces.hpp"

namespace edgemesh::actors {

struct scan_order {
  std::vector<ip_endpoint> candidates;
  resilience::timeout_options timeouts;
  milliseconds connect_timeout{300};
};

/// Loopback endpoints of dialects::well_known_ports(), IPv4 and IPv6, without those that are claimed; a claim of one
/// family holds for the other: the same server is behind both.
std::vector<ip_endpoint> scan_candidates(const std::vector<ip_endpoint>& claimed);

/// `done` is called exactly once on `io`, never inside this call, unless `io` ends first. At most one find per port.
void start_scan(boost::asio::io_context& io, scan_order order, std::function<void(std::vector<found_endpoint>)> done);

}  // namespace edgemesh::actors
