// The key that a connection's last request was asked with. Clients send the same token with each request: while the ring of keys is the same,
// hashing it again tells nothing new, and costs more than all other checks of a request together. One thread.
#pragma once
#include <memory>
#include <string_view>

#include "admission/key_ring.hpp"
#include "base/secret.hpp"

namespace edgemesh::http {

class known_key {
 public:
  /// As key_ring::authenticate, with the same answers.
  openai::api_result<std::shared_ptr<const admission::key_entry>> authenticate(const std::shared_ptr<const admission::key_ring>& ring, std::string_view token, wall_time now);

 private:
  bool is_known(const std::shared_ptr<const admission::key_ring>& ring, std::string_view token) const noexcept;

  std::weak_ptr<const admission::key_ring> ring_;  // a connection keeps no old ring alive
  secret token_;
  const admission::ring_token* found_ = nullptr;   // in ring_
};

}  // namespace edgemesh::http
