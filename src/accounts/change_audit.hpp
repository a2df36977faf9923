// The audit's line for a change of a key or group: names of fields, never their values. Pure.
#pragma once
#include <string>

#include "accounts/actor.hpp"
#include "accounts/policy_json.hpp"
#include "domain/audit.hpp"

namespace edgemesh::accounts {

inline audit_entry audit_of(const act& a, std::string action, std::string subject, const field_set& fields = {}) {
  audit_entry entry{0, a.unix_ms(), a.by.key_id, std::move(action), std::move(subject), "ok", {}};
  std::string names;
  for (const auto field : fields)
    if (field != proto::policy_field::created) names.append(names.empty() ? "" : ",").append(name_of(field));
  if (!names.empty()) entry.details.emplace_back("fields", std::move(names));
  return entry;
}

}  // namespace edgemesh::accounts
