// All keys of this node as requests see them: found by the hash of a token, each with its group and that group's parent beside it, so that
// an answer needs one look-up. A ring is immutable and replaced when anything changes; the cells that count requests and money live on
// from one ring to the next. Tokens stand in shards that rings share, so that one changed key costs one shard. Any thread may read.
// Bounded by keys_max.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admission/rate_limit.hpp"
#include "admission/spending.hpp"
#include "admission/token_hash.hpp"
#include "base/clock.hpp"
#include "domain/policy.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::admission {

/// What requests of one key or group, or of one model of it, have used.
struct use_cell {
  rate_limit requests, tokens;
  std::atomic<int> in_flight{0};
};

/// A key, its group, or the group's parent: each of them must let a request through.
struct policy_holder {
  std::string id, name;
  bool is_group = false;
  policy_terms terms;
  std::shared_ptr<use_cell> cell;
  std::map<std::string, std::shared_ptr<use_cell>> model_cells;  ///< one for each model with limits of its own
  std::shared_ptr<spending> spent;                               ///< null without a budget
};

struct key_entry {
  std::string id;
  key_policy policy;
  bool is_revoked = false;      ///< for ever
  bool is_unreadable = false;   ///< a field of a form that this build does not know: it opens nothing
  std::vector<std::shared_ptr<const policy_holder>> holders;  ///< the key's own first, then its group's, then the parent's

  /// Whether all lists let `name` through.
  bool may_use_model(std::string_view model) const;
  bool may_use_backend(std::string_view full_name) const;
  bool may_use_site(std::string_view site) const;
};

/// One token of a key.
struct ring_token {
  std::shared_ptr<const key_entry> key;
  std::int64_t ends_at = 0;  ///< Unix seconds; 0: with the key
};

class key_ring {
 public:
  static constexpr std::size_t keys_max = 1'000'000;

  struct token_change {
    token_hash hash;
    std::optional<ring_token> token;  ///< nothing: it opens nothing any more
  };

  key_ring() = default;
  explicit key_ring(std::unordered_map<token_hash, ring_token> tokens);
  /// This ring with some tokens changed; of a hash that stands in `changes` twice the last counts.
  key_ring with(std::vector<token_change> changes) const;

  /// What follows "Bearer ", or an empty text when no Authorization was sent. Errors: 401 missing_api_key, invalid_api_key (its words tell
  /// a typo), expired_api_key, revoked_api_key; 403 api_key_disabled, also when a group of it is.
  openai::api_result<std::shared_ptr<const key_entry>> authenticate(std::string_view token, wall_time now) const;
  /// Its first half, which hashes the token and so costs the most: what the token is, whether or not it opens anything now. Valid as long as this ring.
  openai::api_result<const ring_token*> find(std::string_view token) const;
  /// Its second half.
  static openai::api_result<std::shared_ptr<const key_entry>> open(const ring_token& token, wall_time now);
  std::size_t size() const noexcept { return size_; }

 private:
  using shard = std::unordered_map<token_hash, ring_token>;
  static constexpr std::size_t shard_count = 1024;
  static std::size_t shard_of(const token_hash& hash) noexcept { return (hash.bytes[0] << 8 | hash.bytes[1]) % shard_count; }

  std::vector<std::shared_ptr<const shard>> shards_;  // none, or shard_count; null: empty
  std::size_t size_ = 0;
};

/// Whether a key may do what takes this role or a lower one.
bool has_role(const key_entry& key, key_role needed) noexcept;

}  // namespace edgemesh::admission
