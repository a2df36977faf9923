#include "mock/mock_service.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "mock/connection.hpp"

namespace edgemesh::mock {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr milliseconds retry_pause{50};

}  // namespace

mock_service::mock_service(mock_options options)
    : state_(std::move(options)), persona_(persona_of(state_.options.kind)) {}
mock_service::~mock_service() {
  // What the loop still holds is destroyed with it; nobody is called back any more.
  stopping_ = true;
}

result<tcp::endpoint> mock_service::resolve(const host_port& where) {
  tcp::resolver resolver(loop_);
  boost::system::error_code ec;
  const auto found = resolver.resolve(where.host, std::to_string(where.port), tcp::resolver::passive, ec);
  if (ec || found.empty()) return error{"cannot resolve " + where.to_string() + ": " + ec.message()};
  return found.begin()->endpoint();
}

result<void> mock_service::open(acceptor& a, tcp::endpoint& at) {
  boost::system::error_code ec;
  a.open(at.protocol(), ec);
  if (!ec) a.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) a.bind(at, ec);
  if (!ec) a.listen(4096, ec);
  if (!ec) at = a.local_endpoint(ec);
  if (!ec) return {};
  boost::system::error_code ignored;
  a.close(ignored);
  return error{"cannot listen on " + at.address().to_string() + ":" + std::to_string(at.port()) + ": " +
               ec.message()};
}

result<void> mock_service::start() {
  const auto at = resolve(state_.options.listen);
  if (!at) return at.error();
  endpoint_ = *at;
  if (const auto opened = open(acceptor_, endpoint_); !opened) return opened.error();
  if (state_.options.control) {
    const auto control_at = resolve(*state_.options.control);
    if (!control_at) return control_at.error();
    control_endpoint_ = *control_at;
    if (const auto opened = open(control_, control_endpoint_); !opened) return opened.error();
    accept_control();
  }
  accept();
  follow_faults();
  sweep();
  return {};
}

void mock_service::accept() {
  acceptor_.async_accept([this](boost::system::error_code ec, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!ec) adopt(std::move(socket), false);
    if (!ec || ec == asio::error::connection_aborted) return accept();
    if (ec == asio::error::operation_aborted) return;
    accept_pause_.expires_after(retry_pause);  // out of descriptors: they come back
    accept_pause_.async_wait([this](boost::system::error_code stopped) {
      if (!stopped && acceptor_.is_open()) accept();
    });
  });
}

void mock_service::accept_control() {
  control_.async_accept([this](boost::system::error_code ec, tcp::socket socket) {
    if (ec == asio::error::operation_aborted) return;
    if (!ec) adopt(std::move(socket), true);
    accept_control();
  });
}

void mock_service::adopt(tcp::socket socket, bool control_only) {
  const auto now = steady_clock::now();
  const bool refused = !control_only && state_.faults.strikes_connection(state_.rng, now);
  if (refused || connections_.size() >= state_.options.connections_max) {
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    return;
  }
  std::make_shared<connection>(std::move(socket), *this, control_only)->start();
}

void mock_service::follow_faults() {
  const auto now = steady_clock::now();
  const bool shut = state_.faults.is_shut(now);
  std::optional<instant> again;
  if (shut) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    again = state_.faults.shut_until(now);
  } else if (!acceptor_.is_open()) {
    if (open(acceptor_, endpoint_))
      accept();
    else
      again = now + retry_pause;  // someone else has the port for the moment
  }
  if (!again) return void(reopener_.cancel());
  reopener_.expires_at(*again);
  reopener_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) follow_faults();
  });
}

void mock_service::sweep() {
  const auto now = steady_clock::now();
  const auto limit = now - state_.options.keep_alive;
  std::vector<std::shared_ptr<connection>> idle;
  for (auto* c : connections_)
    if (c->is_idle_since(limit))
      if (auto held = c->weak_from_this().lock()) idle.push_back(std::move(held));
  for (const auto& c : idle) c->shut();
  sweeper_.expires_after(
      std::clamp<milliseconds>(state_.options.keep_alive / 4, milliseconds(10), milliseconds(1000)));
  sweeper_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) sweep();
  });
}

}  // namespace edgemesh::mock
