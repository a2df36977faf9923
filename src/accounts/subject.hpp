// A key or group as its registers say that it is now, and changes written back to them. Pure; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "accounts/policy_json.hpp"
#include "domain/policy.hpp"
#include "openai/api_error.hpp"
#include "replication/policy_registers.hpp"

namespace edgemesh::accounts {

enum class subject_kind : std::uint8_t { key, group };

struct subject_name {
  subject_kind kind = subject_kind::key;
  std::string id;
  friend auto operator<=>(const subject_name&, const subject_name&) = default;
};

template <class Policy>
struct facts_of {
  Policy policy;
  bool is_over = false;        ///< a revoked key, a deleted group: for ever
  bool is_unreadable = false;  ///< a field has a form that this build does not know
};
using key_facts = facts_of<key_policy>;
using group_facts = facts_of<group_policy>;

key_facts read_key(const replication::policy_registers& registers, const replication::strictness& rule);
group_facts read_group(const replication::policy_registers& registers, const replication::strictness& rule);
/// One field of text, without reading the others.
std::string read_text_field(const replication::policy_registers& registers, proto::policy_field field, const replication::strictness& rule);

key_role read_role(const replication::policy_registers& registers, const replication::strictness& rule);

/// 409: a bound of proto/policy_record is reached.
openai::api_error record_full();

/// Fields that are not in `values` go back to their default. Errors: 400 with the field when its value is too long for a record; 409 when
/// the record is full. Then `into` is not to be used.
std::optional<openai::api_error> write_fields(replication::policy_registers& into, const field_set& named,
                                              const std::map<std::uint8_t, std::string>& values,
                                              const replication::policy_registers::writer& by);

}  // namespace edgemesh::accounts
