// Proof that one knows a secret, and comparison that tells nothing about it. Any thread.
#pragma once
#include <string_view>

#include "base/secret.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::net {

content_hash sha256(std::string_view bytes);
/// HMAC-SHA256 (RFC 2104).
content_hash keyed_hash(const secret& key, std::string_view bytes);
/// Takes the same time wherever two texts of one length differ.
bool equal_secretly(std::string_view a, std::string_view b) noexcept;

}  // namespace edgemesh::net
