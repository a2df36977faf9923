// The way into a listener that speaks TLS: a fresh connection's handshake, with a deadline. Who speaks plain HTTP there is told so in the
// clear. One connection each; on the loop of its stream.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/clock.hpp"
#include "http/client_stream.hpp"
#include "net/ticker.hpp"

namespace edgemesh::http {

/// False: the connection is to be closed, because its handshake failed or took longer than `patience`, or because it had none.
/// `stream` was made with TLS.
boost::asio::awaitable<bool> enter_tls(net::ticker& ticks, std::shared_ptr<client_stream> stream, milliseconds patience);

}  // namespace edgemesh::http
