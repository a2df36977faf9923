#include "net/asio_endpoint.hpp"

#include <algorithm>

namespace edgemesh::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t v4_offset = 12;  // of ip_address
constexpr std::array<std::uint8_t, v4_offset> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

tcp::endpoint to_asio(const ip_endpoint& e) {
  if (e.address.is_v4) {
    asio::ip::address_v4::bytes_type v4;
    std::copy(e.address.bytes.begin() + v4_offset, e.address.bytes.end(), v4.begin());
    return {asio::ip::address_v4(v4), e.port};
  }
  asio::ip::address_v6::bytes_type v6;
  std::copy(e.address.bytes.begin(), e.address.bytes.end(), v6.begin());
  return {asio::ip::address_v6(v6, e.address.scope), e.port};
}

ip_endpoint from_asio(const tcp::endpoint& e) {
  ip_endpoint out;
  out.port = e.port();
  if (e.address().is_v4()) {
    const auto v4 = e.address().to_v4().to_bytes();
    out.address.is_v4 = true;
    std::copy(v4_prefix.begin(), v4_prefix.end(), out.address.bytes.begin());
    std::copy(v4.begin(), v4.end(), out.address.bytes.begin() + v4_offset);
    return out;
  }
  const auto v6 = e.address().to_v6();
  const auto bytes = v6.to_bytes();
  std::copy(bytes.begin(), bytes.end(), out.address.bytes.begin());
  out.address.is_v4 = std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());  // of a socket that takes both
  out.address.scope = out.address.is_v4 ? 0 : static_cast<std::uint32_t>(v6.scope_id());
  return out;
}

}  // namespace edgemesh::net
