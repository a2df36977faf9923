// The reasons that stand on our wire, and what other engines call them (backends.md F.2). Pure.
#pragma once
#include <string_view>

#include "json/value.hpp"

namespace edgemesh::dialects {

struct finish_verdict {
  enum class what { absent, kept, renamed, failed };  ///< absent: null, "", missing, no text
  what is = what::absent;
  std::string_view reason;  ///< static; for kept and renamed
};

/// abort and error are failures; words that nobody knows end the answer like `stop`.
finish_verdict read_finish_reason(json::value reason) noexcept;

}  // namespace edgemesh::dialects
