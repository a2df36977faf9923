// Payloads to messages.
#include <array>

#include "proto/field_reader.hpp"
#include "proto/limits.hpp"
#include "proto/message_fields.hpp"
#include "proto/messages.hpp"

namespace edgemesh::proto {
namespace {

void read(field_reader& fields, hello& m) {
  for (const int key : {hello_version_min, hello_version_max}) fields.require(key);
  fields.natural(hello_version_min, m.version_min);
  fields.natural(hello_version_max, m.version_max);
  if (m.version_min == 0 || m.version_min > m.version_max) fields.refuse(hello_version_min);
  fields.bytes(hello_instance, m.instance, instance_max);
  fields.texts(hello_features, m.features, features_max, feature_name_max);
  fields.natural(hello_wall, m.wall_ms, wall_ms_max);
}
void read_updates(field_reader& fields, std::vector<std::string>& out) { fields.bytes_list(updates_field, out, updates_max, record_max); }
void read(field_reader& fields, ping& m) {
  fields.natural(sequence_field, m.sequence);
  fields.name(target_field, m.target);
  read_updates(fields, m.updates);
}
void read(field_reader& fields, ack& m) {
  fields.natural(sequence_field, m.sequence);
  read_updates(fields, m.updates);
  fields.natural(wall_field, m.wall_ms, wall_ms_max);
  fields.natural(members_field, m.summary);
}
void read(field_reader& fields, nack& m) { fields.natural(sequence_field, m.sequence); }
void read(field_reader& fields, ping_request& m) {
  fields.natural(sequence_field, m.sequence);
  fields.name(target_field, m.target);
  read_updates(fields, m.updates);
}
void read(field_reader& fields, rumours& m) { read_updates(fields, m.updates); }
void read(field_reader& fields, records& m) { fields.bytes_list(raw_field, m.raw, records_max, record_max); }
void read(field_reader& fields, digest& m) {
  fields.natural(summary_field, m.summary);
  fields.words(buckets_field, m.buckets, digest_buckets);
  if (!m.buckets.empty() && m.buckets.size() != digest_buckets) fields.refuse(buckets_field);
}

/// [key, incarnation, sequence, mark]; a later version may append to it.
bool read_key_version(const wire_value& v, key_version& out) {
  if (v.is != wire_value::form::array || v.count < 4) return false;
  std::array<std::uint64_t, 4> numbers{};
  const auto* part = &v + 1;
  for (auto& number : numbers) {
    if (part->is != wire_value::form::natural) return false;
    number = part->number;
    part += part->span;
  }
  out = {numbers[0], {numbers[1], numbers[2]}, static_cast<std::uint32_t>(numbers[3])};
  return numbers[3] <= UINT32_MAX;
}
void read(field_reader& fields, bucket_keys& m) {
  fields.natural(bucket_field, m.bucket, digest_buckets - 1);
  fields.flag(answer_field, m.is_answer);
  fields.each(keys_field, bucket_keys_max, [&](const wire_value& v) { return read_key_version(v, m.keys.emplace_back()); });
}
void read(field_reader& fields, want& m) { fields.words(wanted_field, m.keys, bucket_keys_max); }
void read(field_reader& fields, fetch& m) {
  fields.name(hash_field, m.hash);
  fields.natural(offset_field, m.offset, content_max);
}
void read(field_reader& fields, chunk& m) {
  fields.name(hash_field, m.hash);
  fields.natural(offset_field, m.offset, content_max);
  fields.natural(total_field, m.total, content_max);
  fields.bytes(bytes_field, m.bytes, content_chunk_max);
  if (m.offset + m.bytes.size() > m.total && !m.bytes.empty()) fields.refuse(bytes_field);
}
void read(field_reader& fields, beat& m) { fields.natural(sequence_field, m.sequence); }
void read(field_reader& fields, beat_back& m) { fields.natural(sequence_field, m.sequence); }

template <class Message>
result<message> read_as(const wire_value& root) {
  field_reader fields(root);
  Message m;
  read(fields, m);
  if (!fields.is_sound()) return fields.fault("message");
  return message(std::move(m));
}

result<message> read_kind(message_kind kind, const wire_value& root) {
  switch (kind) {
    case message_kind::hello: return read_as<hello>(root);
    case message_kind::ping: return read_as<ping>(root);
    case message_kind::ack: return read_as<ack>(root);
    case message_kind::nack: return read_as<nack>(root);
    case message_kind::ping_request: return read_as<ping_request>(root);
    case message_kind::rumours: return read_as<rumours>(root);
    case message_kind::records: return read_as<records>(root);
    case message_kind::digest: return read_as<digest>(root);
    case message_kind::bucket_keys: return read_as<bucket_keys>(root);
    case message_kind::want: return read_as<want>(root);
    case message_kind::fetch: return read_as<fetch>(root);
    case message_kind::chunk: return read_as<chunk>(root);
    case message_kind::beat: return read_as<beat>(root);
    case message_kind::beat_back: return read_as<beat_back>(root);
  }
  return error{"message: kind " + std::to_string(static_cast<int>(kind)) + " is not known"};
}

}  // namespace

result<message> decode(message_kind kind, std::string_view payload) {
  if (payload.size() > payload_max) return error{"message: too large"};
  const wire_tree tree(payload, message_values_max);
  if (!tree.is_sound()) return error{"message: not msgpack of this form"};
  return read_kind(kind, tree.root());
}

}  // namespace edgemesh::proto
