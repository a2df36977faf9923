// The flags of `keys`, `groups`, `usage` and `audit` on the command line, as far as they are theirs alone: each is put into the options of its
// command. While the parser is set up; one thread.
#pragma once
#include "cli/account_commands.hpp"

namespace CLI {
class App;
}

namespace edgemesh::cli {

/// What keys and groups have in common, and of keys alone.
void add_policy_flags(CLI::App& to, account_kind kind, account_options& o);
void add_usage_flags(CLI::App& to, usage_options& o);
void add_audit_flags(CLI::App& to, audit_options& o);

}  // namespace edgemesh::cli
