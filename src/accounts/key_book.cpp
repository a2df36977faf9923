#include "accounts/key_book.hpp"

#include <set>

#include "accounts/views.hpp"

namespace edgemesh::accounts {

using replication::policy_registers;

namespace {

/// Each once, when it is first seen to have lost: the one whose edit it was may wonder where it went.
std::vector<audit_entry> lost_edits(const subject_name& name, const policy_registers& before, const policy_registers& after, const replication::strictness& rule) {
  std::set<proto::policy_dot> known;
  for (const auto& c : before.conflicts(rule))
    for (const auto& w : c.lost) known.insert(w.dot);
  std::vector<audit_entry> out;
  for (const auto& c : after.conflicts(rule)) {
    for (const auto& w : c.lost) {
      if (known.contains(w.dot)) continue;
      audit_entry e{0, 0, w.author, name.kind == subject_kind::key ? "key.conflict" : "group.conflict", name.id, "overruled", {}};
      e.details = {{"fields", std::string(name_of(static_cast<proto::policy_field>(c.field)))}, {"by", c.holds.author}};
      out.push_back(std::move(e));
    }
  }
  return out;
}

}  // namespace

bool key_book::apply(const book_change& change) {
  if (!is_current(change)) return false;
  ++version_;
  for (const auto& record : change.records) table_.put({record.kind, record.id}, policy_registers(record.body));
  return true;
}

key_book::join_outcome key_book::join(const subject_name& name, const proto::policy_body& other) {
  const auto* known = table_.find(name);
  auto registers = known ? *known : policy_registers();
  if (registers.is_told_more_of(options_.store, other)) return {false, true, {}, true, {}};
  bool is_renamed = false;
  for (const auto& id : options_.former)
    if (registers.is_told_more_of(id, other)) is_renamed |= registers.rename_unseen(id, options_.store, other);
  auto sum = registers.join(other);
  sum.changed |= is_renamed;
  join_outcome out{sum.changed, sum.fits, {}, false, {}};
  if (!sum.changed) return out;
  out.audit = lost_edits(name, known ? *known : policy_registers(), registers, table_.rule());
  const bool is_key = name.kind == subject_kind::key;
  const bool was_closed = is_key ? table_.is_closed_key(name.id) : table_.is_closed(name.id);
  if (!table_.put(name, std::move(registers))) return {false, false, {}, false, {}};
  ++version_;
  if (was_closed) return out;
  if (is_key && table_.is_closed_key(name.id)) out.ended_keys.push_back(name.id);
  if (!is_key && table_.is_closed(name.id)) out.ended_keys = table_.keys_under(name.id);
  return out;
}

void key_book::take_store(const store_id& fresh) {
  options_.former.push_back(options_.store);
  options_.store = fresh;
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
