// Whatever arrives from a peer is read or refused, never more; what was read can be written again and reads the same.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proto/field_writer.hpp"
#include "proto/frame.hpp"
#include "proto/messages.hpp"
#include "proto/records.hpp"
#include "tests/support/fake_signing.hpp"

namespace proto = edgemesh::proto;
using edgemesh::testing::fake_signing;

namespace {

const edgemesh::mesh_id mesh{};
const fake_signing keys = fake_signing::of(1);

void demand(bool holds) {
  if (!holds) std::abort();
}

template <class Read>
void try_body(const proto::sealed_record& r, Read read) {
  const auto body = read(r);
  if (!body) return demand(!body.error().message.empty());
  const auto sealed = seal({keys, mesh, r.head.version, r.head.stamp_ms}, *body);
  const auto again = proto::read_record(sealed.raw);
  demand(again.has_value() && read(*again).has_value());
}

void try_record(std::string_view raw) {
  const auto r = proto::read_record(raw);
  if (!r) return;
  demand(r->raw == raw);
  (void)is_genuine(*r, mesh, keys);
  try_body(*r, proto::read_member);
  try_body(*r, proto::read_eviction);
  try_body(*r, proto::read_succession);
  try_body(*r, proto::read_node);
  try_body(*r, proto::read_backend);
  try_body(*r, proto::read_liveness);
  try_body(*r, proto::read_accusation);
}

/// So that the fuzzer can change a body without guessing the sealed form.
void try_body_alone(std::string_view body) {
  std::string raw;
  proto::write_array_head(raw, 3);
  proto::write_bytes(raw, keys.own_key().view());
  proto::write_bytes(raw, body);
  proto::write_bytes(raw, keys.sign(body).view());
  try_record(raw);
}

void try_message(proto::message_kind kind, std::string_view payload) {
  const auto m = proto::decode(kind, payload);
  if (!m) return;
  demand(kind_of(*m) == kind);
  const auto bytes = encode(*m);
  const auto again = proto::decode(kind, bytes);
  demand(again.has_value() && encode(*again) == bytes);
  const auto frame = proto::seal_frame(proto::version_max, kind, mesh, bytes);
  demand(frame.empty() || proto::open_frame(frame, mesh).has_value());
}

void try_content(std::string_view bytes) {
  const auto content = proto::read_content(bytes);
  if (!content) return;
  const auto written = write_content(*content);
  const auto again = proto::read_content(written);
  demand(again.has_value() && write_content(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto frame = proto::open_frame(bytes, mesh)) try_message(frame->kind, frame->payload);
  try_record(bytes);
  try_body_alone(bytes);
  try_content(bytes);
  constexpr std::array kinds = {1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 20, 21, 32, 33};
  for (const int kind : kinds) try_message(static_cast<proto::message_kind>(kind), bytes);
  return 0;
}
