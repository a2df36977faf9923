// Takes an import apart: JSON lines, one JSON array, or {"keys":[…]} as LiteLLM's key list answers. An entry is {sha256 or secret, and the
// fields of a key}; one with a `token` is LiteLLM's, see litellm_entry.hpp. Secrets are hashed at once. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/policy_json.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::accounts {

struct import_entry {
  std::string where;     ///< "line 3", "entry 3": for errors
  key_request request;
  content_hash hash;
  std::string own_id;    ///< of a secret in the form that is made here; else ""
  std::string team;      ///< LiteLLM's team_id: its group, where there is one of that name
  std::vector<std::string> left_out;  ///< members that were not taken over
};

struct import_bounds {
  std::size_t entries_max, bytes_max;
};
/// Errors name the line or entry; 413 for what is over the bounds.
openai::api_result<std::vector<import_entry>> read_import(std::string_view text, const data_classes& classes, const import_bounds& bounds);

/// The same error with the place before its words.
openai::api_error at_place(const std::string& where, openai::api_error e);

}  // namespace edgemesh::accounts
