// What nodes sign: one sealed form for all records, and the bodies inside. A record travels and is stored as the bytes that
// its signer made, so fields that this build does not know survive. Byte by byte: proto/README.md. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/backend_kind.hpp"
#include "domain/backend_state.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/model_offer.hpp"
#include "proto/signing.hpp"

namespace edgemesh::proto {

/// Stable numbers. Records of a kind that is not known are stored and passed on, never acted on.
enum class record_kind : std::uint8_t {
  member = 1,      ///< an admitter says who a key is; subject: the key
  eviction = 2,    ///< a full member throws a key out for ever; subject: the key
  succession = 3,  ///< a key says which key follows it; subject: the new key
  node = 4,        ///< a node describes itself; subject: its own key
  backend = 5,     ///< a node describes one of its backends; subject: the backend's name
  liveness = 6,    ///< a node says that it lives, or leaves; membership only, not in the record table
  accusation = 7,  ///< a node says that another one is suspect or dead; membership only
  policy = 8,      ///< a node says what it knows of a key or a group; subject: policy_name (policy_record.hpp)
};

/// Orders the records of one key: the signer's incarnation when it signed, then its own counter.
struct record_version {
  std::uint64_t incarnation = 0;
  std::uint64_t sequence = 0;
  friend auto operator<=>(const record_version&, const record_version&) = default;
};

/// What every body begins with; enough to store, compare and pass on a record of any kind.
struct record_head {
  record_kind kind{};
  std::string subject;      ///< bytes of a key, or a name
  record_version version;
  std::int64_t stamp_ms = 0;  ///< the signer's wall clock when it signed, Unix milliseconds
};

/// A record as it travels. `raw` is [signer, body, signature] in msgpack.
struct sealed_record {
  node_key signer;
  record_head head;
  std::string raw;
  std::string_view body() const noexcept;  ///< into raw; "" when raw is no record
  friend bool operator==(const sealed_record& a, const sealed_record& b) { return a.raw == b.raw; }
};

/// Takes the raw bytes apart without checking the signature (the table asks for that once per new record). Errors: not
/// a record, over record_max, a head that is out of bounds.
result<sealed_record> read_record(std::string_view raw);
/// The signature covers "edgemesh record 1", the mesh id and the body.
bool is_genuine(const sealed_record& record, const mesh_id& mesh, const signing& keys);

// --- bodies. `seal` signs with the own key; `read_*` check bounds of every field and ignore fields that they do not know.

struct member_body {
  node_key subject;
  std::string name;            ///< [a-z0-9-]{1,63}
  std::string site;            ///< same alphabet or ""
  node_role role = node_role::edge;
  std::string clearance;       ///< name of the highest data class that it may see and offer
  std::int64_t not_after = 0;  ///< Unix seconds; counts as a non-member afterwards
};
struct eviction_body {
  node_key subject;
  std::int64_t since_ms = 0;   ///< what the subject signed after this wall time no longer counts
};
struct succession_body {
  node_key old_key, new_key;   ///< signed by old_key
  node_signature consent;      ///< new_key's, of consent_text()
  bool is_announced = false;   ///< not yet: the new key may enter beside the old one, until a later version of this record says that it follows it
};
/// What the new key signs: "edgemesh succession 1", the mesh id, the old key.
std::string consent_text(const mesh_id& mesh, const node_key& old_key);
bool is_consented(const succession_body& body, const mesh_id& mesh, const signing& keys);

struct node_body {
  std::string mesh_address;    ///< H:P that peers dial; "" when nobody can. What is no such address is left out by seal()
  std::string peer_address;    ///< H:P of listen.peer as seen from outside; "" as above
  std::string public_url;      ///< http(s)://H[:P][/path] for clients; "" when none
  std::string build;           ///< edgemesh version text
  std::uint8_t version_min = 0, version_max = 0;  ///< of the protocol
  std::vector<std::string> features;              ///< names; at most 64
  std::vector<node_key> links;  ///< at most 32 nodes that it is linked to and lends connections: its relays. Of nodes that lend alone
  bool is_draining = false;
  std::vector<node_key> undialled;  ///< at most 32 linked nodes whose peer address it cannot dial: they may lend it connections
};
struct backend_load {
  int in_flight = 0, waiting = 0;  ///< over all nodes that use it, as the owner sees it
  int slots = 0;                   ///< 0: unknown
  int concurrency = 0;             ///< configured limit; 0: none
};
struct backend_body {
  std::string name;
  std::string id;                  ///< configured `id`; "" when none: then it is one with nobody else's
  backend_kind kind = backend_kind::openai;
  backend_offer offer = backend_offer::mesh;
  std::string data_class;          ///< name of the class that it may see (before the node's clearance lowers it)
  bool data_class_configured = false;
  bool remote_media = false;
  int priority = 0;
  backend_health health = backend_health::unknown;
  bool is_open = true;             ///< false while its breaker is open on the owner
  bool is_draining = false;
  bool is_gone = false;            ///< the owner no longer has it: forget it
  backend_load load;
  content_hash content;            ///< of its backend_content
  std::uint32_t content_size = 0;
  int share = 0;                   ///< of the limit of the backends with this id: no more go by the owner's connection
  std::uint64_t claim = 0;         ///< names its wish for a share; 0: it takes no part
  std::vector<std::uint64_t> seen; ///< claims of the others with this id that it knows
};
struct liveness_body {
  std::uint64_t incarnation = 0;
  bool is_leaving = false;
};
enum class accused_of : std::uint8_t { suspect = 1, dead = 2 };
struct accusation_body {
  node_key subject;
  std::uint64_t incarnation = 0;   ///< of the subject, as the accuser knows it
  accused_of verdict = accused_of::suspect;
};

/// What rarely changes about a backend; fetched by its hash from the owner.
struct model_price {
  std::string model;
  std::int64_t input = 0, cached_input = 0, output = 0, request = 0;  ///< millionths of the currency; per million tokens, or per request
};
struct backend_content {
  std::vector<model_offer> models;   ///< `upstream` is not told
  std::vector<model_price> prices;
};

/// seal() is given what is in bounds: lists are cut off, numbers and times brought to their bounds and addresses that are none left
/// out, but a name that is not of its alphabet makes a record that every reader refuses.
struct record_author {  ///< what seal() needs beside the body
  const signing& keys;
  const mesh_id& mesh;
  record_version version;
  std::int64_t stamp_ms = 0;
};
sealed_record seal(const record_author& by, const member_body& body);
sealed_record seal(const record_author& by, const eviction_body& body);
sealed_record seal(const record_author& by, const succession_body& body);
sealed_record seal(const record_author& by, const node_body& body);
sealed_record seal(const record_author& by, const backend_body& body);
sealed_record seal(const record_author& by, const liveness_body& body);
sealed_record seal(const record_author& by, const accusation_body& body);

result<member_body> read_member(const sealed_record& r);
result<eviction_body> read_eviction(const sealed_record& r);
result<succession_body> read_succession(const sealed_record& r);
result<node_body> read_node(const sealed_record& r);
result<backend_body> read_backend(const sealed_record& r);
result<liveness_body> read_liveness(const sealed_record& r);
result<accusation_body> read_accusation(const sealed_record& r);

/// The same content gives the same bytes. Models and prices with names that are out of bounds, and those after models_max, are left out.
std::string write_content(const backend_content& content);
/// Errors: as for records; over content_max.
result<backend_content> read_content(std::string_view bytes);

}  // namespace edgemesh::proto
