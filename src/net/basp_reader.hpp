// Cuts the byte stream of BASP, the protocol of CAF 0.17.6, into messages: a head of 32 bytes, big-endian, and a payload whose
// length the head announces. Takes any split of the bytes; holds one message at most. Pure; one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace edgemesh::net {

enum class basp_operation : std::uint8_t {
  server_handshake = 0,  ///< who accepted, and the actor that it offers
  client_handshake = 1,  ///< who dialled; said again once the server's is read
  direct_message = 2,
  routed_message = 3,    ///< for a third node
  monitor_message = 4,   ///< the sender wants to hear of an actor's end
  down_message = 5,      ///< that end
  heartbeat = 6,
};

struct basp_head {
  basp_operation operation{};
  std::uint16_t padding = 0;
  std::uint8_t flags = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t data = 0;    ///< handshake: protocol version; message: its id
  std::uint64_t source = 0;  ///< actor ids; 0: nobody
  std::uint64_t target = 0;
};
inline constexpr std::size_t basp_head_bytes = 32;
/// Of exactly basp_head_bytes bytes.
basp_head read_basp_head(std::string_view bytes) noexcept;

class basp_reader {
 public:
  /// Consumes from the front of `bytes` and stops once a head is complete, once its message is, or when nothing is left.
  /// Nothing is held of a payload before the caller has seen its head.
  enum class step : std::uint8_t { wants_more, has_head, has_message };
  step read(std::string_view& bytes);

  const basp_head& head() const noexcept { return head_; }
  /// Head and payload, after has_message, until the next read().
  std::string_view message() const noexcept { return held_; }
  std::string_view payload() const noexcept { return std::string_view(held_).substr(basp_head_bytes); }

 private:
  void take(std::string_view& bytes, std::size_t until);
  std::string held_;
  basp_head head_;
  bool has_head_ = false;
  bool is_over_ = false;  // held_ was shown as a whole message
};

}  // namespace edgemesh::net
