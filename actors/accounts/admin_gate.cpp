#include "actors/accounts/admin_gate.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "platform/private_file.hpp"

namespace edgemesh::actors {

namespace {

constexpr std::size_t token_file_bytes_max = 4096;

openai::api_error refused(int status, std::string message, std::string code) {
  return {.status = status, .message = std::move(message), .type = status == 401 ? "authentication_error" : "permission_error", .code = std::move(code)};
}

std::string random_token(const admission::random_fill& random) {
  std::array<std::uint8_t, 32> bytes{};
  random(bytes);
  std::string out;
  for (const auto b : bytes) out.append({"0123456789abcdef"[b >> 4], "0123456789abcdef"[b & 15]});
  return out;
}

}  // namespace

openai::api_result<http::admin_actor> admin_gate::authorize(std::string_view token, std::optional<std::int64_t> user, key_role needed, wall_time now) {
  if (!options_.needs_keys) return by_user(token, user);
  if (!ring_) return openai::unavailable("this node has not read its keys yet", "not_ready", seconds(1));
  const auto key = ring_->authenticate(token, now);
  if (!key) return key.error();
  if (!admission::has_role(**key, needed))
    return refused(403, "this needs a key of role " + std::string(name_of(needed)) + " or higher", "insufficient_role");
  return http::admin_actor{(*key)->id, (*key)->policy.role, (*key)->policy.group, *key};
}

openai::api_result<http::admin_actor> admin_gate::by_user(std::string_view token, std::optional<std::int64_t> user) {
  if (options_.is_open || user == 0 || user == options_.own_user) return http::admin_actor{};
  if (is_token(token)) return http::admin_actor{};
  if (user) return refused(403, "this port is open to the node's own user and root; others need the token in data_dir/admin.token", "not_the_nodes_user");
  return refused(401, "send the token in data_dir/admin.token: Authorization: Bearer TOKEN", "missing_admin_token");
}

/// The file is read when it is first asked for, and made when there is none.
bool admin_gate::is_token(std::string_view token) {
  const std::string path = options_.token_file.string();
  if (!token_) {
    auto kept = platform::read_private_file(path, token_file_bytes_max);
    if (kept.state == platform::private_file_state::missing) {
      std::error_code ignored;
      std::filesystem::create_directories(options_.token_file.parent_path(), ignored);
      const auto made = platform::create_private_file(path, random_token(options_.random) + "\n");
      if (made.state == platform::private_file_state::good) log::info("admin_token_made", {{"file", path}});
      kept = platform::read_private_file(path, token_file_bytes_max);
    }
    const auto text = ascii::trim(kept.bytes);
    if (kept.state != platform::private_file_state::good || text.empty()) return false;
    token_ = admission::hash_token(text);
  }
  return !token.empty() && admission::is_same(*token_, admission::hash_token(token));
}

}  // namespace edgemesh::actors
