// One line of the audit log: who did or was refused what, never the content of a request or an answer. Plain values.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace edgemesh {

struct audit_entry {
  std::uint64_t number = 0;   ///< counts up by one without end: a gap is seen. Given by the log
  std::int64_t at_ms = 0;     ///< Unix milliseconds
  std::string actor;          ///< id of the key that asked; "" the node itself, "local" a local operator without keys
  std::string action;         ///< "key.create", "request", "request.refused", "settings.set"
  std::string subject;        ///< what it was done to: an id or a name
  std::string outcome;        ///< "ok", or the code of the refusal
  std::vector<std::pair<std::string, std::string>> details;  ///< names and short values: data class, backend, names of changed fields
  friend bool operator==(const audit_entry&, const audit_entry&) = default;
};

}  // namespace edgemesh
