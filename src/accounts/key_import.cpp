#include <map>
#include <unordered_map>

#include "accounts/change_audit.hpp"
#include "accounts/import_reading.hpp"
#include "accounts/key_book.hpp"
#include "accounts/views.hpp"

namespace edgemesh::accounts {

/// What has come together so far.
struct key_book::import_sum {
  std::unordered_map<content_hash, std::string> places;  // of each hash in this import
  std::set<std::string, std::less<>> ids;
  std::map<std::string, std::int64_t> left_out;
  std::int64_t unchanged = 0;
  std::vector<record_change> records;
  std::string list;
  json::writer out{list};
};

namespace {

/// Whether the key that has this secret already is what the entry says.
refusal refuse_other(const account_table& table, const std::string& id, const key_policy& wanted, const act& a) {
  const auto facts = table.key(id);
  if (refuse_changing(a.by, facts->policy)) return conflict("This key exists already.", "key_exists");
  const auto name = "key " + id + (facts->policy.name.empty() ? "" : " (" + facts->policy.name + ")");
  if (facts->is_over) return conflict("This is " + name + ", which was revoked; that is for ever.", "key_revoked");
  if (facts->policy != wanted) return conflict("This is " + name + ", which exists with other settings: update it instead.", "key_exists");
  return std::nullopt;
}

}  // namespace

refusal key_book::import_one(import_entry& entry, const act& a, import_sum& sum) const {
  auto& policy = entry.request.policy;
  const bool is_limited = a.by.role != key_role::admin;
  if (!entry.team.empty()) {
    policy.group = entry.team;
    if (!find_group(table_, entry.team)) {
      policy.group.clear();
      entry.left_out.push_back("team_id");
    }
  }
  if (is_limited && policy.group.empty() && !entry.request.named.contains(proto::policy_field::group)) policy.group = a.by.group;
  if (auto e = resolve_group(policy, a)) return e;
  if (auto e = refuse_becoming(a.by, policy)) return e;
  if (const auto [at, is_new] = sum.places.emplace(entry.hash, entry.where); !is_new)
    return conflict("This is the key of " + at->second + " again.", "key_exists");
  for (const auto& name : entry.left_out) ++sum.left_out[name];
  if (const auto known = table_.key_of(entry.hash)) {
    ++sum.unchanged;
    return refuse_other(table_, *known, policy, a);
  }
  auto registers = made(proto::fields_of(policy), a);
  if (!registers) return registers.error();
  registers->rotate(entry.hash, 0);
  auto id = entry.own_id;
  while (id.empty() || table_.find({subject_kind::key, id}) || sum.ids.contains(id)) id = free_id(subject_kind::key);
  sum.out.begin_object().member("id", id).member("name", policy.name).member("from", entry.where).end_object();
  sum.records.push_back({subject_kind::key, id, registers->body()});
  sum.ids.insert(std::move(id));
  return std::nullopt;
}

key_book::outcome key_book::import_keys(std::string_view text, const act& a) const {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  auto entries = read_import(text, options_.classes, {import_lines_max, import_bytes_max});
  if (!entries) return entries.error();
  import_sum sum;
  sum.out.begin_array();
  for (auto& entry : *entries)
    if (auto e = import_one(entry, a, sum)) return at_place(entry.where, std::move(*e));
  if (table_.keys().size() + sum.records.size() > account_table::keys_max)
    return conflict("This node cannot hold that many keys.", "too_many_keys");
  sum.out.end_array();
  auto change = begin(sum.records.empty() ? 200 : 201);
  json::writer out(change.body);
  out.begin_object().member("imported", sum.records.size()).member("unchanged", sum.unchanged).key("left_out").begin_object();
  for (const auto& [name, count] : sum.left_out) out.member(name, count);
  out.end_object().key("data").raw(sum.list).end_object();
  if (sum.records.empty()) return change;
  auto entry = audit_of(a, "key.import", std::to_string(sum.records.size()) + " keys");
  entry.details = {{"imported", std::to_string(sum.records.size())}, {"unchanged", std::to_string(sum.unchanged)}};
  change.audit.push_back(std::move(entry));
  change.records = std::move(sum.records);
  return change;
}

}  // namespace edgemesh::accounts
