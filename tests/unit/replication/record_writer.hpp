// Writes signed records for tests: nodes are numbers, stamps are milliseconds after a start, versions count up by themselves.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/random_source.hpp"
#include "proto/records.hpp"
#include "replication/roster.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::replication {

using testing::fake_signing;

inline constexpr std::int64_t start_ms = 1'800'000'000'000;
inline constexpr std::int64_t start_s = start_ms / 1000;
inline constexpr std::int64_t year_s = 365 * 24 * 3600;

inline node_key key_of(int n) { return fake_signing::key(static_cast<std::uint64_t>(n)); }

struct record_writer {
  mesh_id mesh = *mesh_id::from_bytes("sixteen bytes ok");
  std::map<int, std::uint64_t> sequences;  // of each node

  template <class Body>
  proto::sealed_record sign(int by, std::int64_t at_ms, const Body& body, std::uint64_t incarnation = 1) {
    const auto keys = fake_signing::of(static_cast<std::uint64_t>(by));
    return proto::seal(proto::record_author{keys, mesh, {incarnation, ++sequences[by]}, start_ms + at_ms}, body);
  }
  proto::sealed_record admit(int by, int who, std::int64_t at_ms, node_role role = node_role::full, std::string name = "",
                             std::int64_t not_after = start_s + year_s) {
    if (name.empty()) name = "n" + std::to_string(who);
    return sign(by, at_ms, proto::member_body{key_of(who), name, "here", role, "internal", not_after});
  }
  proto::sealed_record evict(int by, int who, std::int64_t at_ms, std::int64_t since_ms) {
    return sign(by, at_ms, proto::eviction_body{key_of(who), start_ms + since_ms});
  }
  proto::sealed_record succeed(int old_node, int new_node, std::int64_t at_ms, bool is_announced = false) {
    const auto new_keys = fake_signing::of(static_cast<std::uint64_t>(new_node));
    const auto consent = new_keys.sign(proto::consent_text(mesh, key_of(old_node)));
    return sign(old_node, at_ms, proto::succession_body{key_of(old_node), key_of(new_node), consent, is_announced});
  }
  proto::sealed_record describe(int node, std::int64_t at_ms, std::string address = "127.0.0.1:8790", std::uint64_t incarnation = 1) {
    proto::node_body body;
    body.mesh_address = std::move(address);
    body.build = "test";
    return sign(node, at_ms, body, incarnation);
  }
  proto::sealed_record offer(int node, std::string backend, std::int64_t at_ms, int in_flight = 0) {
    proto::backend_body body;
    body.name = std::move(backend);
    body.data_class = "internal";
    body.load.in_flight = in_flight;
    return sign(node, at_ms, body);
  }
  /// As a newer build would sign it: a known form of record, with a kind that is not known here.
  proto::sealed_record of_unknown_kind(int by, std::uint8_t kind, std::string subject, std::int64_t at_ms) {
    auto r = offer(by, std::move(subject), at_ms);
    auto& raw = r.raw;
    // The body is a map whose first entry is the kind; the new bytes are signed again.
    const auto body_at = static_cast<std::size_t>(r.body().data() - raw.data());
    const auto kind_at = raw.find(std::string{'\0', static_cast<char>(r.head.kind)}, body_at);
    raw[kind_at + 1] = static_cast<char>(kind);
    const auto signature = fake_signing::of(static_cast<std::uint64_t>(by)).sign("edgemesh record 1" + std::string(mesh.view()) + std::string(r.body()));
    raw.replace(raw.size() - node_signature::size, node_signature::size, signature.view());
    return proto::read_record(raw).value();
  }
  roster::root root_of(const proto::sealed_record& founding) const {
    return {mesh, fake_signing::of(0).hash(founding.raw)};
  }
};

template <class T>
void shuffle(std::vector<T>& list, random_source& rng) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[rng.below(i)]);
}

}  // namespace edgemesh::replication
