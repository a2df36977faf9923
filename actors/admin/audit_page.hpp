// GET /admin/v1/audit: entries of the audit log as JSON, newest or from a number on. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/audit.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::actors {

struct audit_question {
  static constexpr std::size_t limit_max = 1000;
  std::uint64_t after = 0;      ///< entries with a higher number, oldest first
  bool newest = true;           ///< without `after`: the newest, oldest of them first
  std::size_t limit = 100;
  std::string actor, action, subject;  ///< "": any; an action may end in `*`
  bool fits(const audit_entry& e) const;
};

/// `after=N&limit=N&actor=…&action=key.*&subject=…`. Errors: 400, naming what was not understood.
openai::api_result<audit_question> read_audit_question(std::string_view query);

/// One entry on one line, without its end.
std::string audit_json(const audit_entry& e);

}  // namespace edgemesh::actors
