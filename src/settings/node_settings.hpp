// Everything that a node is told by its configuration, validated and complete: each member has its default here. A plain
// value; made by load(), replaced as a whole by a reload. Any thread may read.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/units.hpp"
#include "domain/data_class.hpp"
#include "domain/network_address.hpp"
#include "http/gateway_options.hpp"
#include "resilience/stall_timers.hpp"
#include "routing/route_table.hpp"
#include "settings/backend_settings.hpp"

namespace edgemesh::settings {

struct node_identity {
  std::string name;        ///< [a-z0-9-]{1,63}; the machine's host name unless configured
  std::string site;        ///< same alphabet; "" when none
  std::string public_url;  ///< "" when none; its host counts as one of our names
  std::optional<host_port> advertise = std::nullopt;  ///< what peers dial for listen.mesh; see advertised_addresses()
  bool is_undialled = false;           ///< node.advertise is none: nobody can dial this node, it dials others
  friend bool operator==(const node_identity&, const node_identity&) = default;
};

/// PEM files by which a listener speaks TLS. What they hold is looked at again while the node runs.
struct listener_tls {
  std::filesystem::path cert;       ///< the chain, the listener's own certificate first; "" : plain HTTP
  std::filesystem::path key;        ///< set with `cert`
  std::filesystem::path client_ca;  ///< "" : clients need no certificate
  bool is_on() const noexcept { return !cert.empty(); }
  bool wants_certificates() const noexcept { return is_on() && !client_ca.empty(); }
  friend bool operator==(const listener_tls&, const listener_tls&) = default;
};
struct listeners_tls {
  listener_tls api, admin, metrics;
  friend bool operator==(const listeners_tls&, const listeners_tls&) = default;
};

struct listen_settings {
  host_port api{"127.0.0.1", 8780};
  host_port admin{"127.0.0.1", 8781};
  std::optional<host_port> metrics;  ///< absent: no listener of its own
  host_port mesh{"127.0.0.1", 8790};  ///< opened only in a mesh, as is `peer`
  bool allow_plain = false;           ///< keys may cross a network without TLS
  listeners_tls tls{};
  host_port peer{"127.0.0.1", 8791};  ///< equal to `mesh`: one listener for both (ALPN tells them apart)
  friend bool operator==(const listen_settings&, const listen_settings&) = default;
};

/// limits.memory: bytes, or a share of the machine's memory.
struct memory_limit {
  byte_count bytes = 0;  ///< used when percent is 0
  int percent = 25;
  byte_count of(byte_count machine_bytes) const noexcept {
    return percent > 0 ? machine_bytes / 100 * static_cast<byte_count>(percent) : bytes;
  }
  friend bool operator==(const memory_limit&, const memory_limit&) = default;
};

struct limit_settings {
  byte_count body = 64'000'000;  ///< one request body
  memory_limit memory;           ///< bodies and stream buffers of all requests together
  byte_count head = 32u << 10;   ///< request line and headers
  int headers = 100;             ///< header fields per request
  int connections = 10000;       ///< client connections
  int json_depth = 64;           ///< nesting of a request body
  friend bool operator==(const limit_settings&, const limit_settings&) = default;
};

enum class auth_mode : std::uint8_t { none, keys };
struct auth_settings {
  auth_mode mode = auth_mode::none;
  bool allow_open = false;   ///< listeners that are not loopback, without keys
  friend bool operator==(const auth_settings&, const auth_settings&) = default;
};

struct store_settings {
  milliseconds sync{200};             ///< loss of power loses at most this much of usage
  byte_count reserve = 512'000'000;   ///< free bytes below which sums alone are kept; below half of it requests of keys are refused
  friend bool operator==(const store_settings&, const store_settings&) = default;
};

/// How long what the account book and the audit log hold is kept, in days; 0: for ever.
struct retention_settings {
  int raw_days = 30, minute_days = 7, hour_days = 90, day_days = 1100;
  int audit_days = 400;
  int audit_entries = 1'000'000;
  std::filesystem::path audit_file{};  ///< entries go there too, as lines of JSON; "": nowhere
  friend bool operator==(const retention_settings&, const retention_settings&) = default;
};

struct log_settings {
  log::level level = log::level::info;
  log::format format = log::format::text;
  friend bool operator==(const log_settings&, const log_settings&) = default;
};

struct node_settings {
  node_identity node;
  listen_settings listen;
  std::filesystem::path data_dir = "data";  ///< absolute, or relative to the working directory
  bool discovery_local = true;
  std::vector<backend_settings> backends;   ///< in the file's order, then those of the command line
  edgemesh::data_classes data_classes;
  std::vector<routing::virtual_model> models;  ///< virtual models; class names are levels already
  int threads = 0;                          ///< shards; 0: one per core
  limit_settings limits;
  resilience::timeout_options timeouts;     ///< of the node; backends carry theirs
  milliseconds commit_patience{10000};
  std::vector<std::string> cors_origins;
  auth_settings auth;
  store_settings store;
  retention_settings keep;
  milliseconds drain_timeout{30000};
  log_settings log;
  bool in_mesh = false;  ///< data_dir holds an identity, or a join is under way; decided at start, kept by a reload
  secret join_token;     ///< serve --join; never from a file
};

/// Where the node's key pair lies: its presence makes the node one of a mesh.
std::filesystem::path identity_file_of(const node_settings& settings);
/// Where the node's store lies.
std::filesystem::path store_folder_of(const node_settings& settings);
/// `threads`, or one for each processor that the system offers: as many shards there are.
int shard_count_of(const node_settings& settings);

/// Why the files of a listener cannot be used; "" : they can, or it speaks plain HTTP. Reads them, the key too.
std::string problem_of(const listener_tls& tls);

/// What peers are told to dial, as H:P; both empty for a node that nobody can dial.
struct advertised {
  std::string mesh, peer;
  friend bool operator==(const advertised&, const advertised&) = default;
};
/// From node.advertise, else from the listeners' own addresses. `mesh` and `peer` are what the listeners were bound to (port 0 is then a
/// real one). The peer address has the host of node.advertise, and its port too where both share a listener.
advertised advertised_addresses(const node_settings& settings, const host_port& mesh, const host_port& peer);

/// The most sensitive class that the backend may see: configured, else the top class for a literal loopback or private
/// address of a node outside a mesh and the lowest for everything else. (Models that run elsewhere get the lowest unless configured.)
class_level data_class_of(const node_settings& settings, const backend_settings& backend);

enum class listener : std::uint8_t { api, admin };
/// What HTTP code needs of the settings. `instance` is random per start. The page guard differs per listener: hosts are
/// not checked only where the listener is a wildcard address, auth.allow_open is set and no public_url names us.
http::gateway_options gateway_options_of(const node_settings& settings, std::string instance,
                                         listener which = listener::api);

}  // namespace edgemesh::settings
