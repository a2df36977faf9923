// Messages to payloads. Lists are cut off at their bounds: what does not fit comes with a later message.
#include <algorithm>

#include "proto/field_writer.hpp"
#include "proto/limits.hpp"
#include "proto/message_fields.hpp"
#include "proto/messages.hpp"

namespace edgemesh::proto {
namespace {

std::uint64_t wall_of(std::int64_t wall_ms) { return static_cast<std::uint64_t>(std::clamp<std::int64_t>(wall_ms, 0, wall_ms_max)); }

template <class Item>
std::span<const Item> at_most(const std::vector<Item>& items, std::size_t count) {
  return std::span(items).first(std::min(items.size(), count));
}

void write(field_writer& fields, const hello& m) {
  fields.natural(hello_version_min, m.version_min, std::nullopt);
  fields.natural(hello_version_max, m.version_max, std::nullopt);
  fields.bytes(hello_instance, m.instance);
  fields.texts(hello_features, m.features, features_max);
  fields.natural(hello_wall, wall_of(m.wall_ms));
}
void write(field_writer& fields, const ping& m) {
  fields.natural(sequence_field, m.sequence);
  fields.bytes(target_field, m.target.view());
  fields.bytes_list(updates_field, m.updates, updates_max);
}
void write(field_writer& fields, const ack& m) {
  fields.natural(sequence_field, m.sequence);
  fields.bytes_list(updates_field, m.updates, updates_max);
  fields.natural(wall_field, wall_of(m.wall_ms));
  fields.natural(members_field, m.summary);
}
void write(field_writer& fields, const nack& m) { fields.natural(sequence_field, m.sequence); }
void write(field_writer& fields, const ping_request& m) {
  fields.natural(sequence_field, m.sequence);
  fields.bytes(target_field, m.target.view());
  fields.bytes_list(updates_field, m.updates, updates_max);
}
void write(field_writer& fields, const rumours& m) { fields.bytes_list(updates_field, m.updates, updates_max); }
void write(field_writer& fields, const records& m) { fields.bytes_list(raw_field, m.raw, records_max); }
void write(field_writer& fields, const digest& m) {
  fields.natural(summary_field, m.summary);
  fields.words(buckets_field, m.buckets);
}
void write(field_writer& fields, const bucket_keys& m) {
  fields.natural(bucket_field, m.bucket);
  fields.flag(answer_field, m.is_answer);
  fields.each(keys_field, at_most(m.keys, bucket_keys_max), [](std::string& out, const key_version& k) {
    write_array_head(out, 4);
    for (const auto number : {k.key, k.version.incarnation, k.version.sequence, std::uint64_t{k.mark}}) write_natural(out, number);
  });
}
void write(field_writer& fields, const want& m) { fields.words(wanted_field, at_most(m.keys, bucket_keys_max)); }
void write(field_writer& fields, const fetch& m) {
  fields.bytes(hash_field, m.hash.view());
  fields.natural(offset_field, m.offset);
}
void write(field_writer& fields, const chunk& m) {
  fields.bytes(hash_field, m.hash.view());
  fields.natural(offset_field, m.offset);
  fields.natural(total_field, m.total);
  fields.bytes(bytes_field, m.bytes);
}
void write(field_writer& fields, const beat& m) { fields.natural(sequence_field, m.sequence); }
void write(field_writer& fields, const beat_back& m) { fields.natural(sequence_field, m.sequence); }

struct kind_finder {
  message_kind operator()(const hello&) const noexcept { return message_kind::hello; }
  message_kind operator()(const ping&) const noexcept { return message_kind::ping; }
  message_kind operator()(const ack&) const noexcept { return message_kind::ack; }
  message_kind operator()(const nack&) const noexcept { return message_kind::nack; }
  message_kind operator()(const ping_request&) const noexcept { return message_kind::ping_request; }
  message_kind operator()(const rumours&) const noexcept { return message_kind::rumours; }
  message_kind operator()(const records&) const noexcept { return message_kind::records; }
  message_kind operator()(const digest&) const noexcept { return message_kind::digest; }
  message_kind operator()(const bucket_keys&) const noexcept { return message_kind::bucket_keys; }
  message_kind operator()(const want&) const noexcept { return message_kind::want; }
  message_kind operator()(const fetch&) const noexcept { return message_kind::fetch; }
  message_kind operator()(const chunk&) const noexcept { return message_kind::chunk; }
  message_kind operator()(const beat&) const noexcept { return message_kind::beat; }
  message_kind operator()(const beat_back&) const noexcept { return message_kind::beat_back; }
};

}  // namespace

message_kind kind_of(const message& m) noexcept { return std::visit(kind_finder{}, m); }

std::string encode(const message& m) {
  std::string out;
  field_writer fields(out);
  std::visit([&](const auto& one) { write(fields, one); }, m);
  fields.finish();
  return out;
}

}  // namespace edgemesh::proto
