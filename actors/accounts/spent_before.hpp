// What budgets had spent in their present windows before their counting began: read from the account book, at start and when a budget is new.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "accounts/account_table.hpp"
#include "accounts/ring_builder.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/usage_book.hpp"

namespace edgemesh::actors {

/// One budget that counts from nothing.
struct unspent_budget {
  accounts::ring_builder::fresh_spending what;
  std::set<std::string> groups;  ///< of a group: itself and those under it; whose keys' spending is its own
};
std::vector<unspent_budget> unspent_of(const accounts::account_table& table, std::vector<accounts::ring_builder::fresh_spending> fresh);

/// Reads the rows of days since the earliest window's begin, and those of months where a budget is in total. Blocks. Errors: the store's.
result<void> restore_spending(store::usage_book& book, const std::vector<unspent_budget>& budgets, wall_time now);

}  // namespace edgemesh::actors
