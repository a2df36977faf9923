#include "net/secure_random.hpp"

#include <openssl/rand.h>

#include "base/check.hpp"

namespace edgemesh::net {

void fill_random(std::span<std::uint8_t> bytes) {
  EDGEMESH_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

mesh_id random_mesh_id() {
  mesh_id id;
  fill_random(id.bytes);
  return id;
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  fill_random({reinterpret_cast<std::uint8_t*>(&seed), sizeof seed});
  return seed;
}

}  // namespace edgemesh::net
