#include "net/listener.hpp"

#include <boost/asio/ip/address.hpp>

#include "platform/duplicate_socket.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

result<tcp::endpoint> endpoint_of(const host_port& at) {
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(at.host, ec);
  if (!ec) return tcp::endpoint(literal, at.port);
  asio::io_context resolving;
  tcp::resolver resolver(resolving);
  const auto found = resolver.resolve(at.host, std::to_string(at.port), ec);
  if (ec || found.empty()) return error{"cannot resolve the listen address " + at.host + ": " + ec.message()};
  for (const auto& entry : found)
    if (entry.endpoint().address().is_v4()) return entry.endpoint();
  return found.begin()->endpoint();
}

std::string explain(const host_port& at, const char* key, const boost::system::error_code& ec) {
  if (ec == asio::error::address_in_use)
    return at.to_string() + " is in use by another process; stop it or choose another address with " + key;
  if (ec == asio::error::access_denied)
    return "no permission to listen on " + at.to_string() + "; choose a port of 1024 or above with " + key;
  return "cannot listen on " + at.to_string() + " (" + key + "): " + ec.message();
}

}  // namespace

result<tcp::acceptor> bind_listener(asio::io_context& io, const host_port& at, const char* key) {
  const auto endpoint = endpoint_of(at);
  if (!endpoint) return endpoint.error();
  tcp::acceptor acceptor(io);
  boost::system::error_code ec;
  acceptor.open(endpoint->protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(*endpoint, ec);
  if (!ec) acceptor.listen(4096, ec);
  if (!ec) acceptor.non_blocking(true, ec);
  if (ec) return error{explain(at, key, ec)};
  return acceptor;
}

result<tcp::acceptor> share_listener(asio::io_context& io, tcp::acceptor& other) {
  boost::system::error_code ec;
  const auto protocol = other.local_endpoint(ec).protocol();
  if (ec) return error{"cannot share a listener: " + ec.message()};
  const auto copy = platform::duplicate_socket(other.native_handle());
  if (!copy) return error{"cannot share a listener: too many open files"};
  tcp::acceptor acceptor(io);
  acceptor.assign(protocol, *copy, ec);
  if (!ec) acceptor.non_blocking(true, ec);
  if (ec) return error{"cannot share a listener: " + ec.message()};
  return acceptor;
}

}  // namespace edgemesh::net
