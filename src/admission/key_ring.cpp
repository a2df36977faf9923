#include "admission/key_ring.hpp"

#include <algorithm>

#include "admission/key_token.hpp"

namespace edgemesh::admission {

namespace {

openai::api_error refused(int status, std::string message, std::string code) {
  return {.status = status, .message = std::move(message), .type = status == 401 ? "authentication_error" : "permission_error",
          .code = std::move(code)};
}

bool contains(const allow_list& list, std::string_view name) { return !list || list->contains(std::string(name)); }

/// Why a key that is known does not open anything now.
std::optional<openai::api_error> closed(const ring_token& token, std::int64_t now) {
  const auto& key = *token.key;
  if (key.is_revoked) return refused(401, "This API key was revoked.", "revoked_api_key");
  if (token.ends_at != 0 && token.ends_at <= now)
    return refused(401, "This API key was replaced by a new one and is over.", "expired_api_key");
  if (key.policy.expires_at && *key.policy.expires_at <= now) return refused(401, "This API key has expired.", "expired_api_key");
  if (key.is_unreadable)
    return refused(403, "This API key has settings that this version of the node does not understand.", "api_key_disabled");
  for (const auto& holder : key.holders)
    if (holder->terms.is_disabled)
      return refused(403, holder->is_group ? "The group of this API key is disabled." : "This API key is disabled.", "api_key_disabled");
  return std::nullopt;
}

template <class List>
bool all_allow(const key_entry& key, std::string_view name, List list) {
  return std::all_of(key.holders.begin(), key.holders.end(), [&](const auto& holder) { return contains(list(holder->terms), name); });
}

}  // namespace

bool key_entry::may_use_model(std::string_view model) const {
  return all_allow(*this, model, [](const policy_terms& t) -> const allow_list& { return t.models; });
}
bool key_entry::may_use_backend(std::string_view full_name) const {
  return all_allow(*this, full_name, [](const policy_terms& t) -> const allow_list& { return t.backends; });
}
bool key_entry::may_use_site(std::string_view site) const {
  return all_allow(*this, site, [](const policy_terms& t) -> const allow_list& { return t.sites; });
}

key_ring::key_ring(std::unordered_map<token_hash, ring_token> tokens) {
  std::vector<token_change> changes;
  changes.reserve(tokens.size());
  for (auto& [hash, token] : tokens) changes.push_back({hash, std::move(token)});
  *this = key_ring().with(std::move(changes));
}

key_ring key_ring::with(std::vector<token_change> changes) const {
  key_ring next = *this;
  next.shards_.resize(shard_count);
  std::vector<std::shared_ptr<shard>> copies(shard_count);
  for (auto& change : changes) {
    const auto number = shard_of(change.hash);
    auto& copy = copies[number];
    if (!copy) copy = next.shards_[number] ? std::make_shared<shard>(*next.shards_[number]) : std::make_shared<shard>();
    next.size_ -= copy->size();
    if (change.token) copy->insert_or_assign(change.hash, std::move(*change.token));
    else copy->erase(change.hash);
    next.size_ += copy->size();
  }
  for (std::size_t i = 0; i < shard_count; ++i)
    if (copies[i]) next.shards_[i] = std::move(copies[i]);
  return next;
}

openai::api_result<const ring_token*> key_ring::find(std::string_view token) const {
  if (token.empty())
    return refused(401, "You didn't provide an API key. Send it as: Authorization: Bearer YOUR_KEY", "missing_api_key");
  const auto form = form_of(token);
  if (form == token_form::malformed) return refused(401, "The API key is malformed.", "invalid_api_key");
  if (form == token_form::mistyped)
    return refused(401, "The API key is mistyped: a character of it is wrong, missing or too many.", "invalid_api_key");
  const auto hash = hash_token(token);
  const auto* tokens = shards_.empty() ? nullptr : shards_[shard_of(hash)].get();
  const auto found = tokens ? tokens->find(hash) : shard::const_iterator();
  if (!tokens || found == tokens->end() || !is_same(found->first, hash))
    return refused(401, "Incorrect API key provided.", "invalid_api_key");
  return &found->second;
}

openai::api_result<std::shared_ptr<const key_entry>> key_ring::open(const ring_token& token, wall_time now) {
  if (auto error = closed(token, std::chrono::duration_cast<seconds>(now.time_since_epoch()).count())) return std::move(*error);
  return token.key;
}

openai::api_result<std::shared_ptr<const key_entry>> key_ring::authenticate(std::string_view token, wall_time now) const {
  const auto found = find(token);
  if (!found) return found.error();
  return open(**found, now);
}

bool has_role(const key_entry& key, key_role needed) noexcept { return key.policy.role >= needed; }

}  // namespace edgemesh::admission
