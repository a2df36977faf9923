// What is kept of a token: its SHA-256. With 256 random bits in the token nobody finds one for a hash, so there is no pepper to distribute.
#pragma once
#include <string_view>

#include "domain/mesh_ids.hpp"

namespace edgemesh::admission {

using token_hash = byte_name<struct token_hash_tag, 32>;

token_hash hash_token(std::string_view token);
/// Takes the same time whatever differs.
bool is_same(const token_hash& a, const token_hash& b) noexcept;

}  // namespace edgemesh::admission
