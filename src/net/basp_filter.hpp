// What may pass between a link and CAF's BASP broker. BASP trusts whoever is connected: it takes payloads of any length, lets a
// peer name registered actors, speak for other nodes, pass messages on to third ones, stop actors and make it remember
// things without end. So only this comes in:
//   handshakes, first, of the node that the link's TLS identity names;
//   frames to the one actor that our side of this link uses, from the one actor that theirs uses;
//   news about the end of these two actors; heartbeats.
// One stray message of honest nodes is dropped (CAF asks each node that it meets for its spawn server); everything else ends
// the link. Messages pass whole or not at all. Pure; one thread at a time; holds one message each way.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/mesh_ids.hpp"
#include "net/basp_reader.hpp"

namespace edgemesh::net {

/// A node's CAF id begins with so many bytes of its key, so that nobody speaks in another's name.
inline constexpr std::size_t node_id_key_bytes = 12;

/// Why a link was refused: the names of the counters.
enum class basp_fault : std::uint8_t {
  none,
  wrong_order,   ///< something else than a handshake first, or too many of them
  unknown,       ///< an operation that BASP does not have, or a head that its own check would refuse
  routed,        ///< a message for a third node
  by_name,       ///< an actor addressed by its name
  too_long,
  bad_handshake,
  other_node,    ///< a node id that is not the one of this link's peer, or not ours
  other_actor,   ///< a message to an actor that is not this link's
  other_sender,  ///< a message from a second actor, or from nobody
  other_content, ///< a message that is no frame
};
std::string_view name_of(basp_fault f) noexcept;

struct basp_filter_options {
  node_key self, peer;      ///< as their CAF ids name them; `self` as of the start of this process
  std::vector<node_key> peer_before{};  ///< keys that the peer had before: its process may have begun under one of them
  bool is_dialled = false;  ///< by this node: the peer speaks as BASP's server
  std::uint32_t handshake_bytes_max = 4u << 10;
  std::uint32_t message_bytes_max = 80u << 10;
};

struct basp_counts {
  std::uint64_t passed = 0;   ///< messages
  std::uint64_t dropped = 0;  ///< harmless ones that BASP need not see
};

class basp_filter {
 public:
  explicit basp_filter(const basp_filter_options& options) : options_(options) {}

  /// Bytes from the peer; appends to `pass` what BASP may read. Anything but `none` is final: the link must be closed.
  basp_fault received(std::string_view bytes, std::string& pass);
  /// Bytes that BASP sends; they are only looked at, to learn which actor of ours uses this link.
  void sent(std::string_view bytes);

  const basp_counts& counts() const noexcept { return counts_; }

 private:
  basp_fault check_head(const basp_head& head);
  basp_fault check_direct_head(const basp_head& head);
  basp_fault check_handshake_head(const basp_head& head);
  basp_fault check_message(const basp_head& head, std::string_view payload, std::string_view& pass);
  basp_fault check_server_handshake(std::string_view payload);
  basp_fault check_client_handshake(std::string_view payload);
  basp_fault check_news(const basp_head& head, std::string_view payload, std::string_view& pass);
  bool is_peer(std::string_view node) const;
  bool is_self(std::string_view node) const;
  bool is_named_for_peer(std::string_view node) const;

  basp_filter_options options_;
  basp_reader inbound_, outbound_;
  basp_fault fault_ = basp_fault::none;
  basp_counts counts_;
  int handshakes_ = 0;
  std::string peer_node_;                    // as in its handshake
  std::optional<std::uint64_t> own_actor_, peer_actor_;
};

/// What the payload of a frame begins with: no further receivers, an atom and a string, the atom "frame".
inline constexpr std::string_view frame_payload_start{"\0\0\0\x0e" "@<>+@atom+@str" "\0\0\0\x03\xeb\xde\x6c\xaa", 26};

}  // namespace edgemesh::net
