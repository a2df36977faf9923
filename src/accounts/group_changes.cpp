#include <algorithm>

#include "accounts/change_audit.hpp"
#include "accounts/key_book.hpp"
#include "accounts/value_reading.hpp"
#include "accounts/views.hpp"

namespace edgemesh::accounts {

namespace {

using proto::policy_field;
using replication::policy_registers;

std::string group_text(const account_table& table, std::string_view id, const policy_registers& registers) {
  std::string out;
  json::writer w(out);
  begin_group(w, table, id, registers);
  w.end_object();
  return out;
}

bool is_living_group(const account_table& table, const std::string& id) {
  const auto* registers = table.find({subject_kind::group, id});
  return registers && !registers->revocation();
}

bool has_living_groups(const account_table& table, std::string_view parent) {
  const auto& below = table.groups_in(parent);
  return std::any_of(below.begin(), below.end(), [&](const std::string& id) { return is_living_group(table, id); });
}

bool has_living_keys(const account_table& table, std::string_view group) {
  const auto& keys = table.keys_in(group);
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& id) { return !table.find({subject_kind::key, id})->revocation(); });
}

}  // namespace

/// Name and parent as they are to be: the parent's id is put in place of its name.
refusal key_book::check_group(group_policy& policy, std::string_view own_id) const {
  if (policy.name.empty()) return openai::bad_request("A group needs a name.", "name", "missing_field");
  const auto& named = table_.groups_named(policy.name);
  if (std::any_of(named.begin(), named.end(), [&](const std::string& id) { return id != own_id; }))
    return conflict("Another group has this name.", "group_name_taken", "name");
  if (policy.parent.empty()) return std::nullopt;
  const auto parent = find_group(table_, policy.parent, "parent");
  if (!parent) return parent.error();
  if (*parent == own_id) return conflict("A group cannot be its own parent.", "group_nesting", "parent");
  if (!table_.group(*parent)->policy.parent.empty())
    return conflict("This group has a parent itself: groups nest once.", "group_nesting", "parent");
  if (!own_id.empty() && has_living_groups(table_, own_id))
    return conflict("A group with groups under it cannot have a parent: groups nest once.", "group_nesting", "parent");
  policy.parent = *parent;
  return std::nullopt;
}

key_book::outcome key_book::create_group(std::string_view json, const act& a) const {
  if (auto e = refuse_groups(a.by)) return std::move(*e);
  if (table_.groups().size() >= account_table::groups_max) return conflict("This node holds as many groups as it can.", "too_many_groups");
  const auto object = read_object(json);
  if (!object) return object.error();
  auto request = read_group_request(*object, {}, options_.classes);
  if (!request) return request.error();
  if (auto e = check_group(request->policy, {})) return std::move(*e);
  const auto registers = made(proto::fields_of(request->policy), a);
  if (!registers) return registers.error();
  const auto id = free_id(subject_kind::group);
  auto change = begin(201);
  change.body = group_text(table_, id, *registers);
  change.records.push_back({subject_kind::group, id, registers->body()});
  change.audit.push_back(audit_of(a, "group.create", id, request->named));
  return change;
}

openai::api_result<subject_name> key_book::changeable_group(std::string_view id_or_name, const act& a) const {
  if (auto e = refuse_groups(a.by)) return std::move(*e);
  const auto id = find_group(table_, id_or_name, "id");
  if (!id) return id.error();
  return subject_name{subject_kind::group, *id};
}

key_book::outcome key_book::update_group(std::string_view id_or_name, std::string_view json, const act& a) const {
  const auto name = changeable_group(id_or_name, a);
  if (!name) return name.error();
  auto registers = *table_.find(*name);
  const auto object = read_object(json);
  if (!object) return object.error();
  auto request = read_group_request(*object, read_group(registers, table_.rule()).policy, options_.classes);
  if (!request) return request.error();
  // What is not named stays, even where it could not be set any more.
  group_policy checked = request->policy;
  if (!request->named.contains(policy_field::parent)) checked.parent.clear();
  if (request->named.contains(policy_field::name) || request->named.contains(policy_field::parent)) {
    if (auto e = check_group(checked, name->id)) return std::move(*e);
    if (request->named.contains(policy_field::parent)) request->policy.parent = checked.parent;
  }
  if (auto e = write_fields(registers, request->named, proto::fields_of(request->policy), writer_of(a))) return std::move(*e);
  auto change = begin();
  change.body = group_text(table_, name->id, registers);
  if (request->named.empty()) return change;
  change.records.push_back({subject_kind::group, name->id, registers.body()});
  change.audit.push_back(audit_of(a, "group.update", name->id, request->named));
  const bool is_closed = request->policy.terms.is_disabled || table_.is_closed(request->policy.parent);
  if (is_closed && !table_.is_closed(name->id)) change.ended_keys = table_.keys_under(name->id);
  return change;
}

key_book::outcome key_book::delete_group(std::string_view id_or_name, const act& a) const {
  const auto name = changeable_group(id_or_name, a);
  if (!name) return name.error();
  if (has_living_keys(table_, name->id)) return conflict("Keys stand in this group: move or revoke them first.", "group_in_use");
  if (has_living_groups(table_, name->id)) return conflict("Groups stand under this group: move or delete them first.", "group_in_use");
  auto registers = *table_.find(*name);
  registers.revoke(writer_of(a));
  auto change = begin();
  json::writer(change.body).begin_object().member("id", name->id).member("deleted", true).end_object();
  change.records.push_back({subject_kind::group, name->id, registers.body()});
  change.audit.push_back(audit_of(a, "group.delete", name->id));
  return change;
}

}  // namespace edgemesh::accounts
