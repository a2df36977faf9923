// What an admin call's JSON asks a key or group to become: the fields that it names, put onto what the subject is. A null resets a field;
// in `limits` and `budget` too only what is named changes. Group names are not looked up here. Pure; any thread.
#pragma once
#include <set>
#include <span>
#include <string_view>

#include "domain/data_class.hpp"
#include "domain/policy.hpp"
#include "json/value.hpp"
#include "openai/api_error.hpp"
#include "proto/policy_fields.hpp"

namespace edgemesh::accounts {

using field_set = std::set<proto::policy_field>;

inline constexpr std::int64_t max_tokens_max = 1'000'000'000'000;

struct key_request {
  key_policy policy;  ///< group: as it was written, an id or a name
  field_set named;
};
struct group_request {
  group_policy policy;  ///< parent: as it was written
  field_set named;
};

/// `others`: names of members that the caller reads by itself. Errors: 400 with the field as `param`.
openai::api_result<key_request> read_key_request(json::value object, key_policy before, const data_classes& classes,
                                                 std::span<const std::string_view> others = {});
openai::api_result<group_request> read_group_request(json::value object, group_policy before, const data_classes& classes);

/// The path of a field in JSON: "limits.requests_per_minute".
std::string_view name_of(proto::policy_field field) noexcept;

}  // namespace edgemesh::accounts
