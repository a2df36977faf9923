// Two ends of a TCP connection on loopback, and handshakes over it, for tests of links. One thread.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "net/mesh_tls.hpp"

namespace edgemesh::net::testing {

using boost::asio::ip::tcp;
using tls_stream = boost::asio::ssl::stream<tcp::socket>;

/// Who may enter, changed while contexts live.
struct guest_list {
  std::set<node_key> keys;
  int asked = 0;
  key_gate gate() {
    return [this](const node_key& key) {
      ++asked;
      return keys.contains(key);
    };
  }
};

struct tcp_pair {
  tcp::socket server, client;
};
inline tcp_pair connect_pair(boost::asio::io_context& io) {
  tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  tcp_pair pair{tcp::socket(io), tcp::socket(io)};
  pair.client.connect(acceptor.local_endpoint());
  acceptor.accept(pair.server);
  return pair;
}

/// Runs `io` until `done` holds; a test that waits for what never comes fails after ten seconds.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  io.restart();
  while (!done() && std::chrono::steady_clock::now() < end) {
    io.run_one_for(std::chrono::milliseconds(20));
    if (io.stopped()) io.restart();
  }
  EXPECT_TRUE(done()) << "waited in vain";
}

/// The same for a test that has work of its own in `done`: it never waits for the loop.
inline void work_until(boost::asio::io_context& io, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done() && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.poll();
  }
  EXPECT_TRUE(done()) << "worked in vain";
}

/// Both ends after both have tried. The client's end also reads one byte, which the server writes when it is content: only
/// then does a TLS 1.3 client know what the server thinks of it.
struct handshake {
  std::unique_ptr<tls_stream> server, client;
  boost::system::error_code server_error, client_error;
  bool succeeded() const { return !server_error && !client_error; }
};
inline handshake shake_hands(boost::asio::io_context& io, boost::asio::ssl::context& server, boost::asio::ssl::context& client,
                             const std::function<void(ssl_st*)>& prepare) {
  auto pair = connect_pair(io);
  handshake h;
  h.server = std::make_unique<tls_stream>(std::move(pair.server), server);
  h.client = std::make_unique<tls_stream>(std::move(pair.client), client);
  prepare(h.client->native_handle());
  int open = 2;
  char byte = 'k';
  h.server->async_handshake(tls_stream::server, [&](boost::system::error_code ec) {
    h.server_error = ec;
    --open;
    if (ec) h.server->next_layer().close();
    else boost::asio::write(*h.server, boost::asio::buffer(&byte, 1));
  });
  h.client->async_handshake(tls_stream::client, [&](boost::system::error_code ec) {
    h.client_error = ec;
    if (!ec) return h.client->async_read_some(boost::asio::buffer(&byte, 1), [&](boost::system::error_code rc, std::size_t) {
      h.client_error = rc;
      --open;
    });
    --open;
    h.client->next_layer().close();
  });
  run_until(io, [&] { return open == 0; });
  return h;
}

}  // namespace edgemesh::net::testing
