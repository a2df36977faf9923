// Who may use the admin port. With keys: whoever shows one whose role suffices. Without: the machine's own operator, told by the user at the
// other end of a loopback connection, else by the token in data_dir/admin.token, which is made when it is first needed. On the control loop;
// touches the disk once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admission/key_ring.hpp"
#include "admission/key_token.hpp"
#include "http/ports.hpp"

namespace edgemesh::actors {

struct admin_gate_options {
  bool needs_keys = false;            ///< auth.mode keys
  bool is_open = false;               ///< auth.allow_open: whoever reaches the port may use it
  std::int64_t own_user = 0;
  std::filesystem::path token_file;   ///< data_dir/admin.token
  admission::random_fill random;
};

class admin_gate {
 public:
  explicit admin_gate(admin_gate_options options) : options_(std::move(options)) {}

  void use_keys(std::shared_ptr<const admission::key_ring> ring) { ring_ = std::move(ring); }
  void set_open(bool is_open) noexcept { options_.is_open = is_open; }
  /// `user`: at the other end, where the machine can tell. Errors: 401, 403.
  openai::api_result<http::admin_actor> authorize(std::string_view token, std::optional<std::int64_t> user, key_role needed, wall_time now);

 private:
  openai::api_result<http::admin_actor> by_user(std::string_view token, std::optional<std::int64_t> user);
  bool is_token(std::string_view token);

  admin_gate_options options_;
  std::shared_ptr<const admission::key_ring> ring_;
  std::optional<admission::token_hash> token_;
};

}  // namespace edgemesh::actors
