// What a key or a group of keys may do: the words that admission, records and admin pages share. Plain values.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/budget.hpp"

namespace edgemesh {

enum class key_role : std::uint8_t {
  client = 0,       ///< asks models
  viewer = 1,       ///< reads status, usage, audit, metrics
  group_admin = 2,  ///< and manages the keys of its own group, within that group's limits
  admin = 3,        ///< and everything else
};
constexpr std::string_view name_of(key_role r) noexcept {
  return r == key_role::admin ? "admin" : r == key_role::group_admin ? "group-admin" : r == key_role::viewer ? "viewer" : "client";
}
constexpr std::optional<key_role> key_role_from(std::string_view name) noexcept {
  for (const auto r : {key_role::client, key_role::viewer, key_role::group_admin, key_role::admin})
    if (name_of(r) == name) return r;
  return std::nullopt;
}

/// Whether answers may come from a prefix that another key warmed: `isolated` gives the key a salt of its own.
enum class cache_sharing : std::uint8_t { shared = 0, isolated = 1 };

/// None: no limit. At least 1.
struct rate_limits {
  std::optional<std::int64_t> requests_per_minute, tokens_per_minute, concurrency;
  friend bool operator==(const rate_limits&, const rate_limits&) = default;
};
struct policy_limits {
  rate_limits all;
  std::map<std::string, rate_limits> models;  ///< by public name; these hold beside `all`
  friend bool operator==(const policy_limits&, const policy_limits&) = default;
};

/// Names that are allowed; none: all of them.
using allow_list = std::optional<std::set<std::string>>;

/// What keys and groups have in common.
struct policy_terms {
  allow_list models, backends, sites;
  std::string data_class;  ///< floor: a request counts as at least this; "" none
  policy_limits limits;
  std::optional<struct budget> budget;
  bool is_disabled = false;
  friend bool operator==(const policy_terms&, const policy_terms&) = default;
};

struct key_policy {
  std::string name;
  key_role role = key_role::client;
  std::string owner, group;        ///< group: an id; "" none
  std::vector<std::string> tags;
  policy_terms terms;
  bool is_strict = false;          ///< refused by a node that has not heard from a full member for long
  cache_sharing cache = cache_sharing::shared;
  std::optional<std::int64_t> max_tokens;  ///< cap of what a request may ask for, and the default when it does not say
  std::optional<std::int64_t> expires_at;  ///< Unix seconds
  friend bool operator==(const key_policy&, const key_policy&) = default;
};

struct group_policy {
  std::string name;
  std::string parent;  ///< id of a group without a parent; "" none
  policy_terms terms;
  friend bool operator==(const group_policy&, const group_policy&) = default;
};

}  // namespace edgemesh
