#include "accounts/key_book.hpp"

#include "accounts/views.hpp"

namespace edgemesh::accounts {

using replication::policy_registers;

bool key_book::apply(const book_change& change) {
  if (!is_current(change)) return false;
  ++version_;
  for (const auto& record : change.records) table_.put({record.kind, record.id}, policy_registers(record.body));
  return true;
}

key_book::join_outcome key_book::join(const subject_name& name, const proto::policy_body& other) {
  const auto* known = table_.find(name);
  auto registers = known ? *known : policy_registers();
  const auto sum = registers.join(other);
  join_outcome out{sum.changed, sum.fits, {}};
  if (!sum.changed) return out;
  const bool is_key = name.kind == subject_kind::key;
  const bool was_closed = is_key ? table_.is_closed_key(name.id) : table_.is_closed(name.id);
  if (!table_.put(name, std::move(registers))) return {false, false, {}};
  ++version_;
  if (was_closed) return out;
  if (is_key && table_.is_closed_key(name.id)) out.ended_keys.push_back(name.id);
  if (!is_key && table_.is_closed(name.id)) out.ended_keys = table_.keys_under(name.id);
  return out;
}

book_change key_book::begin(int status) const {
  book_change change;
  change.status = status;
  change.version = version_;
  return change;
}

std::string key_book::free_id(subject_kind kind) const {
  auto id = admission::make_id(options_.random);
  while (table_.find({kind, id})) id = admission::make_id(options_.random);
  return id;
}

key_book::registers_result key_book::made(const std::map<std::uint8_t, std::string>& fields, const act& a) const {
  field_set named{proto::policy_field::created};
  for (const auto& [field, _] : fields) named.insert(static_cast<proto::policy_field>(field));
  policy_registers registers;
  if (auto e = write_fields(registers, named, fields, writer_of(a))) return std::move(*e);
  return registers;
}

refusal key_book::resolve_group(key_policy& policy, const act& a) const {
  if (policy.group.empty()) return std::nullopt;
  const auto found = find_group(table_, policy.group);
  // Who may use one group only does not learn which others there are.
  if (a.by.role != key_role::admin && (!found || *found != a.by.group)) {
    policy.group = "other";
    return refuse_becoming(a.by, policy);
  }
  if (!found) return found.error();
  policy.group = *found;
  return std::nullopt;
}

}  // namespace edgemesh::accounts
