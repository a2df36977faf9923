// Which user of this machine stands at the other end of a connection over loopback. Any thread; does not block on a network.
#pragma once
#include <cstdint>
#include <optional>

namespace edgemesh::platform {

/// Nothing where it cannot be told: another machine's, a system that does not say, a socket that is gone already.
std::optional<std::int64_t> user_at_other_end(int connected_socket) noexcept;
/// The user that this process runs as.
std::int64_t own_user() noexcept;

}  // namespace edgemesh::platform
