#include "accounts/subject.hpp"

#include "accounts/access.hpp"

namespace edgemesh::accounts {

namespace {

template <class Policy>
facts_of<Policy> read_facts(const replication::policy_registers& registers, const replication::strictness& rule) {
  facts_of<Policy> out;
  out.is_over = registers.revocation() != nullptr;
  for (const auto& w : registers.all(rule)) out.is_unreadable |= !proto::read_field(w.field, w.value, out.policy);
  return out;
}

}  // namespace

key_facts read_key(const replication::policy_registers& registers, const replication::strictness& rule) {
  return read_facts<key_policy>(registers, rule);
}
group_facts read_group(const replication::policy_registers& registers, const replication::strictness& rule) {
  return read_facts<group_policy>(registers, rule);
}

std::string read_text_field(const replication::policy_registers& registers, proto::policy_field field,
                            const replication::strictness& rule) {
  key_policy key;  // name and group; a parent is read as a group is
  group_policy group;
  const auto number = static_cast<std::uint8_t>(field);
  const auto held = registers.holding(number, rule);
  if (!held) return {};
  if (field == proto::policy_field::parent) return proto::read_field(number, held->value, group) ? group.parent : std::string();
  if (!proto::read_field(number, held->value, key)) return {};
  return field == proto::policy_field::name ? key.name : field == proto::policy_field::group ? key.group : key.owner;
}

key_role read_role(const replication::policy_registers& registers, const replication::strictness& rule) {
  key_policy key;
  const auto number = static_cast<std::uint8_t>(proto::policy_field::role);
  const auto held = registers.holding(number, rule);
  return held && proto::read_field(number, held->value, key) ? key.role : key_role::client;
}

openai::api_error record_full() {
  return conflict("This record is full: its lists and limits together have at most " +
                    std::to_string(proto::policy_body_max - proto::policy_revocation_max) +
                    " bytes, and not too many stores may have written it. Shorten it, or make a new one in its place.",
                  "record_full");
}

std::optional<openai::api_error> write_fields(replication::policy_registers& into, const field_set& named,
                                              const std::map<std::uint8_t, std::string>& values,
                                              const replication::policy_registers::writer& by) {
  for (const auto field : named) {
    const auto found = values.find(static_cast<std::uint8_t>(field));
    auto value = found == values.end() ? std::string() : found->second;
    if (value.size() > proto::policy_value_max)
      return openai::bad_request(
        "This is too long: all of its names together have at most " + std::to_string(proto::policy_value_max) + " bytes.",
        std::string(name_of(field)), "value_too_long");
    if (!into.set(static_cast<std::uint8_t>(field), std::move(value), by))
      return record_full();
  }
  return std::nullopt;
}

}  // namespace edgemesh::accounts
