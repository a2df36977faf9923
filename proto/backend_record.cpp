// A node's description of one of its backends, as far as it changes often; the rest is its content.
#include <algorithm>

#include "proto/body_codec.hpp"

namespace edgemesh::proto {
namespace {

enum backend_field : int {
  id_field = first_own_field, kind_field, offer_field, data_class_field, class_configured_field, remote_media_field, priority_field,
  health_field, open_field, draining_field, gone_field, in_flight_field, waiting_field, slots_field, concurrency_field, content_field,
  content_size_field, share_field, claim_field, seen_field,
};
constexpr int priority_max = 1000;

// The wire's numbers; a number never changes its meaning.
static_assert(static_cast<int>(backend_kind::openai) == 1 && static_cast<int>(backend_kind::llamacpp) == 2 &&
              static_cast<int>(backend_kind::vllm) == 3 && static_cast<int>(backend_kind::ollama) == 4 &&
              static_cast<int>(backend_kind::cognis) == 5);
static_assert(static_cast<int>(backend_offer::node) == 0 && static_cast<int>(backend_offer::site) == 1 && static_cast<int>(backend_offer::mesh) == 2);
static_assert(static_cast<int>(backend_health::unknown) == 0 && static_cast<int>(backend_health::ready) == 1 &&
              static_cast<int>(backend_health::warming) == 2 && static_cast<int>(backend_health::down) == 3 &&
              static_cast<int>(backend_health::misconfigured) == 4);

std::uint64_t bounded(int value, std::int64_t max) { return static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, max)); }

void write_load(field_writer& fields, const backend_load& load) {
  fields.natural(in_flight_field, bounded(load.in_flight, load_max));
  fields.natural(waiting_field, bounded(load.waiting, load_max));
  fields.natural(slots_field, bounded(load.slots, load_max));
  fields.natural(concurrency_field, bounded(load.concurrency, load_max));
}
void read_load(field_reader& fields, backend_load& load) {
  fields.natural(in_flight_field, load.in_flight, load_max);
  fields.natural(waiting_field, load.waiting, load_max);
  fields.natural(slots_field, load.slots, load_max);
  fields.natural(concurrency_field, load.concurrency, load_max);
}

}  // namespace

sealed_record seal(const record_author& by, const backend_body& body) {
  return seal_fields(by, record_kind::backend, body.name, [&](field_writer& fields, std::string&) {
    fields.text(id_field, body.id);
    fields.natural(kind_field, static_cast<std::uint64_t>(body.kind), std::nullopt);
    fields.natural(offer_field, static_cast<std::uint64_t>(body.offer), std::nullopt);
    fields.text(data_class_field, body.data_class);
    fields.flag(class_configured_field, body.data_class_configured);
    fields.flag(remote_media_field, body.remote_media);
    fields.natural(priority_field, bounded(body.priority, priority_max));
    fields.natural(health_field, static_cast<std::uint64_t>(body.health));
    fields.flag(open_field, body.is_open, true);
    fields.flag(draining_field, body.is_draining);
    fields.flag(gone_field, body.is_gone);
    write_load(fields, body.load);
    fields.name(content_field, body.content);
    fields.natural(content_size_field, body.content_size);
    fields.natural(share_field, bounded(body.share, load_max));
    fields.natural(claim_field, body.claim);
    fields.words(seen_field, std::span(body.seen).first(std::min(body.seen.size(), claims_seen_max)));
  });
}

result<backend_body> read_backend(const sealed_record& r) {
  backend_body start;
  start.name = r.head.subject;
  start.offer = backend_offer::node;  // one that does not say whom it is for is for nobody else
  return read_fields(r, record_kind::backend, "backend record", std::move(start), [](field_reader& fields, backend_body& out) {
    fields.text(id_field, out.id, name_max);
    fields.choice(kind_field, out.kind, backend_kind::cognis, backend_kind::openai);
    if (out.kind == backend_kind::automatic) out.kind = backend_kind::openai;  // a word of configuration, not of the wire
    fields.choice(offer_field, out.offer, backend_offer::mesh, backend_offer::node);
    fields.label(data_class_field, out.data_class);
    fields.flag(class_configured_field, out.data_class_configured);
    fields.flag(remote_media_field, out.remote_media);
    fields.natural(priority_field, out.priority, priority_max);
    fields.choice(health_field, out.health, backend_health::misconfigured, backend_health::unknown);
    fields.flag(open_field, out.is_open);
    fields.flag(draining_field, out.is_draining);
    fields.flag(gone_field, out.is_gone);
    read_load(fields, out.load);
    fields.name(content_field, out.content);
    fields.natural(content_size_field, out.content_size, content_max);
    fields.natural(share_field, out.share, load_max);
    fields.natural(claim_field, out.claim);
    fields.words(seen_field, out.seen, claims_seen_max);
  });
}

}  // namespace edgemesh::proto
