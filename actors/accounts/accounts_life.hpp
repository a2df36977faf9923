// What the accounts of a node begin with: its store, the keys and groups in it, the account book and the audit log. Read from the disk at start,
// before the actor system is made; blocks.
#pragma once
#include <memory>

#include "accounts/key_book.hpp"
#include "base/result.hpp"
#include "settings/node_settings.hpp"
#include "store/audit_log.hpp"
#include "store/store.hpp"
#include "store/usage_book.hpp"
#include "store/usage_journals.hpp"

namespace edgemesh::actors {

struct accounts_life {
  std::shared_ptr<store::store> disk;
  store::usage_book book;
  store::audit_log audit;
  accounts::key_book keys;
  store::usage_journals journals;  // one per shard
};

/// Null with auth.mode none. `disk`: the node's store where it is open already. A store without keys gets a first one of role admin, which is
/// written to data_dir/admin.key (mode 0600). Errors are for the operator.
result<std::unique_ptr<accounts_life>> open_accounts(const settings::node_settings& settings, std::shared_ptr<store::store> disk);

}  // namespace edgemesh::actors
