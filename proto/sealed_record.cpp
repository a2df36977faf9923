// The sealed form: [signer, body, signature]. It is taken apart by position, since exactly one form of each length is
// right: otherwise somebody without the signer's key could give a record other bytes, and so another place in the table.
#include <optional>

#include "proto/body_codec.hpp"
#include "proto/policy_record.hpp"

namespace edgemesh::proto {
namespace {

using namespace std::string_view_literals;
constexpr auto before_signer = "\x93\xc4\x20"sv;     // an array of three; 32 bytes
constexpr auto before_signature = "\xc4\x40"sv;      // 64 bytes
constexpr std::size_t body_head_at = before_signer.size() + node_key::size;
constexpr std::size_t after_body = before_signature.size() + node_signature::size;

enum head_field : int { kind_field = 0, subject_field = 1, incarnation_field = 2, sequence_field = 3, stamp_field = 4 };

struct sealed_parts {
  std::string_view signer, body, signature;
};

/// Size of the msgpack head of a body: bin 8 below 256 bytes, else bin 16.
constexpr std::size_t body_head_size(std::size_t body_size) noexcept { return body_size < 256 ? 2 : 3; }

std::optional<sealed_parts> parts_of(std::string_view raw) noexcept {
  if (raw.size() > record_max || raw.size() < body_head_at + 2 + after_body || !raw.starts_with(before_signer)) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<std::uint8_t>(raw[at])); };
  const auto form = byte(body_head_at);
  const auto size = form == 0xc4 ? byte(body_head_at + 1) : form == 0xc5 ? byte(body_head_at + 1) << 8 | byte(body_head_at + 2) : 0;
  const auto body_at = body_head_at + (form == 0xc4 ? 2 : 3);
  if (size == 0 || body_at - body_head_at != body_head_size(size) || raw.size() != body_at + size + after_body) return std::nullopt;
  const auto tail = raw.substr(body_at + size);
  if (!tail.starts_with(before_signature)) return std::nullopt;
  return sealed_parts{raw.substr(before_signer.size(), node_key::size), raw.substr(body_at, size), tail.substr(before_signature.size())};
}

std::string signed_text(const mesh_id& mesh, std::string_view body) {
  constexpr auto domain = "edgemesh record 1"sv;
  std::string text;
  text.reserve(domain.size() + mesh_id::size + body.size());
  text += domain;
  text += mesh.view();
  text += body;
  return text;
}

/// Each known kind has its form of subject, which no later version changes.
bool is_subject(record_kind kind, std::string_view subject, const node_key& signer) noexcept {
  switch (kind) {
    case record_kind::member:
    case record_kind::eviction:
    case record_kind::succession:
    case record_kind::accusation: return subject.size() == node_key::size;
    case record_kind::node:
    case record_kind::liveness: return subject == signer.view();
    case record_kind::backend: return is_label(subject);
    case record_kind::policy: return is_policy_name(subject);
  }
  return subject.size() <= name_max;
}

void read_head(field_reader& fields, const node_key& signer, record_head& head) {
  std::uint8_t kind = 0;
  fields.natural(kind_field, kind);
  if (kind == 0) fields.refuse(kind_field);
  head.kind = static_cast<record_kind>(kind);
  head.subject = signer.view();  // left out by those who speak of themselves: a fifth of every liveness record
  fields.bytes(subject_field, head.subject, name_max);
  fields.natural(incarnation_field, head.version.incarnation);
  fields.natural(sequence_field, head.version.sequence);
  fields.natural(stamp_field, head.stamp_ms, wall_ms_max);
}

}  // namespace

std::string_view sealed_record::body() const noexcept {
  const auto parts = parts_of(raw);
  return parts ? parts->body : std::string_view();
}

void write_head(field_writer& fields, const node_key& signer, const record_head& head) {
  fields.natural(kind_field, static_cast<std::uint64_t>(head.kind), std::nullopt);
  if (head.subject != signer.view()) fields.bytes(subject_field, head.subject);
  fields.natural(incarnation_field, head.version.incarnation);
  fields.natural(sequence_field, head.version.sequence);
  fields.natural(stamp_field, static_cast<std::uint64_t>(head.stamp_ms));
}

sealed_record seal_body(const record_author& by, record_head head, std::string_view body) {
  sealed_record out{by.keys.own_key(), std::move(head), {}};
  out.raw.reserve(body_head_at + body_head_size(body.size()) + body.size() + after_body);
  write_array_head(out.raw, 3);
  write_bytes(out.raw, out.signer.view());
  write_bytes(out.raw, body);
  write_bytes(out.raw, by.keys.sign(signed_text(by.mesh, body)).view());
  return out;
}

result<sealed_record> read_record(std::string_view raw) {
  const auto parts = parts_of(raw);
  if (!parts) return error{"not a sealed record"};
  const wire_tree tree(parts->body, record_values_max);
  if (!tree.is_sound()) return error{"record: not a body"};
  sealed_record out{*node_key::from_bytes(parts->signer), {}, {}};
  field_reader fields(tree.root());
  read_head(fields, out.signer, out.head);
  if (fields.is_sound() && !is_subject(out.head.kind, out.head.subject, out.signer)) fields.refuse(subject_field);
  if (!fields.is_sound()) return fields.fault("record");
  out.raw = raw;
  return out;
}

bool is_genuine(const sealed_record& record, const mesh_id& mesh, const signing& keys) {
  const auto parts = parts_of(record.raw);
  if (!parts || parts->signer != record.signer.view()) return false;
  return keys.verify(record.signer, signed_text(mesh, parts->body), *node_signature::from_bytes(parts->signature));
}

}  // namespace edgemesh::proto
