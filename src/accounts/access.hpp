// Who may change which keys and groups. An admin may everything. A group-admin makes and changes keys of its own group that only ask
// models: it gives no role, and takes no key out of the group or into it; what the group may not, its keys may not when they ask. A key of
// another group is not there for it. Pure; any thread.
#pragma once
#include <optional>

#include "accounts/actor.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::accounts {

using refusal = std::optional<openai::api_error>;  ///< nothing: it may

/// Whether it may see or change keys at all: 403 insufficient_role.
refusal refuse_keys(const actor_facts& who);
refusal refuse_groups(const actor_facts& who);
/// A key that exists: 404 key_not_found for one of another group, 403 for one with a role.
refusal refuse_seeing(const actor_facts& who, const key_policy& key);
refusal refuse_changing(const actor_facts& who, const key_policy& key);
/// What a key is to become: 403 with the field.
refusal refuse_becoming(const actor_facts& who, const key_policy& after);

openai::api_error key_not_found();
openai::api_error group_not_found(std::string param = "group");
openai::api_error conflict(std::string message, std::string code, std::optional<std::string> param = {});

}  // namespace edgemesh::accounts
