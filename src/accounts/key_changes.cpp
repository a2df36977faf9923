#include "accounts/change_audit.hpp"
#include "accounts/key_book.hpp"
#include "accounts/value_reading.hpp"
#include "accounts/views.hpp"
#include "admission/token_hash.hpp"
#include "base/ascii.hpp"
#include "base/units.hpp"

namespace edgemesh::accounts {

namespace {

using proto::policy_field;
using replication::policy_registers;

content_hash hash_of(const secret& token) { return *content_hash::from_bytes(admission::hash_token(token.reveal()).view()); }

std::string key_text(const account_table& table, std::string_view id, const policy_registers& registers, const act& a,
                     const secret* token = nullptr) {
  std::string out;
  json::writer w(out);
  begin_key(w, table, id, registers, a.unix_seconds());
  if (token) w.member("key", token->reveal());
  w.end_object();
  return out;
}

bool is_working_admin(const key_policy& policy, const act& a) {
  return policy.role == key_role::admin && !policy.terms.is_disabled && (!policy.expires_at || *policy.expires_at > a.unix_seconds());
}

openai::api_error table_full() { return conflict("This node holds as many keys as it can.", "too_many_keys"); }

/// How long the old secrets go on.
openai::api_result<seconds> read_grace(std::string_view text) {
  seconds grace(key_book::grace_default_s);
  if (ascii::trim(text).empty()) return grace;
  const auto object = read_object(text);
  if (!object) return object.error();
  constexpr std::string_view known[] = {"grace"};
  value_reading values;
  values.members(*object, "", known, [&](const std::string&, json::value v) {
    if (v.is_null()) return;
    std::optional<std::int64_t> read = v.type() == json::kind::number ? v.integer() : std::nullopt;
    if (v.type() == json::kind::string)
      if (const auto duration = parse_duration(v.text_or(""))) read = std::chrono::ceil<seconds>(*duration).count();
    if (!read || *read < 0 || *read > key_book::grace_max_s)
      return values.refuse("grace", "This must be a time as 24h or 30m, or seconds, of at most 400 days.");
    grace = seconds(*read);
  });
  if (!values.is_sound()) return values.take_fault();
  return grace;
}

}  // namespace

key_book::outcome key_book::create_key(std::string_view json, const act& a) const {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  if (table_.keys().size() >= account_table::keys_max) return table_full();
  const auto object = read_object(json);
  if (!object) return object.error();
  auto request = read_key_request(*object, {}, options_.classes);
  if (!request) return request.error();
  auto& policy = request->policy;
  if (a.by.role != key_role::admin && !request->named.contains(policy_field::group)) policy.group = a.by.group;
  if (auto e = resolve_group(policy, a)) return std::move(*e);
  if (auto e = refuse_becoming(a.by, policy)) return std::move(*e);
  auto registers = made(proto::fields_of(policy), a);
  if (!registers) return registers.error();
  const auto id = free_id(subject_kind::key);
  const auto token = admission::make_token(id, options_.random);
  if (!registers->rotate(hash_of(token), 0)) return record_full();
  auto change = begin(201);
  change.body = key_text(table_, id, *registers, a, &token);
  change.records.push_back({subject_kind::key, id, registers->body()});
  change.audit.push_back(audit_of(a, "key.create", id, request->named));
  return change;
}

/// Without one nobody could change anything any more.
refusal key_book::refuse_without_admin(std::string_view id, const act& a) const {
  const auto works = [&](const std::string& key) { return !table_.is_closed_key(key) && is_working_admin(table_.key(key)->policy, a); };
  if (!works(std::string(id))) return std::nullopt;
  for (const auto& [other, registers] : table_.keys())
    if (other != id && read_role(registers, table_.rule()) == key_role::admin && works(other)) return std::nullopt;
  return conflict("This is the last admin key that works: make another one first.", "last_admin_key");
}

key_book::registers_result key_book::changeable_key(std::string_view id, const act& a) const {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  const auto* known = table_.find({subject_kind::key, std::string(id)});
  if (!known) return key_not_found();
  if (auto e = refuse_changing(a.by, read_key(*known, table_.rule()).policy)) return std::move(*e);
  return *known;
}

key_book::outcome key_book::update_key(std::string_view id, std::string_view json, const act& a) const {
  auto registers = changeable_key(id, a);
  if (!registers) return registers.error();
  if (registers->revocation()) return conflict("This key was revoked; that is for ever.", "key_revoked");
  const auto object = read_object(json);
  if (!object) return object.error();
  auto request = read_key_request(*object, read_key(*registers, table_.rule()).policy, options_.classes);
  if (!request) return request.error();
  if (request->named.contains(policy_field::group))
    if (auto e = resolve_group(request->policy, a)) return std::move(*e);
  if (auto e = refuse_becoming(a.by, request->policy)) return std::move(*e);
  if (!is_working_admin(request->policy, a))
    if (auto e = refuse_without_admin(id, a)) return std::move(*e);
  if (auto e = write_fields(*registers, request->named, proto::fields_of(request->policy), writer_of(a))) return std::move(*e);
  auto change = begin();
  change.body = key_text(table_, id, *registers, a);
  if (request->named.empty()) return change;
  change.records.push_back({subject_kind::key, std::string(id), registers->body()});
  change.audit.push_back(audit_of(a, "key.update", std::string(id), request->named));
  const bool is_closed = request->policy.terms.is_disabled || table_.is_closed(request->policy.group);
  if (is_closed && !table_.is_closed_key(id)) change.ended_keys.emplace_back(id);
  return change;
}

key_book::outcome key_book::revoke_key(std::string_view id, const act& a) const {
  auto registers = changeable_key(id, a);
  if (!registers) return registers.error();
  if (auto e = refuse_without_admin(id, a)) return std::move(*e);
  auto change = begin();
  const bool is_news = registers->revocation() == nullptr;
  registers->revoke(writer_of(a));
  change.body = key_text(table_, id, *registers, a);
  if (!is_news) return change;
  change.records.push_back({subject_kind::key, std::string(id), registers->body()});
  change.audit.push_back(audit_of(a, "key.revoke", std::string(id)));
  change.ended_keys.emplace_back(id);
  return change;
}

key_book::outcome key_book::rotate_key(std::string_view id, std::string_view json, const act& a) const {
  auto registers = changeable_key(id, a);
  if (!registers) return registers.error();
  if (registers->revocation()) return conflict("This key was revoked; that is for ever.", "key_revoked");
  const auto grace = read_grace(json);
  if (!grace) return grace.error();
  registers->drop_ended_secrets(a.unix_seconds());
  const auto token = admission::make_token(id, options_.random);
  if (!registers->rotate(hash_of(token), std::max<std::int64_t>(1, a.unix_seconds() + grace->count())))
    return conflict("This key has as many valid secrets as it can; wait until one ends, or make a new key.", "too_many_secrets");
  auto change = begin();
  change.body = key_text(table_, id, *registers, a, &token);
  change.records.push_back({subject_kind::key, std::string(id), registers->body()});
  change.audit.push_back(audit_of(a, "key.rotate", std::string(id)));
  change.audit.back().details.emplace_back("grace_s", std::to_string(grace->count()));
  return change;
}

key_book::first_key key_book::first_admin_key(const act& a) const {
  key_policy policy;
  policy.name = "first admin";
  policy.role = key_role::admin;
  auto registers = made(proto::fields_of(policy), a).value();
  const auto id = free_id(subject_kind::key);
  auto token = admission::make_token(id, options_.random);
  registers.rotate(hash_of(token), 0);
  auto change = begin(201);
  change.body = key_text(table_, id, registers, a);
  change.records.push_back({subject_kind::key, id, registers.body()});
  change.audit.push_back(audit_of(a, "key.create", id, {policy_field::name, policy_field::role}));
  return {std::move(change), std::move(token)};
}

}  // namespace edgemesh::accounts
