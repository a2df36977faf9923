// The messages inside frames, as plain structs, and their codec. Decoding checks every bound of proto/limits.hpp; unknown
// fields are ignored, missing ones take their defaults. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "domain/mesh_ids.hpp"
#include "proto/frame.hpp"
#include "proto/records.hpp"

namespace edgemesh::proto {

/// The first message on a link, both ways.
struct hello {
  std::uint8_t version_min = proto::version_min, version_max = proto::version_max;
  std::string instance;          ///< random per start: two live nodes with one identity are told apart by it
  std::vector<std::string> features;
  std::int64_t wall_ms = 0;      ///< the sender's clock
};

// --- membership (SWIM + Lifeguard). `updates` are raw liveness and accusation records, newest news first.
struct ping { std::uint32_t sequence = 0; node_key target; std::vector<std::string> updates; };
/// `summary` is of whom the sender holds alive, left and dead: nodes whose summaries go on differing exchange all they know. 0: not told.
struct ack { std::uint32_t sequence = 0; std::int64_t wall_ms = 0; std::vector<std::string> updates; std::uint64_t summary = 0; };
struct nack { std::uint32_t sequence = 0; };                       ///< an asked helper had no answer in time either
struct ping_request { std::uint32_t sequence = 0; node_key target; std::vector<std::string> updates; };
struct rumours { std::vector<std::string> updates; };              ///< news alone; without any: a question for all that is known

// --- records (replication)
struct records { std::vector<std::string> raw; };
/// `summary` is the XOR of all buckets. With `buckets` empty it is a question: equal summaries end the conversation, else the
/// other side answers with its 256 buckets, then key lists of those that differ pass, then `want` and `records`.
struct digest { std::uint64_t summary = 0; std::vector<std::uint64_t> buckets; };
struct key_version { std::uint64_t key = 0; record_version version; std::uint32_t mark = 0; };  ///< mark: of the raw bytes
struct bucket_keys { std::uint16_t bucket = 0; bool is_answer = false; std::vector<key_version> keys; };
struct want { std::vector<std::uint64_t> keys; };
struct fetch { content_hash hash; std::uint32_t offset = 0; };
struct chunk { content_hash hash; std::uint32_t offset = 0, total = 0; std::string bytes; };  ///< total 0: not here

// --- link heartbeats, only while a forwarded request is outstanding
struct beat { std::uint32_t sequence = 0; };
struct beat_back { std::uint32_t sequence = 0; };

using message = std::variant<hello, ping, ack, nack, ping_request, rumours, records, digest, bucket_keys, want, fetch, chunk, beat, beat_back>;

message_kind kind_of(const message& m) noexcept;
/// The payload of a frame.
std::string encode(const message& m);
/// Errors: not msgpack, out of bounds, kind not known.
result<message> decode(message_kind kind, std::string_view payload);

}  // namespace edgemesh::proto
