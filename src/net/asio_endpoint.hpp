// Our addresses as Asio's, and back. Pure.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "domain/network_address.hpp"

namespace edgemesh::net {

boost::asio::ip::tcp::endpoint to_asio(const ip_endpoint& endpoint);
ip_endpoint from_asio(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace edgemesh::net
