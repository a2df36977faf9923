#include "net/mesh_acceptor.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "net/asio_endpoint.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr milliseconds accept_pause{100};  // after an error of accept(), which is a lack of descriptors

/// Who counts as one: an IPv4 address, or the 64 bits that an IPv6 site gets.
ip_address source_of(ip_address address) {
  if (!address.is_v4) std::fill(address.bytes.begin() + 8, address.bytes.end(), std::uint8_t{0});
  return address;
}

}  // namespace

struct mesh_acceptor::entrant {
  explicit entrant(tcp::socket s) : socket(std::move(s)) {}
  tcp::socket socket;
  std::unique_ptr<socket_tls> tls;  // once its handshake has begun
  ip_endpoint remote;
  ip_address source;
  instant due;
  bool is_queued = false;  // has something to say, waits for its turn
  bool is_gone = false;
};

mesh_acceptor::mesh_acceptor(asio::io_context& io, tcp::acceptor acceptor, std::shared_ptr<const mesh_tls> tls, mesh_acceptor_options options,
                             arrival arrived)
    : due_(io), retry_(io), acceptor_(std::move(acceptor)), tls_(std::move(tls)), options_(options), arrived_(std::move(arrived)) {}

void mesh_acceptor::start() { accept_next(); }

void mesh_acceptor::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  due_.cancel();
  while (!entrants_.empty()) let_go(entrants_.front());
}

void mesh_acceptor::accept_next() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept([self = shared_from_this()](const error_code& ec, tcp::socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (ec) return self->accept_later();
    self->admit(std::move(socket));
    self->accept_next();
  });
}

void mesh_acceptor::accept_later() {
  retry_.expires_after(accept_pause);
  retry_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec) self->accept_next();
  });
}

void mesh_acceptor::admit(tcp::socket socket) {
  error_code ec;
  const auto remote = socket.remote_endpoint(ec);
  if (!ec) socket.non_blocking(true, ec);
  if (!ec) socket.set_option(tcp::no_delay(true), ec);
  if (ec) return;  // it left already
  auto e = std::make_shared<entrant>(std::move(socket));
  e->remote = from_asio(remote);
  e->source = source_of(e->remote.address);
  e->due = steady_clock::now() + options_.handshake_max;
  const auto from_there = std::count_if(entrants_.begin(), entrants_.end(), [&](const entrant_ref& o) { return o->source == e->source; });
  if (static_cast<int>(entrants_.size()) >= options_.waiting_max || from_there >= options_.waiting_per_source_max) {
    ++counts_.turned_away;
    return;
  }
  entrants_.push_back(e);
  arm();
  wait(e, tcp::socket::wait_read, &mesh_acceptor::on_first_bytes);
}

void mesh_acceptor::wait(const entrant_ref& e, tcp::socket::wait_type what, void (mesh_acceptor::*then)(const entrant_ref&)) {
  e->socket.async_wait(what, [self = shared_from_this(), e, then](const error_code&) {
    if (!e->is_gone) (self.get()->*then)(e);  // an error shows itself in the next read
  });
}

void mesh_acceptor::on_first_bytes(const entrant_ref& e) {
  if (has_room_for(*e)) return begin(e);
  e->is_queued = true;
}

bool mesh_acceptor::has_room_for(const entrant& e) const {
  int all = 0, from_there = 0;
  for (const auto& o : entrants_) {
    if (!o->tls) continue;
    ++all;
    from_there += o->source == e.source ? 1 : 0;
  }
  return all < options_.handshakes_max && from_there < options_.handshakes_per_source_max;
}

void mesh_acceptor::begin(const entrant_ref& e) {
  e->is_queued = false;
  e->tls = std::make_unique<socket_tls>(tls_->context(), e->socket);
  shake(e);
}

void mesh_acceptor::shake(const entrant_ref& e) {
  switch (e->tls->shake_hands()) {
    case socket_tls::state::wants_read: return wait(e, tcp::socket::wait_read, &mesh_acceptor::shake);
    case socket_tls::state::wants_write: return wait(e, tcp::socket::wait_write, &mesh_acceptor::shake);
    case socket_tls::state::done: return hand_over(e);
    case socket_tls::state::ended: break;
  }
  ++counts_.failed;
  let_go(e);
  begin_queued();
}

void mesh_acceptor::hand_over(const entrant_ref& e) {
  const auto protocol = protocol_of(e->tls->native_handle());
  if (!protocol) {  // no certificate check passes without one; this is the second lock
    ++counts_.failed;
    let_go(e);
    return begin_queued();
  }
  mesh_connection connection(std::move(e->socket), std::move(e->tls));
  connection.peer = peer_key(connection.tls->native_handle());
  connection.protocol = *protocol;
  connection.remote = e->remote;
  ++counts_.entered;
  let_go(e);
  begin_queued();
  arrived_(std::move(connection));
}

void mesh_acceptor::let_go(const entrant_ref& e) {
  const auto kept = e;  // the reference may be the one in the list
  kept->is_gone = true;
  error_code ignored;
  if (kept->socket.is_open()) kept->socket.close(ignored);
  kept->tls.reset();
  entrants_.remove(kept);
}

void mesh_acceptor::begin_queued() {
  for (const auto& e : std::list<entrant_ref>(entrants_))
    if (e->is_queued && has_room_for(*e)) {
      e->is_queued = false;
      asio::post(acceptor_.get_executor(), [self = shared_from_this(), e] {  // handshakes do not pile up on one stack
        if (!e->is_gone) self->on_first_bytes(e);
      });
    }
}

void mesh_acceptor::arm() {
  if (is_armed_ || entrants_.empty()) return;
  is_armed_ = true;
  due_.expires_at(entrants_.front()->due);
  due_.async_wait([self = shared_from_this()](const error_code& ec) {
    self->is_armed_ = false;
    if (!ec) self->on_due();
  });
}

void mesh_acceptor::on_due() {
  const auto now = steady_clock::now();
  while (!entrants_.empty() && entrants_.front()->due <= now) {
    ++counts_.too_slow;
    let_go(entrants_.front());
  }
  begin_queued();
  arm();
}

}  // namespace edgemesh::net
