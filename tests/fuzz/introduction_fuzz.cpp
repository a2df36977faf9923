// What a stranger says before it may enter (POST /mesh/v1/introduce and /mesh/v1/join) is read or refused, never more, and what was read
// reads the same when it is written again. An introduction is believed whatever the order of its records, and never with a record that
// was changed, without the founding one, or of somebody whose admitter had been evicted by then. A join is granted once.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "actors/mesh/introduction.hpp"
#include "actors/mesh/join_desk.hpp"
#include "proto/limits.hpp"
#include "tests/unit/replication/record_writer.hpp"

using namespace edgemesh;
using actors::introduction;
using replication::key_of;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

/// Node 1 founded the mesh and admitted 2, which admitted 3 and 4; 3 became 5. Then 1 evicted 2 as of before 3 and 4 were admitted.
struct known_mesh {
  replication::record_writer w;
  const testing::fake_signing keys = testing::fake_signing::of(9);
  const proto::sealed_record founding = w.admit(1, 1, 0), eviction = w.evict(1, 2, 60, 15);
  const replication::roster::root root = w.root_of(founding);
  const std::array<std::string, 12> records{
      founding.raw, eviction.raw, w.admit(1, 2, 10).raw, w.admit(2, 3, 20).raw, w.admit(2, 4, 30, node_role::edge).raw, w.succeed(3, 5, 40, true).raw,
      w.succeed(3, 5, 50).raw, w.admit(4, 6, 35).raw, w.describe(3, 55).raw, w.describe(2, 55).raw, w.offer(3, "gpu", 55).raw, w.admit(2, 2, 25).raw};

  bool believes(const introduction& i) const { return actors::believed(i, root, keys, replication::start_s + 1).has_value(); }
};
const known_mesh mesh;

void try_introduction(std::string_view body) {
  const auto said = actors::read_introduction(body);
  if (!said) return demand(!said.error().message.empty());
  demand(said->records.size() <= proto::proofs_max);
  for (const auto& raw : said->records) demand(!raw.empty() && raw.size() <= proto::record_max);
  const auto again = actors::read_introduction(actors::write_introduction(*said));
  demand(again.has_value() && again->key == said->key && again->records == said->records);
  (void)mesh.believes(*said);
}

/// Bytes choose among genuine records; one above 127 also changes a byte of the record, where the next one says.
void try_choice(std::string_view bytes) {
  if (bytes.empty()) return;
  introduction i{key_of(1 + bytes[0] % 8), {}};
  bool is_changed = false, is_founded = false, is_evicted = false;
  for (std::size_t at = 1; at < bytes.size() && i.records.size() < proto::proofs_max; ++at) {
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    auto raw = mesh.records[(byte & 0x7f) % mesh.records.size()];
    if (byte > 0x7f && ++at < bytes.size()) {
      raw[static_cast<std::uint8_t>(bytes[at]) % raw.size()] ^= 1;
      is_changed = true;
    }
    is_founded |= raw == mesh.founding.raw;
    is_evicted |= raw == mesh.eviction.raw;
    i.records.push_back(std::move(raw));
  }
  const bool is_believed = mesh.believes(i);
  if (is_believed) demand(is_founded && !is_changed);
  if (is_believed && is_evicted) demand(i.key == key_of(1));
  std::reverse(i.records.begin(), i.records.end());
  demand(mesh.believes(i) == is_believed);
}

void try_join(std::string_view body) {
  const auto asked = actors::read_join_request(body);
  if (!asked) return demand(!asked.error().message.empty());
  demand(!asked->name.empty() && asked->name.size() <= proto::label_max && asked->site.size() <= proto::label_max);
  demand(asked->mesh_address.empty() || parse_host_port(asked->mesh_address).has_value());
  const auto text = actors::write_join_request(*asked);
  const auto again = actors::read_join_request(text);
  demand(again.has_value() && actors::write_join_request(*again) == text);
  join_token token;
  token.id = asked->id;
  token.key = secret(std::string(join_token::key_bytes, 'k'));
  token.expires_at = replication::start_s;
  actors::join_desk desk(mesh.w.mesh, key_of(1));
  demand(desk.keep(token, {}, replication::start_s));
  const instant now{seconds(1000)};
  const bool is_proven = asked->proof == actors::join_proof(token.key, mesh.w.mesh, key_of(1), asked->key);
  demand(desk.take(*asked, replication::start_s, now).has_value() == is_proven);
  demand(!desk.take(*asked, replication::start_s, now).has_value());
  if (!is_proven) return;
  desk.redeemed(asked->id);
  demand(!desk.take(*asked, replication::start_s, now).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try_introduction(bytes);
  try_choice(bytes);
  try_join(bytes);
  return 0;
}
