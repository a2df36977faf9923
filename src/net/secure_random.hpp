// Bytes that nobody can guess, from OpenSSL's generator: ids of meshes, tokens, serial numbers. Any thread. A generator
// without entropy ends the process: nothing may go on with a guessable secret.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "domain/mesh_ids.hpp"

namespace edgemesh::net {

void fill_random(std::span<std::uint8_t> bytes);
std::string random_bytes(std::size_t count);
mesh_id random_mesh_id();
/// For a random_source.
std::uint64_t random_seed();

}  // namespace edgemesh::net
