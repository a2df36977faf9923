// The records that say who belongs to a mesh: admissions, evictions, successions.
#include <algorithm>

#include "proto/body_codec.hpp"

namespace edgemesh::proto {
namespace {

enum member_field : int { name_field = first_own_field, site_field, role_field, clearance_field, not_after_field };
enum eviction_field : int { since_field = first_own_field };
enum succession_field : int { consent_field = first_own_field, announced_field };

constexpr std::int64_t seconds_max = wall_ms_max / 1000;

// The wire's numbers of the roles.
static_assert(static_cast<int>(node_role::edge) == 0 && static_cast<int>(node_role::full) == 1);

node_key subject_of(const sealed_record& r) { return node_key::from_bytes(r.head.subject).value_or(node_key{}); }

}  // namespace

sealed_record seal(const record_author& by, const member_body& body) {
  return seal_fields(by, record_kind::member, body.subject.view(), [&](field_writer& fields, std::string&) {
    fields.text(name_field, body.name);
    fields.text(site_field, body.site);
    fields.natural(role_field, static_cast<std::uint64_t>(body.role));
    fields.text(clearance_field, body.clearance);
    fields.natural(not_after_field, static_cast<std::uint64_t>(std::clamp<std::int64_t>(body.not_after, 0, seconds_max)));
  });
}

result<member_body> read_member(const sealed_record& r) {
  member_body start;
  start.subject = subject_of(r);
  return read_fields(r, record_kind::member, "member record", std::move(start), [](field_reader& fields, member_body& out) {
    fields.label(name_field, out.name);
    if (out.name.empty()) fields.refuse(name_field);
    fields.label(site_field, out.site);
    fields.choice(role_field, out.role, node_role::full, node_role::edge);
    fields.label(clearance_field, out.clearance);
    fields.natural(not_after_field, out.not_after, seconds_max);
  });
}

sealed_record seal(const record_author& by, const eviction_body& body) {
  return seal_fields(by, record_kind::eviction, body.subject.view(), [&](field_writer& fields, std::string&) {
    fields.natural(since_field, static_cast<std::uint64_t>(std::clamp<std::int64_t>(body.since_ms, 0, wall_ms_max)));
  });
}

result<eviction_body> read_eviction(const sealed_record& r) {
  return read_fields(r, record_kind::eviction, "eviction record", eviction_body{subject_of(r), 0},
                     [](field_reader& fields, eviction_body& out) { fields.natural(since_field, out.since_ms, wall_ms_max); });
}

sealed_record seal(const record_author& by, const succession_body& body) {
  return seal_fields(by, record_kind::succession, body.new_key.view(), [&](field_writer& fields, std::string&) {
    fields.bytes(consent_field, body.consent.view());
    fields.flag(announced_field, body.is_announced);
  });
}

result<succession_body> read_succession(const sealed_record& r) {
  return read_fields(r, record_kind::succession, "succession record", succession_body{r.signer, subject_of(r), {}, false},
                     [](field_reader& fields, succession_body& out) {
                       fields.require(consent_field);
                       fields.name(consent_field, out.consent);
                       fields.flag(announced_field, out.is_announced);
                     });
}

std::string consent_text(const mesh_id& mesh, const node_key& old_key) {
  std::string text = "edgemesh succession 1";
  text += mesh.view();
  text += old_key.view();
  return text;
}

bool is_consented(const succession_body& body, const mesh_id& mesh, const signing& keys) {
  return keys.verify(body.new_key, consent_text(mesh, body.old_key), body.consent);
}

}  // namespace edgemesh::proto
