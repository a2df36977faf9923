// The commands of `edgemesh mesh` and `peers`. `init` works on the data directory of a node that has no mesh yet; the others talk to a
// running node's admin API, whose questions and answers stand here. Each returns the process's exit code. One thread.
//
// Times in answers are RFC 3339 text in UTC, keys and ids lower-case hex. Fields that are not known or do not apply are left out or null.
//
//   POST /admin/v1/join-tokens   {"role": "full"|"edge", "site"?, "data_class"?, "name"?, "ttl": seconds 1..900}
//     without data_class: the lowest; without name: the joiner's own; 201
//     {"token", "id", "role", "site", "data_class", "name", "expires_at", "addresses": ["H:P"]}
//   POST /admin/v1/evictions     {"node": name or key, "since"?: Unix milliseconds, default now}
//     {"node", "key", "since", "acknowledged": [names], "waiting": [names]}
//   POST /admin/v1/mesh/leave    no body; {"node", "mesh"}: what it left
//   POST /admin/v1/mesh/rotate   no body; {"node", "key", "old_key"}
//   GET  /admin/v1/mesh
//     {"mesh": id or null outside a mesh, "node", "site", "key", "role", "data_class", "not_after",
//      "standing": "member"|"ended"|"evicted"|"replaced"|"unknown", "refused": {counts of handshakes by standing}, "incarnation", "listen": {"mesh", "peer"},
//      "advertise": {"mesh", "peer"}, "members": {"alive", "suspect", "dead", "left"}, "links", "records", "digest",
//      "protocol": {"min", "max", "in_use", "held_back_by": [names]}, "features": [{"name", "on", "held_back_by": [names]}],
//      "clock": {"offset_ms", "ok"}}
//   GET  /admin/v1/peers
//     {"data": [{"name", "key", "site", "role", "data_class", "state": "alive"|"suspect"|"dead"|"left"|"evicted", "link": "direct"|"relay"|"none",
//      "rtt_ms", "heard_s", "backends", "version", "mesh_address", "peer_address", "clock_offset_ms", "not_after"}]}
#pragma once
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cli/admin_link.hpp"
#include "cli/configuration.hpp"
#include "cli/exit_code.hpp"

namespace edgemesh::cli {

/// Makes a mesh whose first member is the node of this data directory. Refused when it is in a mesh, or its store is in use.
exit_code init_mesh(const configuration_options& options);

struct invite_options {
  admin_options admin;
  std::string role = "full", site, data_class, name;  ///< "" : as the node decides
  std::string ttl = "15m";                            ///< a duration up to 15 min
};
/// The last line of standard output is the token alone.
exit_code invite(const invite_options& options);

struct evict_options {
  admin_options admin;
  std::string node;   ///< name or key
  std::string since;  ///< RFC 3339, or a duration before now; "" : now
};
exit_code evict(const evict_options& options);

exit_code show_mesh(const admin_options& options);
exit_code leave_mesh(const admin_options& options);
exit_code rotate_key(const admin_options& options);
exit_code show_peers(const admin_options& options);

/// "2026-11-23T00:19:29Z" (fraction and offset allowed) to Unix milliseconds; nullopt when it is no such time of 1970 to 9999.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace edgemesh::cli
