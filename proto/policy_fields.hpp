// The fields of keys and groups on the wire: numbers that never change their meaning, and one msgpack value each. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "domain/policy.hpp"
#include "proto/policy_record.hpp"

namespace edgemesh::proto {

enum class policy_field : std::uint8_t {
  name = 1, role, owner, group, tags, models, backends, sites, data_class, requests_per_minute, tokens_per_minute, concurrency, model_limits,
  budget, disabled, strict, cache, max_tokens, expires_at, parent,
  revoked,  ///< see policy_revoked_field
  created,  ///< written once, without a value: when and by whom the subject was made
};
static_assert(static_cast<std::uint8_t>(policy_field::revoked) == policy_revoked_field);

inline constexpr std::size_t policy_list_max = 128;   ///< names in an allow list, tags, models with limits of their own
inline constexpr std::size_t policy_name_max = 256;   ///< bytes of one name

/// Field number to value; what has its default is not there.
std::map<std::uint8_t, std::string> fields_of(const key_policy& key);
std::map<std::uint8_t, std::string> fields_of(const group_policy& group);

/// Puts one field in its place. True also for a field that this build does not know. False: the value is not of its form or out of
/// bounds, and nothing was changed.
bool read_field(std::uint8_t field, std::string_view value, key_policy& into);
bool read_field(std::uint8_t field, std::string_view value, group_policy& into);

}  // namespace edgemesh::proto
