#include "accounts/views.hpp"

#include <algorithm>
#include <optional>

#include "accounts/expiry.hpp"
#include "base/timestamp.hpp"
#include "domain/model_prices.hpp"
#include "proto/policy_fields.hpp"

namespace edgemesh::accounts {

namespace {

using json::writer;
using proto::policy_field;
using replication::policy_registers;

void put_text(writer& out, std::string_view name, const std::string& text) {
  if (text.empty()) out.key(name).null();
  else out.member(name, text);
}
void put_number(writer& out, std::string_view name, const std::optional<std::int64_t>& n) {
  if (n) out.member(name, *n);
  else out.key(name).null();
}
template <class List>
void put_names(writer& out, std::string_view name, const List& list) {
  out.key(name).begin_array();
  for (const auto& text : list) out.string(text);
  out.end_array();
}
void put_list(writer& out, std::string_view name, const allow_list& list) {
  if (list) put_names(out, name, *list);
  else out.key(name).null();
}

void put_rates(writer& out, const rate_limits& r) {
  put_number(out, "requests_per_minute", r.requests_per_minute);
  put_number(out, "tokens_per_minute", r.tokens_per_minute);
  put_number(out, "concurrency", r.concurrency);
}

void put_budget(writer& out, const std::optional<budget>& b) {
  out.key("budget");
  if (!b) {
    out.null();
    return;
  }
  out.begin_object().key("amount").raw(b->unit == budget_unit::money ? price_text(b->amount) : std::to_string(b->amount));
  out.member("unit", name_of(b->unit)).member("period", name_of(b->period)).end_object();
}

void put_terms(writer& out, const policy_terms& t) {
  put_list(out, "models", t.models);
  put_list(out, "backends", t.backends);
  put_list(out, "sites", t.sites);
  put_text(out, "data_class", t.data_class);
  out.key("limits").begin_object();
  put_rates(out, t.limits.all);
  out.key("models").begin_object();
  for (const auto& [model, limits] : t.limits.models) {
    out.key(model).begin_object();
    put_rates(out, limits);
    out.end_object();
  }
  out.end_object().end_object();
  put_budget(out, t.budget);
  out.member("disabled", t.is_disabled);
}

void put_stamp(writer& out, const char* at, const char* by, const proto::policy_write* w) {
  out.key(at);
  constexpr std::int64_t ms_max = 9'000'000'000'000;  // the year 2255: nanoseconds end soon after it
  if (w) out.string(timestamp(wall_time(milliseconds(std::min(replication::hybrid_time{w->stamp}.ms(), ms_max)))));
  else out.null();
  put_text(out, by, w ? w->author : std::string());
}

/// When it was made and last changed, by whom, and which fields have edits side by side.
void put_history(writer& out, const policy_registers& registers, const replication::strictness& rule) {
  const auto& writes = registers.body().writes;
  const proto::policy_write *made = nullptr, *last = nullptr;
  for (const auto& w : writes) {
    if (w.field == static_cast<std::uint8_t>(policy_field::created) && (!made || w.stamp < made->stamp)) made = &w;
    if (!last || w.stamp > last->stamp) last = &w;
  }
  put_stamp(out, "created_at", "created_by", made);
  put_stamp(out, "changed_at", "changed_by", last);
  out.key("conflicts").begin_array();
  for (const auto& c : registers.conflicts(rule))
    if (const auto name = name_of(static_cast<policy_field>(c.field)); !name.empty()) out.string(name);
  out.end_array();
}

std::int64_t valid_secrets(const policy_registers& registers, std::int64_t now_s) {
  const auto& secrets = registers.body().secrets;
  return std::count_if(secrets.begin(), secrets.end(), [now_s](const auto& s) { return s.second == 0 || s.second > now_s; });
}

template <class Ids, class Show>
std::string page_of(const Ids& ids, const page_request& page, Show show) {
  std::string out, last;
  writer w(out);
  w.begin_object().key("data").begin_array();
  auto at = page.after.empty() ? ids.begin() : ids.upper_bound(page.after);
  for (std::size_t shown = 0; at != ids.end() && shown < page.limit; ++at)
    if (show(w, *at, last)) ++shown;
  w.end_array().key("next");
  if (at == ids.end()) w.null();
  else w.string(last);
  w.end_object();
  return out;
}

const std::string& id_of(const std::string& id) { return id; }
const std::string& id_of(const account_table::register_map::value_type& entry) { return entry.first; }

}  // namespace

openai::api_result<std::string> find_group(const account_table& table, std::string_view id_or_name, const std::string& param) {
  if (const auto* found = table.find({subject_kind::group, std::string(id_or_name)}); found && !found->revocation())
    return std::string(id_or_name);
  const auto& named = table.groups_named(id_or_name);
  if (id_or_name.empty() || named.empty()) return group_not_found(param);
  if (named.size() > 1) return conflict("Several groups have this name; give the id of one.", "group_ambiguous", param);
  return *named.begin();
}

void begin_key(writer& out, const account_table& table, std::string_view id, const policy_registers& registers, std::int64_t now_s) {
  const auto facts = read_key(registers, table.rule());
  const auto& p = facts.policy;
  out.begin_object().member("id", id).member("name", p.name).member("role", name_of(p.role));
  put_text(out, "owner", p.owner);
  put_text(out, "group", p.group);
  put_text(out, "group_name", table.name_of_group(p.group));
  put_names(out, "tags", p.tags);
  put_terms(out, p.terms);
  out.member("strict", p.is_strict).member("cache", p.cache == cache_sharing::isolated ? "isolated" : "shared");
  put_number(out, "max_tokens", p.max_tokens);
  put_text(out, "expires_at", p.expires_at ? expiry_text(*p.expires_at) : std::string());
  out.member("revoked", facts.is_over).member("unreadable", facts.is_unreadable);
  out.member("secrets", facts.is_over ? 0 : valid_secrets(registers, now_s));
  put_history(out, registers, table.rule());
}

void begin_group(writer& out, const account_table& table, std::string_view id, const policy_registers& registers) {
  const auto facts = read_group(registers, table.rule());
  out.begin_object().member("id", id).member("name", facts.policy.name);
  put_text(out, "parent", facts.policy.parent);
  put_text(out, "parent_name", table.name_of_group(facts.policy.parent));
  put_terms(out, facts.policy.terms);
  out.member("keys", table.keys_in(id).size()).member("unreadable", facts.is_unreadable);
  put_history(out, registers, table.rule());
}

openai::api_result<std::string> key_page(const account_table& table, std::string_view id, const act& a) {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  const auto* found = table.find({subject_kind::key, std::string(id)});
  if (!found) return key_not_found();
  if (auto e = refuse_seeing(a.by, read_key(*found, table.rule()).policy)) return std::move(*e);
  std::string out;
  writer w(out);
  begin_key(w, table, id, *found, a.unix_seconds());
  w.end_object();
  return out;
}

openai::api_result<std::string> group_page(const account_table& table, std::string_view id_or_name, const act& a) {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  const auto id = find_group(table, id_or_name, "id");
  const bool is_limited = a.by.role != key_role::admin;
  if (is_limited && (!id || *id != a.by.group)) return group_not_found("id");
  if (!id) return id.error();
  std::string out;
  writer w(out);
  begin_group(w, table, *id, *table.find({subject_kind::group, *id}));
  w.end_object();
  return out;
}

openai::api_result<std::string> keys_page(const account_table& table, const page_request& page, const act& a) {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  std::string group = a.by.role == key_role::admin ? "" : a.by.group;
  if (!page.group.empty()) {
    const auto asked = find_group(table, page.group);
    if (!group.empty() && (!asked || *asked != group)) return group_not_found();
    if (!asked) return asked.error();
    group = *asked;
  }
  const auto show = [&](writer& w, const auto& entry, std::string& last) {
    last = id_of(entry);
    begin_key(w, table, last, *table.find({subject_kind::key, last}), a.unix_seconds());
    w.end_object();
    return true;
  };
  return group.empty() ? page_of(table.keys(), page, show) : page_of(table.keys_in(group), page, show);
}

openai::api_result<std::string> groups_page(const account_table& table, const page_request& page, const act& a) {
  if (auto e = refuse_keys(a.by)) return std::move(*e);
  const auto show = [&](writer& w, const auto& entry, std::string& last) {
    last = id_of(entry);
    const auto* registers = table.find({subject_kind::group, last});
    if (!registers || registers->revocation()) return false;
    begin_group(w, table, last, *registers);
    w.end_object();
    return true;
  };
  if (a.by.role != key_role::admin) return page_of(account_table::id_set{a.by.group}, page, show);
  if (page.group.empty()) return page_of(table.groups(), page, show);
  const auto parent = find_group(table, page.group, "parent");
  if (!parent) return parent.error();
  return page_of(table.groups_in(*parent), page, show);
}

}  // namespace edgemesh::accounts
