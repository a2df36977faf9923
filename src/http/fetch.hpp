// One small HTTP exchange with a backend or a peer, for probes and questions: bounded in time and bytes, no redirects, no pooling.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "dialects/probe.hpp"
#include "net/upstream_connection.hpp"
#include "net/upstream_target.hpp"

namespace edgemesh::http {

/// Runs on the calling coroutine's executor. Never throws but for cancellation; failures are outcomes of the reply.
boost::asio::awaitable<dialects::probe_reply> fetch(std::shared_ptr<const net::upstream_target> target,
                                                    dialects::probe_request request);
/// The same over a connection that is there already, and is closed afterwards.
boost::asio::awaitable<dialects::probe_reply> fetch_on(std::unique_ptr<net::upstream_connection> connection,
                                                       std::shared_ptr<const net::upstream_target> target, dialects::probe_request request);

}  // namespace edgemesh::http
