#include "proto/policy_record.hpp"

#include <algorithm>

#include "proto/body_codec.hpp"

namespace edgemesh::proto {
namespace {

enum record_field : int { knowledge_field = first_own_field };
enum policy_part : int { seen_part = 0, writes_part, secrets_part };
enum seen_part_field : int { seen_store = 0, seen_count };
enum write_part_field : int { write_field = 0, write_store, write_count, write_stamp, write_author, write_value };
enum secret_part_field : int { secret_hash = 0, secret_end };

constexpr std::int64_t seconds_max = wall_ms_max / 1000;

bool read_seen(const wire_value& value, policy_body& out) {
  field_reader fields(value);
  store_id store;
  std::uint64_t count = 0;
  fields.require(seen_store);
  fields.name(seen_store, store);
  fields.natural(seen_count, count);
  return fields.is_sound() && count > 0 && out.seen.emplace(store, count).second;
}

bool read_write(const wire_value& value, policy_body& out) {
  field_reader fields(value);
  policy_write w;
  fields.natural(write_field, w.field);
  fields.require(write_store);
  fields.name(write_store, w.dot.by);
  fields.natural(write_count, w.dot.count);
  fields.natural(write_stamp, w.stamp);
  fields.text(write_author, w.author, name_max);
  fields.bytes(write_value, w.value, policy_value_max);
  if (!fields.is_sound() || w.dot.count == 0) return false;
  const bool is_revocation = w.field == policy_revoked_field;
  const auto seen = out.seen.find(w.dot.by);
  if (!is_revocation && (seen == out.seen.end() || w.dot.count > seen->second)) return false;
  if (is_revocation && !out.writes.empty() && out.writes.back().field == w.field) return false;
  const auto key = [](const policy_write& x) { return std::tie(x.field, x.dot); };
  if (!out.writes.empty() && key(out.writes.back()) >= key(w)) return false;  // one order only, each once
  out.writes.push_back(std::move(w));
  return true;
}

bool read_secret(const wire_value& value, policy_body& out) {
  field_reader fields(value);
  content_hash hash;
  std::int64_t end = 0;
  fields.require(secret_hash);
  fields.name(secret_hash, hash);
  fields.natural(secret_end, end, seconds_max);
  return fields.is_sound() && out.secrets.emplace(hash, end).second;
}

}  // namespace

std::size_t counted_writes(const policy_body& body) noexcept {
  return static_cast<std::size_t>(
    std::count_if(body.writes.begin(), body.writes.end(), [](const policy_write& w) { return w.field != policy_revoked_field; }));
}

std::size_t size_bound(const policy_body& body) noexcept {
  constexpr std::size_t around = 13, of_seen = 30, of_write = 51, of_secret = 46;  // containers, keys, numbers in their longest forms
  std::size_t size = around + body.seen.size() * of_seen + body.secrets.size() * of_secret;
  for (const auto& w : body.writes) size += of_write + w.author.size() + w.value.size();
  return size;
}

std::string write_policy(const policy_body& body) {
  std::string out;
  field_writer fields(out);
  fields.each(seen_part, body.seen, [](std::string& to, const auto& entry) {
    field_writer f(to);
    f.bytes(seen_store, entry.first.view());
    f.natural(seen_count, entry.second);
    f.finish();
  });
  fields.each(writes_part, body.writes, [](std::string& to, const policy_write& w) {
    field_writer f(to);
    f.natural(write_field, w.field);
    f.bytes(write_store, w.dot.by.view());
    f.natural(write_count, w.dot.count);
    f.natural(write_stamp, w.stamp);
    f.text(write_author, w.author);
    f.bytes(write_value, w.value);
    f.finish();
  });
  fields.each(secrets_part, body.secrets, [](std::string& to, const auto& entry) {
    field_writer f(to);
    f.bytes(secret_hash, entry.first.view());
    f.natural(secret_end, static_cast<std::uint64_t>(entry.second));
    f.finish();
  });
  fields.finish();
  return out;
}

result<policy_body> read_policy(std::string_view bytes) {
  if (bytes.size() > policy_body_max) return error{"policy: too large"};
  const wire_tree tree(bytes, record_values_max);
  if (!tree.is_sound()) return error{"policy: not a body"};
  field_reader fields(tree.root());
  policy_body out;
  fields.each(seen_part, policy_writers_max, [&](const wire_value& v) { return read_seen(v, out); });
  fields.each(writes_part, policy_writes_max + 1, [&](const wire_value& v) { return read_write(v, out); });
  fields.each(secrets_part, policy_secrets_max, [&](const wire_value& v) { return read_secret(v, out); });
  if (!fields.is_sound()) return fields.fault("policy");
  if (counted_writes(out) > policy_writes_max) return error{"policy: too many writes"};
  return out;
}

std::string policy_name(const policy_row& row) { return (row.is_group ? "g" : "k") + row.id; }

bool is_policy_name(std::string_view name) noexcept {
  const auto is_base62 = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return name.size() == 1 + policy_id_size && (name[0] == 'k' || name[0] == 'g') && std::all_of(name.begin() + 1, name.end(), is_base62);
}

sealed_record seal(const record_author& by, const policy_row& row) {
  return seal_fields(by, record_kind::policy, policy_name(row), [&](field_writer& fields, std::string&) { fields.bytes(knowledge_field, write_policy(row.body)); });
}

result<policy_row> read_policy_record(const sealed_record& r) {
  std::string knowledge;
  auto read = read_fields(r, record_kind::policy, "policy record", policy_row{}, [&](field_reader& fields, policy_row&) {
    fields.require(knowledge_field);
    fields.bytes(knowledge_field, knowledge, policy_body_max);
  });
  if (!read) return read;
  auto body = read_policy(knowledge);
  if (!body) return body.error();
  return policy_row{r.head.subject[0] == 'g', r.head.subject.substr(1), std::move(*body)};
}

}  // namespace edgemesh::proto
