#include "accounts/ring_builder.hpp"

#include <set>

namespace edgemesh::accounts {

using admission::key_entry;
using admission::policy_holder;
using admission::spending;
using admission::token_hash;
using admission::use_cell;

namespace {

bool counts_the_same(const budget& a, const budget& b) { return a.unit == b.unit && a.period == b.period; }

content_hash as_content(const token_hash& hash) { return *content_hash::from_bytes(hash.view()); }

}  // namespace

ring_builder::ring_ptr ring_builder::rebuild(const account_table& table) {
  std::vector<subject_name> all;
  all.reserve(table.keys().size() + table.groups().size());
  for (const auto& [id, _] : table.groups()) all.push_back({subject_kind::group, id});
  for (const auto& [id, _] : table.keys()) all.push_back({subject_kind::key, id});
  return update(table, all);
}

ring_builder::ring_ptr ring_builder::update(const account_table& table, std::span<const subject_name> changed) {
  std::set<std::string> made, below;
  for (const auto& name : changed) {
    if (name.kind == subject_kind::key) {
      made.insert(name.id);
      continue;
    }
    make_group(table, name.id);
    for (auto& id : table.keys_under(name.id)) below.insert(std::move(id));
  }
  chain_memo memo;
  std::vector<token_hash> touched;
  for (const auto& id : made) make_key(table, id, memo, touched);
  for (const auto& id : below)
    if (!made.contains(id)) give_groups(table, id, memo, touched);
  return ring_ = renew(table, touched);
}

std::shared_ptr<spending> ring_builder::find(const subject_name& name) const {
  if (name.kind == subject_kind::group) {
    const auto at = groups_.find(name.id);
    return at == groups_.end() ? nullptr : at->second->spent;
  }
  const auto at = keys_.find(name.id);
  return at == keys_.end() ? nullptr : at->second.entry->holders.front()->spent;
}

ring_builder::holder_ptr ring_builder::make_holder(const subject_name& name, const std::string& text, const policy_terms& terms,
                                                   const holder_ptr& before) {
  auto h = std::make_shared<policy_holder>();
  h->id = name.id;
  h->name = text;
  h->is_group = name.kind == subject_kind::group;
  h->terms = terms;
  h->cell = before ? before->cell : std::make_shared<use_cell>();
  for (const auto& [model, _] : terms.limits.models) {
    const auto known = before ? before->model_cells.find(model) : h->model_cells.end();
    const bool is_known = before && known != before->model_cells.end();
    h->model_cells.emplace(model, is_known ? known->second : std::make_shared<use_cell>());
  }
  if (!terms.budget) return h;
  if (before && before->terms.budget && counts_the_same(*before->terms.budget, *terms.budget)) {
    h->spent = before->spent;
  } else {
    h->spent = std::make_shared<spending>();
    fresh_.push_back({name, *terms.budget, h->spent});
  }
  return h;
}

void ring_builder::make_group(const account_table& table, const std::string& id) {
  auto facts = table.group(id).value_or(group_facts{});
  // Of a group that nobody told of yet, or that is over, nothing is known but that its keys must not pass.
  if (!table.find({subject_kind::group, id}) || facts.is_over || facts.is_unreadable) facts.policy.terms.is_disabled = true;
  auto& place = groups_[id];
  place = make_holder({subject_kind::group, id}, facts.policy.name, facts.policy.terms, place);
}

const std::vector<ring_builder::holder_ptr>& ring_builder::groups_of(const account_table& table, const std::string& group,
                                                                     chain_memo& memo) {
  const auto [at, is_new] = memo.try_emplace(group);
  if (!is_new) return at->second;
  for (const auto& id : table.chain_of(group)) {
    if (!groups_.contains(id)) make_group(table, id);
    at->second.push_back(groups_[id]);
  }
  return at->second;
}

void ring_builder::make_key(const account_table& table, const std::string& id, chain_memo& memo, std::vector<token_hash>& touched) {
  const auto* registers = table.find({subject_kind::key, id});
  if (!registers) return;
  auto facts = read_key(*registers, table.rule());
  auto& slot = keys_[id];
  for (const auto& [hash, _] : slot.tokens) touched.push_back(hash);
  auto entry = std::make_shared<key_entry>();
  entry->id = id;
  entry->is_revoked = facts.is_over;
  entry->is_unreadable = facts.is_unreadable;
  entry->holders.push_back(
    make_holder({subject_kind::key, id}, facts.policy.name, facts.policy.terms, slot.entry ? slot.entry->holders.front() : nullptr));
  const auto& groups = groups_of(table, facts.policy.group, memo);
  entry->holders.insert(entry->holders.end(), groups.begin(), groups.end());
  entry->policy = std::move(facts.policy);
  slot.entry = std::move(entry);
  slot.tokens.clear();
  for (const auto& [hash, ends_at] : registers->body().secrets) {
    slot.tokens.emplace_back(*token_hash::from_bytes(hash.view()), ends_at);
    touched.push_back(slot.tokens.back().first);
  }
}

/// The key is as it was; its groups are others.
void ring_builder::give_groups(const account_table& table, const std::string& id, chain_memo& memo, std::vector<token_hash>& touched) {
  const auto at = keys_.find(id);
  if (at == keys_.end()) return make_key(table, id, memo, touched);
  auto entry = std::make_shared<key_entry>(*at->second.entry);
  entry->holders.resize(1);
  const auto& groups = groups_of(table, entry->policy.group, memo);
  entry->holders.insert(entry->holders.end(), groups.begin(), groups.end());
  at->second.entry = std::move(entry);
  for (const auto& [hash, _] : at->second.tokens) touched.push_back(hash);
}

ring_builder::ring_ptr ring_builder::renew(const account_table& table, const std::vector<token_hash>& touched) {
  std::vector<admission::key_ring::token_change> changes;
  changes.reserve(touched.size());
  for (const auto& hash : touched) {
    const auto id = table.key_of(as_content(hash));
    const auto at = id ? keys_.find(*id) : keys_.end();
    auto& change = changes.emplace_back(hash, std::nullopt);
    if (at == keys_.end()) continue;
    for (const auto& [own, ends_at] : at->second.tokens)
      if (own == hash) change.token = admission::ring_token{at->second.entry, ends_at};
  }
  return std::make_shared<const admission::key_ring>(ring_->with(std::move(changes)));
}

}  // namespace edgemesh::accounts
