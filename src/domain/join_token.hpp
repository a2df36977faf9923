// The one-time token that `edgemesh mesh invite` prints and `edgemesh serve --join` reads: which mesh, who invited, where that node
// is reached, and the secret that is redeemed there. A plain value; the text form is checked strictly, with words for people,
// because tokens are copied by hand. Whoever holds the text may join until it ends: it is never logged. Any thread.
//
// Text: "emj1_" + base64url without padding of these bytes, integers big-endian:
//   u8 version 1 | 16 mesh | 32 founding | 32 inviter | 8 id | 32 key | i64 expires_at | u8 n | n x (u8 length, "H:P") | u32 CRC-32
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/network_address.hpp"

namespace edgemesh {

using join_token_id = byte_name<struct join_token_id_tag, 8>;  ///< random; names the token in logs and at its inviter

struct join_token {
  static constexpr std::size_t key_bytes = 32, addresses_max = 4, address_bytes_max = 128, text_max = 1024;

  mesh_id mesh;
  content_hash founding;             ///< of the mesh's founding record
  node_key inviter;                  ///< the only node that redeems it
  join_token_id id;
  secret key;                        ///< key_bytes random bytes
  std::vector<host_port> addresses;  ///< of the inviter's listen.peer, 1..addresses_max, in the order to try
  std::int64_t expires_at = 0;       ///< Unix seconds
  friend bool operator==(const join_token&, const join_token&) = default;
};

/// The token within its bounds (key_bytes, addresses_max, address_bytes_max) as one line.
secret write_join_token(const join_token& token);
/// White space around the text is ignored. Errors are for the person who pasted it, and never repeat it: no token at all, mistyped
/// or cut off, of a later version. Whether it has ended is asked for by itself: is_expired().
result<join_token> read_join_token(std::string_view text);
/// By the joiner's own clock, with `grace_s` for clocks that differ: the inviter decides by its own.
bool is_expired(const join_token& token, std::int64_t now_unix_s, std::int64_t grace_s = 300) noexcept;

}  // namespace edgemesh
