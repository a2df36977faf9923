// The flags of `keys` and `groups` as the JSON that the admin API takes. Only what was given is said; `none` says that something goes back to
// its default. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace edgemesh::cli {

struct account_flags {
  std::optional<std::string> name, role, owner, group, parent, data_class, cache, expires;
  std::vector<std::string> models, backends, sites, tags;  ///< one `none`: no list
  std::optional<std::string> requests_per_minute, tokens_per_minute, concurrency, max_tokens;
  std::optional<std::string> budget;                       ///< "20/month", "100000 tokens/day", "5/total"
  std::optional<std::string> disabled, strict;             ///< yes or no
};

/// Errors name the flag and what it takes.
result<std::string> account_body(const account_flags& flags);

}  // namespace edgemesh::cli
