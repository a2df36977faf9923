// TLS between nodes: version 1.3 alone, both sides show the certificate of their key, and of a certificate nothing counts but
// that key: no chain, no name, no date. No session is resumed, so each handshake asks again whether the key may enter: an
// evicted one gets no further connection. One context per loop and use, never one per connection; not changed once made.
#pragma once
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/key_standing.hpp"
#include "domain/mesh_ids.hpp"
#include "net/mesh_identity.hpp"

struct ssl_st;

namespace boost::asio::ssl {
class context;
}

namespace edgemesh::net {

/// What a connection is for, said by ALPN, so that all may share one port.
enum class mesh_protocol : std::uint8_t {
  link,  ///< "edgemesh-mesh/1": BASP
  http,  ///< "http/1.1": forwarded requests
  lend,  ///< "edgemesh-lend/1": HTTP/1.1 the other way round: who dialled serves, who was dialled asks
  join,  ///< "edgemesh-join/1": HTTP of a node that nobody knows yet
};
constexpr std::string_view name_of(mesh_protocol p) noexcept {
  switch (p) {
    case mesh_protocol::link: return "edgemesh-mesh/1";
    case mesh_protocol::http: return "http/1.1";
    case mesh_protocol::lend: return "edgemesh-lend/1";
    case mesh_protocol::join: break;
  }
  return "edgemesh-join/1";
}

/// What a gate says of a key. A node whose key is about to change has two for a while: both are let in, `known_as` the older one.
struct entry_verdict {
  key_standing standing = key_standing::unknown;
  std::optional<node_key> known_as;  ///< when that is another key than the one that was shown
  entry_verdict(bool is_member) noexcept : standing(is_member ? key_standing::member : key_standing::unknown) {}
  entry_verdict(key_standing s, std::optional<node_key> as = std::nullopt) noexcept : standing(s), known_as(as) {}
};
/// Asked within each handshake, on any thread at any time: whether a key belongs to a member.
using key_gate = std::function<entry_verdict(const node_key&)>;

class mesh_tls {
 public:
  /// Offers the protocols of `offered` and asks `may_enter` for each client's key, except for `join`: there a client may be
  /// unknown and may come without a certificate.
  static std::shared_ptr<const mesh_tls> make_server(const mesh_identity& own, key_gate may_enter, const std::vector<mesh_protocol>& offered);
  /// Wants one protocol and asks `may_enter` for each server's key, except for `join`, where the fingerprint alone counts.
  /// Each connection needs an expect_*() call before its handshake.
  static std::shared_ptr<const mesh_tls> make_client(const mesh_identity& own, key_gate may_enter, mesh_protocol wanted);
  ~mesh_tls();

  boost::asio::ssl::context& context() const noexcept { return *context_; }

 private:
  explicit mesh_tls(std::unique_ptr<boost::asio::ssl::context> context);
  std::unique_ptr<boost::asio::ssl::context> context_;
};

/// What the joiner knows of the node that invited it: SHA-256 of the 32 bytes of its key.
content_hash fingerprint_of(const node_key& key);

/// Client side: the handshake fails unless the server has this key (or one that is known as it), or a key of this fingerprint.
void expect_key(ssl_st* connection, const node_key& key);
void expect_fingerprint(ssl_st* connection, const content_hash& fingerprint);

/// After the handshake. A server learns no key from a joining client without a certificate.
std::optional<node_key> peer_key(const ssl_st* connection);
std::optional<mesh_protocol> protocol_of(const ssl_st* connection);

/// What the other side took our key for when it refused it (by its TLS alert); nullopt: it did not refuse the key. Right after the
/// OpenSSL call that failed, on its thread.
std::optional<key_standing> refused_as();

/// It was this side that did not want the other one's key.
bool has_refused_key(const ssl_st* connection);

/// Why a handshake between nodes failed with `ec`, or the first read after it (a TLS 1.3 server judges our key only then).
std::string mesh_tls_problem(const boost::system::error_code& ec, const ssl_st* connection);
/// The same where OpenSSL itself was called: right after the call that failed, on its thread.
std::string mesh_tls_problem(const ssl_st* connection);

}  // namespace edgemesh::net
