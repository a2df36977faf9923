// Makes the rings that admission asks from what is known of keys and groups. A change makes what it touches anew and shares the rest with
// the ring before; the cells that count requests and money stay those of their subject as long as it has the limit, so that a changed limit
// keeps what was counted. A group that is deleted or not known lets nothing through. One owner; the rings may be read by any thread.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "accounts/account_table.hpp"
#include "admission/key_ring.hpp"

namespace edgemesh::accounts {

class ring_builder {
 public:
  using ring_ptr = std::shared_ptr<const admission::key_ring>;

  /// All of it: at start.
  ring_ptr rebuild(const account_table& table);
  /// The table holds these subjects changed. Costs what they and the keys under them do.
  ring_ptr update(const account_table& table, std::span<const subject_name> changed);
  const ring_ptr& ring() const noexcept { return ring_; }

  /// Null without a budget.
  std::shared_ptr<admission::spending> find(const subject_name& name) const;

  /// Spendings that count from nothing since the last call: of new budgets, and of those whose unit or period changed. What the account
  /// book says was spent in their window is to be restored to them; what runs already is settled with the one before.
  struct fresh_spending {
    subject_name name;
    budget limit;
    std::shared_ptr<admission::spending> spent;
  };
  std::vector<fresh_spending> take_fresh() { return std::exchange(fresh_, {}); }

 private:
  using holder_ptr = std::shared_ptr<const admission::policy_holder>;
  using chain_memo = std::unordered_map<std::string, std::vector<holder_ptr>>;
  struct key_slot {
    std::shared_ptr<const admission::key_entry> entry;
    std::vector<std::pair<admission::token_hash, std::int64_t>> tokens;
  };

  holder_ptr make_holder(const subject_name& name, const std::string& text, const policy_terms& terms, const holder_ptr& before);
  void make_group(const account_table& table, const std::string& id);
  const std::vector<holder_ptr>& groups_of(const account_table& table, const std::string& group, chain_memo& memo);
  void make_key(const account_table& table, const std::string& id, chain_memo& memo, std::vector<admission::token_hash>& touched);
  void give_groups(const account_table& table, const std::string& id, chain_memo& memo, std::vector<admission::token_hash>& touched);
  ring_ptr renew(const account_table& table, const std::vector<admission::token_hash>& touched);

  std::unordered_map<std::string, key_slot> keys_;
  std::map<std::string, holder_ptr> groups_;
  std::vector<fresh_spending> fresh_;
  ring_ptr ring_ = std::make_shared<const admission::key_ring>();
};

}  // namespace edgemesh::accounts
