// What membership says: "I live", "I leave", "that one seems dead".
#include "proto/body_codec.hpp"

namespace edgemesh::proto {
namespace {

enum liveness_field : int { incarnation_field = first_own_field, leaving_field };
enum accusation_field : int { accused_incarnation_field = first_own_field, verdict_field };

}  // namespace

sealed_record seal(const record_author& by, const liveness_body& body) {
  return seal_fields(by, record_kind::liveness, by.keys.own_key().view(), [&](field_writer& fields, std::string&) {
    fields.natural(incarnation_field, body.incarnation, by.version.incarnation);
    fields.flag(leaving_field, body.is_leaving);
  });
}

result<liveness_body> read_liveness(const sealed_record& r) {
  const liveness_body start{r.head.version.incarnation, false};
  return read_fields(r, record_kind::liveness, "liveness record", start, [](field_reader& fields, liveness_body& out) {
    fields.natural(incarnation_field, out.incarnation);
    fields.flag(leaving_field, out.is_leaving);
  });
}

sealed_record seal(const record_author& by, const accusation_body& body) {
  return seal_fields(by, record_kind::accusation, body.subject.view(), [&](field_writer& fields, std::string&) {
    fields.natural(accused_incarnation_field, body.incarnation);
    fields.natural(verdict_field, static_cast<std::uint64_t>(body.verdict), std::nullopt);
  });
}

result<accusation_body> read_accusation(const sealed_record& r) {
  accusation_body start;
  start.subject = node_key::from_bytes(r.head.subject).value_or(node_key{});
  return read_fields(r, record_kind::accusation, "accusation record", start, [](field_reader& fields, accusation_body& out) {
    fields.natural(accused_incarnation_field, out.incarnation);
    std::uint8_t verdict = 0;
    fields.natural(verdict_field, verdict);
    if (verdict < 1 || verdict > 2) fields.refuse(verdict_field);
    else out.verdict = static_cast<accused_of>(verdict);
  });
}

}  // namespace edgemesh::proto
