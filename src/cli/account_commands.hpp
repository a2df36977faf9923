// keys, groups, usage and audit: commands that talk to a running node's admin API. Each returns the process's exit code. One thread.
#pragma once
#include <string>
#include <vector>

#include "cli/account_flags.hpp"
#include "cli/admin_link.hpp"
#include "cli/exit_code.hpp"

namespace edgemesh::cli {

/// Keys and groups are spoken of alike.
enum class account_kind : unsigned char { key, group };

struct account_options {
  admin_options admin;
  account_flags flags;
  std::string id;
  std::string file;   ///< JSON instead of flags; "-": standard input
  std::string grace;  ///< keys rotate: how long the old secret is good
};

exit_code list_accounts(account_kind kind, const account_options& o);
exit_code show_account(account_kind kind, const account_options& o);
exit_code create_account(account_kind kind, const account_options& o);
exit_code update_account(account_kind kind, const account_options& o);
/// keys revoke, groups delete.
exit_code end_account(account_kind kind, const account_options& o);
exit_code rotate_key_of(const account_options& o);
/// In parts of at most import_part_bytes; each is taken whole or not at all, and the first that is refused ends it.
exit_code import_keys(const account_options& o);
inline constexpr std::size_t import_part_bytes = 4u << 20;

struct usage_options {
  admin_options admin;
  std::vector<std::string> group_by, only;  ///< only: DIMENSION=NAME
  std::string interval, from, to;
  bool csv = false;
};
exit_code show_usage(const usage_options& o);

struct audit_options {
  admin_options admin;
  std::string actor, action, subject;
  std::string limit;
  bool follow = false;
};
exit_code show_audit(const audit_options& o);

}  // namespace edgemesh::cli
