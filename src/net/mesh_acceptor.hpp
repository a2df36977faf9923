// Takes connections of other nodes and does their TLS handshakes. Whoever says nothing, stops in the middle or talks
// nonsense costs a descriptor and no CPU, and is gone within `handshake_max` of being accepted. Held by shared_ptr (its
// waits keep it alive until stop()). One loop.
//
// Limits: all of mesh_acceptor_options. Beyond `waiting_max` a connection is closed at once; a handshake beyond `handshakes_max`
// waits for its turn.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "base/clock.hpp"
#include "net/mesh_connection.hpp"

namespace edgemesh::net {

struct mesh_acceptor_options {
  milliseconds handshake_max{5000};   ///< from accept() to the end of the handshake
  int handshakes_max = 64;            ///< begun and not over; each costs some 40 KiB and 1 ms of CPU
  int handshakes_per_source_max = 8;  ///< of them from one IPv4 address or IPv6 /64
  int waiting_max = 256;              ///< accepted and not handed over
  int waiting_per_source_max = 64;    ///< of them from one source
};

struct mesh_acceptor_counts {
  std::uint64_t entered = 0;      ///< handed over
  std::uint64_t turned_away = 0;  ///< beyond a limit
  std::uint64_t too_slow = 0;     ///< no handshake in time
  std::uint64_t failed = 0;       ///< no TLS of ours: nonsense, a foreign key, a protocol that is not offered
};

class mesh_acceptor : public std::enable_shared_from_this<mesh_acceptor> {
 public:
  using tcp = boost::asio::ip::tcp;
  using arrival = std::function<void(mesh_connection)>;

  /// `acceptor` listens and is non-blocking (net/listener.hpp). `arrived` is called on the loop, never inside a call of this class.
  mesh_acceptor(boost::asio::io_context& io, tcp::acceptor acceptor, std::shared_ptr<const mesh_tls> tls, mesh_acceptor_options options,
                arrival arrived);
  mesh_acceptor(const mesh_acceptor&) = delete;
  mesh_acceptor& operator=(const mesh_acceptor&) = delete;

  void start();
  /// Handshakes from now on are done with this; the others go on as they began. On the loop.
  void use(std::shared_ptr<const mesh_tls> tls) { tls_ = std::move(tls); }
  /// Closes the listener and everybody who is not through.
  void stop();
  const mesh_acceptor_counts& counts() const noexcept { return counts_; }
  std::size_t waiting() const noexcept { return entrants_.size(); }

 private:
  struct entrant;
  using entrant_ref = std::shared_ptr<entrant>;
  void accept_next();
  void accept_later();
  void admit(tcp::socket socket);
  void on_first_bytes(const entrant_ref& e);
  bool has_room_for(const entrant& e) const;
  void begin(const entrant_ref& e);
  void shake(const entrant_ref& e);
  void wait(const entrant_ref& e, tcp::socket::wait_type what, void (mesh_acceptor::*then)(const entrant_ref&));
  void hand_over(const entrant_ref& e);
  void let_go(const entrant_ref& e);
  void begin_queued();
  void arm();
  void on_due();

  boost::asio::steady_timer due_, retry_;
  tcp::acceptor acceptor_;
  std::shared_ptr<const mesh_tls> tls_;
  mesh_acceptor_options options_;
  arrival arrived_;
  std::list<entrant_ref> entrants_;  // oldest first: they are due in this order
  mesh_acceptor_counts counts_;
  bool is_armed_ = false;
};

}  // namespace edgemesh::net
