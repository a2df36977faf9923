// A node's first step into a mesh: serve --join. Makes the key, shows it to the node that printed the token, and keeps what that answers.
// Runs before the node does; blocks for at most some 10 s per address of the token.
#pragma once
#include "base/result.hpp"
#include "settings/node_settings.hpp"

namespace edgemesh::actors {

/// Does nothing for a node that is in the token's mesh already, unless its membership has ended: then it is renewed under the same key. Errors are for the operator; they never repeat the token.
result<void> join_mesh(const settings::node_settings& settings, std::int64_t unix_seconds);

}  // namespace edgemesh::actors
