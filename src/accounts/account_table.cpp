#include "accounts/account_table.hpp"

#include <algorithm>

#include "admission/key_token.hpp"
#include "replication/policy_strictness.hpp"

namespace edgemesh::accounts {

namespace {

using proto::policy_field;

template <class Map>
const account_table::id_set& set_at(const Map& map, std::string_view name) {
  static const account_table::id_set none;
  const auto at = map.find(name);
  return at == map.end() ? none : at->second;
}

template <class Map>
void link(Map& map, const std::string& name, const std::string& id, bool is_there) {
  if (is_there) {
    map[name].insert(id);
  } else if (const auto at = map.find(name); at != map.end()) {
    at->second.erase(id);
    if (at->second.empty()) map.erase(at);
  }
}

}  // namespace

account_table::account_table(data_classes classes)
  : rule_([classes = std::move(classes)](std::uint8_t field, std::string_view a, std::string_view b) {
      return replication::stricter(field, a, b, classes);
    }) {}

bool account_table::put(const subject_name& name, replication::policy_registers registers) {
  const bool is_key = name.kind == subject_kind::key;
  auto& map = is_key ? keys_ : groups_;
  if (const auto at = map.find(name.id); at != map.end()) {
    put_links(name, at->second, false);
    at->second = std::move(registers);
    put_links(name, at->second, true);
    return true;
  }
  if (!admission::is_key_id(name.id) || map.size() >= (is_key ? keys_max : groups_max)) return false;
  const auto at = map.emplace(name.id, std::move(registers)).first;
  put_links(name, at->second, true);
  return true;
}

void account_table::put_links(const subject_name& name, const replication::policy_registers& registers, bool is_there) {
  if (name.kind == subject_kind::group) {
    link(groups_in_, read_text_field(registers, policy_field::parent, rule_), name.id, is_there);
    if (!registers.revocation()) link(groups_named_, read_text_field(registers, policy_field::name, rule_), name.id, is_there);
    return;
  }
  link(keys_in_, read_text_field(registers, policy_field::group, rule_), name.id, is_there);
  for (const auto& [hash, _] : registers.body().secrets) {
    if (is_there) {
      by_hash_.emplace(hash, name.id);
      continue;
    }
    const auto [first, last] = by_hash_.equal_range(hash);
    const auto at = std::find_if(first, last, [&](const auto& entry) { return entry.second == name.id; });
    if (at != last) by_hash_.erase(at);
  }
}

const replication::policy_registers* account_table::find(const subject_name& name) const {
  const auto& map = name.kind == subject_kind::key ? keys_ : groups_;
  const auto at = map.find(name.id);
  return at == map.end() ? nullptr : &at->second;
}

std::optional<key_facts> account_table::key(std::string_view id) const {
  const auto at = keys_.find(id);
  return at == keys_.end() ? std::nullopt : std::optional(read_key(at->second, rule_));
}

std::optional<group_facts> account_table::group(std::string_view id) const {
  const auto at = groups_.find(id);
  return at == groups_.end() ? std::nullopt : std::optional(read_group(at->second, rule_));
}

const account_table::id_set& account_table::keys_in(std::string_view group) const { return set_at(keys_in_, group); }
const account_table::id_set& account_table::groups_in(std::string_view parent) const { return set_at(groups_in_, parent); }
const account_table::id_set& account_table::groups_named(std::string_view name) const { return set_at(groups_named_, name); }

std::string account_table::name_of_group(std::string_view id) const {
  const auto at = groups_.find(id);
  return at == groups_.end() ? std::string() : read_text_field(at->second, policy_field::name, rule_);
}

std::vector<std::string> account_table::chain_of(std::string_view group) const {
  std::vector<std::string> chain;
  std::string next(group);
  while (!next.empty() && chain.size() < chain_max && std::find(chain.begin(), chain.end(), next) == chain.end()) {
    chain.push_back(next);
    const auto at = groups_.find(next);
    next = at == groups_.end() ? std::string() : read_text_field(at->second, policy_field::parent, rule_);
  }
  return chain;
}

bool account_table::is_closed(std::string_view group_id) const {
  const auto chain = chain_of(group_id);
  return std::any_of(chain.begin(), chain.end(), [&](const std::string& id) {
    const auto facts = group(id);
    return !facts || facts->is_over || facts->is_unreadable || facts->policy.terms.is_disabled;
  });
}

bool account_table::is_closed_key(std::string_view id) const {
  const auto facts = key(id);
  return !facts || facts->is_over || facts->is_unreadable || facts->policy.terms.is_disabled || is_closed(facts->policy.group);
}

std::vector<std::string> account_table::keys_under(std::string_view group) const {
  std::vector<std::string> out, open{std::string(group)};
  std::set<std::string> seen{open.front()};
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto& keys = keys_in(open[i]);
    out.insert(out.end(), keys.begin(), keys.end());
    for (const auto& below : groups_in(open[i]))
      if (seen.insert(below).second) open.push_back(below);
  }
  return out;
}

replication::hybrid_time latest_stamp(const account_table& table) {
  std::uint64_t latest = 0;
  for (const auto* subjects : {&table.keys(), &table.groups()})
    for (const auto& [_, registers] : *subjects)
      for (const auto& w : registers.body().writes) latest = std::max(latest, w.stamp);
  return {latest};
}

std::optional<std::string> account_table::key_of(const content_hash& hash) const {
  const auto [first, last] = by_hash_.equal_range(hash);
  const auto rank = [this](const std::string& id) { return std::pair(find({subject_kind::key, id})->revocation() == nullptr, id); };
  std::optional<std::string> best;
  for (auto at = first; at != last; ++at)
    if (!best || rank(at->second) < rank(*best)) best = at->second;
  return best;
}

}  // namespace edgemesh::accounts
