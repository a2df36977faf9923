#include "http/known_key.hpp"

#include "net/keyed_hash.hpp"

namespace edgemesh::http {

using admission::key_ring;

/// A ring's place in memory says nothing, it may be another one's by now: its owner does.
bool known_key::is_known(const std::shared_ptr<const key_ring>& ring, std::string_view token) const noexcept {
  return found_ != nullptr && !ring_.owner_before(ring) && !ring.owner_before(ring_) && net::equal_secretly(token_.reveal(), token);
}

openai::api_result<std::shared_ptr<const admission::key_entry>> known_key::authenticate(const std::shared_ptr<const key_ring>& ring, std::string_view token,
                                                                                        wall_time now) {
  if (!is_known(ring, token)) {
    found_ = nullptr;
    const auto found = ring->find(token);
    if (!found) return found.error();
    ring_ = ring;
    token_ = secret(std::string(token));
    found_ = *found;
  }
  return key_ring::open(*found_, now);
}

}  // namespace edgemesh::http
