// Opens connections to other nodes: the name is resolved at each dial, all its addresses are tried, then TLS with the one
// node that is expected. Nothing here blocks; every step has a deadline. One loop.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/mesh_connection.hpp"
#include "net/name_resolver.hpp"

namespace edgemesh::net {

struct mesh_dial_options {
  milliseconds connect_max{2000};    ///< per address
  milliseconds handshake_max{5000};  ///< per address that took the connection
  std::size_t addresses_max = 8;     ///< of one name; further ones are not tried
  std::string asker = "mesh";        ///< dials of one address and one asker wait for each other's name lookup in vain
};

struct mesh_destination {
  host_port address;
  /// The key that must answer, or where nobody is known yet the fingerprint of it.
  std::variant<node_key, content_hash> expected;
};

/// One dial under way. Dropping the last reference does not end it: cancel() does.
class mesh_dial : public std::enable_shared_from_this<mesh_dial> {
 public:
  using done = std::function<void(result<mesh_connection>)>;

  /// The resolver must live until the dial is over or cancelled.
  mesh_dial(boost::asio::io_context& io, name_resolver& resolver, std::shared_ptr<const mesh_tls> tls, mesh_dial_options options = {});
  mesh_dial(const mesh_dial&) = delete;
  mesh_dial& operator=(const mesh_dial&) = delete;

  /// Once per object. `then` is called once, on the loop, never inside this call; errors say what was tried last.
  void start(mesh_destination to, done then);
  /// `then` is not called any more.
  void cancel();
  /// It failed since somebody else answered than was expected, or somebody of whom this node has not heard.
  bool has_met_stranger() const noexcept { return has_met_stranger_; }

 private:
  using tcp = boost::asio::ip::tcp;
  void on_resolved(name_resolver::answer found);
  void try_next();
  void on_connected(const boost::system::error_code& ec);
  void shake();
  void wait(tcp::socket::wait_type what);
  void failed(std::string problem);
  void give_up_in(milliseconds time, std::string problem);
  void finish(result<mesh_connection> outcome);

  name_resolver& resolver_;
  std::shared_ptr<const mesh_tls> tls_;
  mesh_dial_options options_;
  mesh_destination to_;
  done then_;
  boost::asio::steady_timer due_;
  tcp::socket socket_;
  std::unique_ptr<socket_tls> connection_;  // while its handshake runs
  std::vector<ip_endpoint> left_;           // addresses to try, last one first
  ip_endpoint current_;
  std::string problem_;                     // of the address tried last
  bool has_met_stranger_ = false;
  std::uint64_t attempt_ = 0;               // handlers of an older one mean nothing
};

}  // namespace edgemesh::net
