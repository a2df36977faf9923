// A key as LiteLLM lists it, `token` being the SHA-256 of its secret. What has no counterpart here is named, not guessed: budgets of a
// length that is no day, week or month hold for all time. Pure.
#pragma once
#include <optional>

#include "accounts/import_reading.hpp"
#include "json/value.hpp"

namespace edgemesh::accounts {

/// Errors: 400 with the member.
std::optional<openai::api_error> read_litellm_entry(json::value v, import_entry& into);

}  // namespace edgemesh::accounts
