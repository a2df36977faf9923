// One of every record and message with each field set to something that is not its usual value, for tests of the codec.
#pragma once
#include <string>
#include <vector>

#include "proto/messages.hpp"
#include "tests/support/fake_signing.hpp"

namespace edgemesh::proto::samples {

using testing::fake_signing;

inline const fake_signing& keys() {
  static const auto k = fake_signing::of(7);
  return k;
}
inline const mesh_id& mesh() {
  static const auto id = *mesh_id::from_hex("000102030405060708090a0b0c0d0e0f");
  return id;
}
inline record_author author() { return {keys(), mesh(), {1'790'000'000, 42}, 1'790'000'123'456}; }
inline node_key other() { return fake_signing::key(8); }

inline member_body a_member() { return {other(), "fra-1", "fra", node_role::full, "confidential", 1'800'000'000}; }
inline eviction_body an_eviction() { return {other(), 1'790'000'000'001}; }
inline succession_body a_succession() {
  return {keys().own_key(), other(), fake_signing::of(8).sign(consent_text(mesh(), keys().own_key()))};
}
inline node_body a_node() {
  return {"mesh.example.net:7701", "[2001:db8::1]:7702", "https://ai.example.net/v", "0.1.0", 1, 2, {"usage", "shares"}, {other(), keys().own_key()}, true, {other()}};
}
inline backend_body a_backend() {
  backend_body b;
  b.name = "gpu-1";
  b.id = "Rack 4 / slot 2";
  b.kind = backend_kind::vllm;
  b.offer = backend_offer::site;
  b.data_class = "internal";
  b.data_class_configured = b.remote_media = true;
  b.priority = 3;
  b.health = backend_health::warming;
  b.is_open = false;
  b.is_draining = b.is_gone = true;
  b.load = {12, 3, 16, 200};
  b.content = keys().hash("content");
  b.content_size = 70'000;
  b.share = 50;
  b.claim = 0x0123456789abcdefu;
  b.seen = {1, 0xfedcba9876543210u};
  return b;
}
inline liveness_body a_liveness() { return {1'790'000'000, true}; }
inline accusation_body an_accusation() { return {other(), 1'789'999'999, accused_of::dead}; }

inline backend_content a_content() {
  model_offer plain;
  plain.name = "qwen3:8b";
  model_offer full;
  full.name = "hf.co/org/Größe-70B";
  full.owned_by = "org";
  full.created = 1'700'000'000;
  full.context_length = 131'072;
  full.loaded = false;
  full.capabilities = {capability::chat, capability::logprobs};
  full.capabilities.set(capability::audio, false);
  full.runs_elsewhere = true;
  return {{plain, full}, {{"qwen3:8b", 250'000, 25'000, 1'000'000, 100}, {"free", 0, 0, 0, 0}}};
}

struct named_record {
  std::string name;
  sealed_record record;
};
inline std::vector<named_record> records_of_each_kind() {
  const auto by = author();
  return {{"member", seal(by, a_member())},         {"eviction", seal(by, an_eviction())}, {"succession", seal(by, a_succession())},
          {"node", seal(by, a_node())},             {"backend", seal(by, a_backend())},    {"liveness", seal(by, a_liveness())},
          {"accusation", seal(by, an_accusation())}};
}

struct named_message {
  std::string name;
  message what;
};
inline std::vector<named_message> messages_of_each_kind() {
  const std::vector<std::string> raw{seal(author(), a_liveness()).raw, seal(author(), an_accusation()).raw};
  std::vector<std::uint64_t> buckets(digest_buckets);
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] = i * 0x0101010101010101u;
  const auto hash = keys().hash("content");
  return {{"hello", hello{1, 3, std::string("\x00\xff id", 5), {"usage"}, 1'790'000'000'000}},
          {"ping", ping{77, other(), raw}},
          {"ack", ack{77, 1'790'000'000'000, raw, 0xfedcba9876543210u}},
          {"nack", nack{78}},
          {"ping_request", ping_request{79, other(), raw}},
          {"rumours", rumours{raw}},
          {"records", records{raw}},
          {"digest", digest{0xfedcba9876543210u, buckets}},
          {"bucket_keys", bucket_keys{255, true, {{~0ull, {1'790'000'000, 9}, 0xffffffff}, {1, {2, 3}, 4}}}},
          {"want", want{{1, ~0ull, 0x0123456789abcdefu}}},
          {"fetch", fetch{hash, 49'152}},
          {"chunk", chunk{hash, 49'152, 70'000, "bytes\x00with anything"}},
          {"beat", beat{80}},
          {"beat_back", beat_back{81}}};
}

}  // namespace edgemesh::proto::samples
