#include "net/mesh_dial.hpp"

#include <utility>

#include "net/asio_endpoint.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::string connect_problem(const error_code& ec) {
  if (ec == asio::error::connection_refused) return "connection refused";
  if (ec == asio::error::host_unreachable || ec == asio::error::network_unreachable) return "there is no way to it";
  return "no connection";
}

}  // namespace

mesh_dial::mesh_dial(asio::io_context& io, name_resolver& resolver, std::shared_ptr<const mesh_tls> tls, mesh_dial_options options)
    : resolver_(resolver), tls_(std::move(tls)), options_(options), due_(io), socket_(io) {}

void mesh_dial::start(mesh_destination to, done then) {
  to_ = std::move(to);
  then_ = std::move(then);
  // One lookup for each address at a time, whoever asks; a second one is told so.
  resolver_.resolve(options_.asker + " " + to_.address.to_string(), to_.address.host,
                    [self = shared_from_this()](name_resolver::answer found) { self->on_resolved(std::move(found)); });
}

void mesh_dial::cancel() {
  then_ = nullptr;
  ++attempt_;
  due_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void mesh_dial::on_resolved(name_resolver::answer found) {
  if (!then_) return;
  if (!found) return finish(error{found.error()});
  for (const auto& address : *found)
    if (left_.size() < options_.addresses_max) left_.insert(left_.begin(), ip_endpoint{address, to_.address.port});
  problem_ = to_.address.to_string() + ": the name has no address";
  try_next();
}

void mesh_dial::try_next() {
  ++attempt_;
  error_code ec;
  connection_.reset();
  socket_.close(ec);
  if (left_.empty()) return finish(error{problem_});
  current_ = left_.back();
  left_.pop_back();
  const auto at = to_asio(current_);
  socket_.open(at.protocol(), ec);
  if (ec) return failed(connect_problem(ec));
  socket_.non_blocking(true, ec);
  give_up_in(options_.connect_max, "no connection in time");
  socket_.async_connect(at, [self = shared_from_this(), attempt = attempt_](const error_code& e) {
    if (self->attempt_ == attempt) self->on_connected(e);
  });
}

void mesh_dial::on_connected(const error_code& ec) {
  if (ec) return failed(connect_problem(ec));
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  connection_ = std::make_unique<socket_tls>(tls_->context(), socket_, socket_tls::side::client);
  if (const auto* key = std::get_if<node_key>(&to_.expected)) expect_key(connection_->native_handle(), *key);
  else expect_fingerprint(connection_->native_handle(), std::get<content_hash>(to_.expected));
  give_up_in(options_.handshake_max, "it takes connections but says nothing");
  shake();
}

void mesh_dial::shake() {
  switch (connection_->shake_hands()) {
    case socket_tls::state::wants_read: return wait(tcp::socket::wait_read);
    case socket_tls::state::wants_write: return wait(tcp::socket::wait_write);
    case socket_tls::state::ended:
      has_met_stranger_ |= has_refused_key(connection_->native_handle());
      return failed(mesh_tls_problem(connection_->native_handle()));
    case socket_tls::state::done: break;
  }
  mesh_connection made(std::move(socket_), std::move(connection_));
  made.peer = peer_key(made.tls->native_handle());
  made.protocol = protocol_of(made.tls->native_handle()).value_or(mesh_protocol::link);  // known: no handshake ends without
  made.remote = current_;
  finish(std::move(made));
}

void mesh_dial::wait(tcp::socket::wait_type what) {
  socket_.async_wait(what, [self = shared_from_this(), attempt = attempt_](const error_code&) {
    if (self->attempt_ == attempt) self->shake();  // an error shows itself in the next read
  });
}

void mesh_dial::give_up_in(milliseconds time, std::string problem) {
  due_.expires_after(time);
  due_.async_wait([self = shared_from_this(), attempt = attempt_, problem = std::move(problem)](const error_code& ec) {
    if (!ec && self->attempt_ == attempt) self->failed(problem);
  });
}

void mesh_dial::failed(std::string problem) {
  problem_ = current_.to_string() + ": " + std::move(problem);
  try_next();
}

void mesh_dial::finish(result<mesh_connection> outcome) {
  ++attempt_;
  due_.cancel();
  if (auto then = std::exchange(then_, nullptr)) then(std::move(outcome));
}

}  // namespace edgemesh::net
