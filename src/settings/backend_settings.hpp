// One backend as the operator configured it, validated. A plain value: copied into the backend's actor, compared on
// reload. Secrets are held as `secret` and never printed.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "domain/backend_kind.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/model_prices.hpp"
#include "domain/network_address.hpp"
#include "resilience/stall_timers.hpp"

namespace edgemesh::settings {

/// An HTTP proxy for outgoing connections: from `proxy`, else from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
struct proxy_settings {
  host_port authority;
  secret basic_credentials;  ///< "user:password", empty when none
  friend bool operator==(const proxy_settings&, const proxy_settings&) = default;
};

struct backend_settings {
  std::string name;  ///< unique, [a-z0-9-]{1,63}; `<kind>-<port>` unless configured
  backend_kind kind = backend_kind::automatic;
  backend_url url;
  bool all_slots = false;  ///< cognis without a port: see slots_of()
  std::optional<std::string> data_class;  ///< the most sensitive class that it may see; a name out of data_classes
  secret api_key;  ///< from api_key, the first line of api_key_file, or what api_key_command printed
  std::vector<std::string> api_key_command;  ///< words; empty: none. Not compared: what counts is the key that it prints
  std::filesystem::path ca_file, client_cert, client_key;  ///< absolute or relative to the working directory; empty: none
  std::uint64_t files_digest = 0;  ///< changes when the content of one of these files changes
  std::string server_name;         ///< "" : the URL's host
  std::optional<proxy_settings> proxy;  ///< what really applies; never set for loopback
  std::vector<std::pair<std::string, secret>> headers;
  std::vector<std::pair<std::string, std::string>> query;  ///< not yet percent-encoded
  std::optional<bool> remote_media;       ///< absent: see default_remote_media()
  std::vector<std::string> allow_fields;
  std::vector<std::string> models;        ///< allow list of names as the backend lists them; empty: all
  std::map<std::string, std::string> rename;  ///< public name -> the backend's name
  std::map<std::string, model_prices> prices;  ///< by public model name
  std::optional<int> concurrency;         ///< requests at once; absent: no limit; slots that the backend reports weigh in the choice
  int priority = 0;                       ///< tiers, lowest first
  std::string id;  ///< the same physical backend on several nodes of a mesh; "" : one with nobody else's
  backend_offer offer = backend_offer::mesh;  ///< who in the mesh may use it
  resilience::timeout_options timeouts;   ///< the node's, with this backend's own on top
  friend bool operator==(const backend_settings& a, const backend_settings& b);
};

/// What a backend's actor is made from: itself, or for a Cognis host without a port one entry per slot
/// (8771..8775, named `<name>-<port>`; so are their ids).
std::vector<backend_settings> slots_of(const backend_settings& backend);

/// `<kind>-<port>`; for a Cognis host without a port `cognis`.
std::string default_name_of(const backend_settings& backend);
/// True for a loopback literal, `localhost` and `*.localhost`.
bool is_loopback_host(std::string_view host);
/// The default of remote_media: false for loopback and private literals, true for public ones. nullopt for a host
/// name: then only if all addresses that it resolves to are public.
std::optional<bool> default_remote_media(const backend_url& url);

}  // namespace edgemesh::settings
