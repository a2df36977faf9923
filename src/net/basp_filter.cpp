#include "net/basp_filter.hpp"

#include <algorithm>

namespace edgemesh::net {

namespace {

// All of this is BASP's, version 3; recorded from CAF 0.17.6.
constexpr std::uint64_t basp_version = 3;
constexpr std::uint8_t named_receiver = 1, select_connection = 2;           // flags
constexpr std::uint64_t asynchronous = 0x1000000000000000;                  // id of a message that wants no answer
constexpr std::uint64_t spawn_server = 0x03ddd66f3376adfb;                  // atom "SpawnServ"
constexpr std::string_view default_node_class{"\0\0\x3e\x9a\xab\x9b\xac\x79", 8};  // atom "default"
constexpr std::size_t node_bytes = 32;                                      // class, pid, 20 bytes of host
constexpr std::size_t host_offset = 12;
constexpr std::string_view no_context{"\0\0\x03@<>", 6};                    // an empty message: an error without words
constexpr std::size_t error_bytes = 1 + 8 + no_context.size();              // code, category, context

/// Reads what CAF's serialiser writes; `failed` once anything does not fit.
struct payload_cursor {
  std::string_view rest;
  bool failed = false;

  std::string_view take(std::size_t n) {
    failed = failed || rest.size() < n;
    if (failed) return {};
    const auto taken = rest.substr(0, n);
    rest.remove_prefix(n);
    return taken;
  }
  /// Seven bits a byte, lowest first. Three bytes say more than any payload holds.
  std::size_t size() {
    std::size_t value = 0;
    for (int shift = 0; shift < 21; shift += 7) {
      const auto byte = take(1);
      if (failed) return 0;
      value |= static_cast<std::size_t>(byte[0] & 0x7f) << shift;
      if ((byte[0] & 0x80) == 0) return value;
    }
    failed = true;
    return 0;
  }
  void skip_strings() {
    for (auto n = size(); n > 0 && !failed; --n) take(size());
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (const char c : take(8)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  bool is_done() const { return !failed && rest.empty(); }
};

/// The actor that a server handshake offers; 0 when it is none, or no handshake.
std::uint64_t offered_actor(std::string_view payload) {
  payload_cursor at{payload};
  at.take(node_bytes);
  at.skip_strings();  // application names
  const auto actor = at.number();
  at.skip_strings();  // the actor's interface
  return at.is_done() ? actor : 0;
}

bool is_frame(std::string_view payload) {
  if (!payload.starts_with(frame_payload_start)) return false;
  payload_cursor at{payload.substr(frame_payload_start.size())};
  at.take(at.size());
  return at.is_done();
}

bool is_question_for_spawn_server(const basp_head& head) {
  constexpr std::uint32_t its_payload_bytes = 45;
  return head.operation == basp_operation::direct_message && head.flags == named_receiver && head.target == spawn_server &&
         head.payload_bytes == its_payload_bytes;
}

bool has_host_of(std::string_view node, const node_key& key) {
  return node.size() == node_bytes && node.starts_with(default_node_class) &&
         node.substr(host_offset, node_id_key_bytes) == key.view().substr(0, node_id_key_bytes);
}

}  // namespace

std::string_view name_of(basp_fault f) noexcept {
  switch (f) {
    case basp_fault::none: return "none";
    case basp_fault::wrong_order: return "wrong_order";
    case basp_fault::unknown: return "unknown";
    case basp_fault::routed: return "routed";
    case basp_fault::by_name: return "by_name";
    case basp_fault::too_long: return "too_long";
    case basp_fault::bad_handshake: return "bad_handshake";
    case basp_fault::other_node: return "other_node";
    case basp_fault::other_actor: return "other_actor";
    case basp_fault::other_sender: return "other_sender";
    case basp_fault::other_content: return "other_content";
  }
  return "none";
}

basp_fault basp_filter::received(std::string_view bytes, std::string& pass) {
  using step = basp_reader::step;
  while (fault_ == basp_fault::none) {
    const auto s = inbound_.read(bytes);
    if (s == step::wants_more) break;
    if (s == step::has_head) {
      fault_ = check_head(inbound_.head());
      continue;
    }
    auto passing = inbound_.message();
    fault_ = check_message(inbound_.head(), inbound_.payload(), passing);
    if (fault_ != basp_fault::none) break;
    ++(passing.empty() ? counts_.dropped : counts_.passed);
    pass.append(passing);
  }
  return fault_;
}

void basp_filter::sent(std::string_view bytes) {
  using step = basp_reader::step;
  while (!own_actor_) {  // later bytes tell nothing new
    const auto s = outbound_.read(bytes);
    if (s == step::wants_more) return;
    if (s == step::has_head) continue;
    const auto& head = outbound_.head();
    if (head.operation == basp_operation::server_handshake) own_actor_ = offered_actor(outbound_.payload());
    if (head.operation == basp_operation::direct_message && head.flags == 0) own_actor_ = head.source;
  }
}

basp_fault basp_filter::check_head(const basp_head& head) {
  if (head.operation > basp_operation::heartbeat || head.padding != 0) return basp_fault::unknown;
  const bool is_handshake = head.operation <= basp_operation::client_handshake;
  if (is_handshake) return check_handshake_head(head);
  if (handshakes_ == 0) return basp_fault::wrong_order;
  switch (head.operation) {
    case basp_operation::routed_message: return basp_fault::routed;
    case basp_operation::direct_message: return check_direct_head(head);
    case basp_operation::monitor_message:
      return head.payload_bytes == 2 * node_bytes && head.flags == 0 && head.data == 0 && head.source == 0 ? basp_fault::none : basp_fault::unknown;
    case basp_operation::down_message:
      if (head.flags != 0 || head.data != 0 || head.source == 0 || head.target != 0) return basp_fault::unknown;
      return head.payload_bytes == 2 * node_bytes + error_bytes ? basp_fault::none : basp_fault::other_content;
    default:
      return head.payload_bytes == 0 && head.flags == 0 && head.data == 0 && head.source == 0 && head.target == 0 ? basp_fault::none
                                                                                                                  : basp_fault::unknown;
  }
}

basp_fault basp_filter::check_handshake_head(const basp_head& head) {
  const bool of_server = head.operation == basp_operation::server_handshake;
  // A server greets once; a client once, and again to choose this connection.
  if (of_server != options_.is_dialled || handshakes_ >= (of_server ? 1 : 2)) return basp_fault::wrong_order;
  if (head.flags != (handshakes_ == 1 ? select_connection : 0)) return basp_fault::wrong_order;
  if (head.source != 0 || head.target != 0 || head.data != (of_server ? basp_version : 0)) return basp_fault::bad_handshake;
  return head.payload_bytes > options_.handshake_bytes_max ? basp_fault::too_long : basp_fault::none;
}

basp_fault basp_filter::check_direct_head(const basp_head& head) {
  if (is_question_for_spawn_server(head)) return basp_fault::none;
  if (head.flags != 0) return basp_fault::by_name;
  if (head.payload_bytes > options_.message_bytes_max) return basp_fault::too_long;
  if (!own_actor_ || head.target != *own_actor_) return basp_fault::other_actor;
  if (head.source == 0 || (peer_actor_ && head.source != *peer_actor_)) return basp_fault::other_sender;
  return head.data == asynchronous ? basp_fault::none : basp_fault::other_content;
}

basp_fault basp_filter::check_message(const basp_head& head, std::string_view payload, std::string_view& pass) {
  switch (head.operation) {
    case basp_operation::server_handshake: return check_server_handshake(payload);
    case basp_operation::client_handshake: return check_client_handshake(payload);
    case basp_operation::monitor_message:
    case basp_operation::down_message: return check_news(head, payload, pass);
    case basp_operation::direct_message: break;
    default: return basp_fault::none;
  }
  if (head.flags == named_receiver) {
    pass = {};
    return basp_fault::none;
  }
  if (!is_frame(payload)) return basp_fault::other_content;
  peer_actor_ = head.source;
  return basp_fault::none;
}

basp_fault basp_filter::check_server_handshake(std::string_view payload) {
  const auto actor = offered_actor(payload);
  if (actor == 0) return basp_fault::bad_handshake;
  if (!is_named_for_peer(payload.substr(0, node_bytes))) return basp_fault::other_node;
  peer_node_ = payload.substr(0, node_bytes);
  peer_actor_ = actor;
  ++handshakes_;
  return basp_fault::none;
}

basp_fault basp_filter::check_client_handshake(std::string_view payload) {
  if (payload.size() != node_bytes) return basp_fault::bad_handshake;
  if (!is_named_for_peer(payload)) return basp_fault::other_node;
  if (handshakes_ > 0 && !is_peer(payload)) return basp_fault::other_node;
  peer_node_ = payload;
  ++handshakes_;
  return basp_fault::none;
}

basp_fault basp_filter::check_news(const basp_head& head, std::string_view payload, std::string_view& pass) {
  if (!is_peer(payload.substr(0, node_bytes)) || !is_self(payload.substr(node_bytes, node_bytes))) return basp_fault::other_node;
  if (head.operation == basp_operation::down_message && !payload.ends_with(no_context)) return basp_fault::other_content;
  // An earlier link between the same two nodes may have left news about its own actors; they concern nobody any more.
  const bool is_of_this_link = head.operation == basp_operation::down_message ? peer_actor_ == head.source : own_actor_ == head.target;
  if (!is_of_this_link) pass = {};
  return basp_fault::none;
}

bool basp_filter::is_named_for_peer(std::string_view node) const {
  return has_host_of(node, options_.peer) || std::ranges::any_of(options_.peer_before, [&](const node_key& k) { return has_host_of(node, k); });
}
bool basp_filter::is_peer(std::string_view node) const { return node == peer_node_; }
bool basp_filter::is_self(std::string_view node) const { return has_host_of(node, options_.self); }

}  // namespace edgemesh::net
