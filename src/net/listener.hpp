// Listening sockets. One socket, which all shards share: with a socket for each (SO_REUSEPORT)
// a second process on the same port would go unnoticed and get half of the clients.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "domain/network_address.hpp"

namespace edgemesh::net {

/// A bound, listening, non-blocking acceptor on a literal address or a name that resolves at once (localhost).
/// Errors say what to do: "127.0.0.1:8780 is in use by another process; stop it or set listen.api".
/// `key` names the configuration key for that sentence.
result<boost::asio::ip::tcp::acceptor> bind_listener(boost::asio::io_context& io, const host_port& at, const char* key);

/// A second acceptor on the same socket for another shard's io_context (the descriptor is duplicated: one accept queue,
/// whichever shard is idle takes the next connection).
result<boost::asio::ip::tcp::acceptor> share_listener(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor& other);

}  // namespace edgemesh::net
