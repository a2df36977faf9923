#include "accounts/access.hpp"

namespace edgemesh::accounts {

namespace {

openai::api_error denied(std::string message, std::optional<std::string> param = {}) {
  return {.status = 403, .message = std::move(message), .type = "permission_error", .param = std::move(param), .code = "insufficient_role"};
}

openai::api_error not_found(std::string message, std::string code, std::optional<std::string> param) {
  return {
    .status = 404, .message = std::move(message), .type = "invalid_request_error", .param = std::move(param), .code = std::move(code)};
}

bool is_limited(const actor_facts& who) { return who.role != key_role::admin; }

}  // namespace

openai::api_error key_not_found() { return not_found("There is no such key.", "key_not_found", {}); }
openai::api_error group_not_found(std::string param) { return not_found("There is no such group.", "group_not_found", std::move(param)); }

openai::api_error conflict(std::string message, std::string code, std::optional<std::string> param) {
  return {
    .status = 409, .message = std::move(message), .type = "invalid_request_error", .param = std::move(param), .code = std::move(code)};
}

refusal refuse_keys(const actor_facts& who) {
  if (who.role < key_role::group_admin) return denied("Keys are managed with a key of role admin or group-admin.");
  if (who.role == key_role::group_admin && who.group.empty())
    return denied("This group-admin key has no group whose keys it could manage.");
  return std::nullopt;
}

refusal refuse_groups(const actor_facts& who) {
  if (is_limited(who)) return denied("Groups are managed with a key of role admin.");
  return std::nullopt;
}

refusal refuse_seeing(const actor_facts& who, const key_policy& key) {
  if (auto e = refuse_keys(who)) return e;
  if (is_limited(who) && key.group != who.group) return key_not_found();
  return std::nullopt;
}

refusal refuse_changing(const actor_facts& who, const key_policy& key) {
  if (auto e = refuse_seeing(who, key)) return e;
  if (is_limited(who) && key.role != key_role::client) return denied("A group-admin changes keys of role client only, and not its own.");
  return std::nullopt;
}

refusal refuse_becoming(const actor_facts& who, const key_policy& after) {
  if (!is_limited(who)) return std::nullopt;
  if (after.role != key_role::client) return denied("A group-admin gives no other role than client.", "role");
  if (after.group != who.group) return denied("A group-admin manages the keys of its own group and moves none.", "group");
  return std::nullopt;
}

}  // namespace edgemesh::accounts
