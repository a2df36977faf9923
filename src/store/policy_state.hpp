// Keys and groups on disk, and the store's own id. Family policy: "k" or "g" and the id -> a version byte and the body as proto/policy_record
// writes it; the id of the store stands in family node. Calls block.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/store_id.hpp"
#include "proto/policy_record.hpp"
#include "store/store.hpp"

namespace edgemesh::store {

using proto::policy_row;

/// Errors: the store's; a row that is damaged, or written by a later version.
result<std::vector<policy_row>> load_policies(const store& from);
change policy_change(const policy_row& row);

/// Made with `fresh` (16 random bytes) and written, synced, when the store has none yet. `is_new` tells which it was. `former`: ids that it gave
/// up because another store writes under them.
struct named_store { store_id id; bool is_new = false; std::vector<store_id> former; };
result<named_store> load_or_make_store_id(store& in, const store_id& fresh);
/// From now on the store is called `fresh`: somebody else has written under its name, so that it is a copy, or older than it was. Synced.
result<void> replace_store_id(store& in, const store_id& fresh);
/// The next start makes another one; the one so far is nobody's.
result<void> forget_store_id(store& in);

}  // namespace edgemesh::store
