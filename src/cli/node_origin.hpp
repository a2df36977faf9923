// How a command reaches a listener of a node: the address, and whether and by which certificates it speaks TLS. From a flag, else from the
// node's configuration. Reads certificate files; one command, one thread.
#pragma once
#include <optional>
#include <string>

#include "cli/http_client.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::cli {

struct tls_flags {
  std::string ca;           ///< --ca; "" : the configured certificate of the listener, else the system's authorities
  std::string client_cert;  ///< --client-cert, for a listener with client_ca
  std::string client_key;   ///< --client-key
};

/// Where a node is dialled that listens there: a wildcard address is reached over loopback.
host_port dialled_address(host_port listening);

/// `text`: H:P, https://H:P or http://H:P, the value of `flag`; "" : `configured`. Without a scheme `tls` decides. The listener's own
/// certificate, where it is at hand, is trusted by itself and names the server: the address may be any that leads there.
result<http_origin> node_origin(const char* flag, const std::string& text, const host_port& configured, const settings::listener_tls& tls,
                                const tls_flags& flags);

}  // namespace edgemesh::cli
