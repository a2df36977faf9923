// What passes from a link to BASP does not depend on where its bytes were cut, and is nothing but whole messages of the kinds
// that the mesh uses.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "net/basp_filter.hpp"
#include "tests/support/basp_bytes.hpp"

using namespace edgemesh;
using net::basp_fault;
using net::basp_filter;

namespace {

constexpr std::uint64_t our_actor = 6, their_actor = 9;
constexpr std::uint32_t message_bytes_max = 512;  // small, so that short inputs reach it

node_key key_of(std::uint8_t b) {
  node_key key;
  key.bytes.fill(b);
  return key;
}
const node_key self = key_of(1), peer = key_of(2);

struct outcome {
  std::string passed;
  basp_fault fault = basp_fault::none;
  friend bool operator==(const outcome&, const outcome&) = default;
};

/// Bits of `mode`: who dialled; whether the handshakes are done already.
outcome run(std::uint8_t mode, std::string_view stream, std::size_t piece) {
  const bool is_dialled = (mode & 1) != 0;
  basp_filter filter({.self = self, .peer = peer, .is_dialled = is_dialled, .handshake_bytes_max = 256, .message_bytes_max = message_bytes_max});
  filter.sent(is_dialled ? testing::frame_message(our_actor, their_actor, "hello").bytes() : testing::server_handshake(self, our_actor).bytes());
  outcome o;
  if ((mode & 2) != 0)
    filter.received(is_dialled ? testing::server_handshake(peer, their_actor).bytes() : testing::client_handshake(peer).bytes(), o.passed);
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    const auto part = stream.substr(0, piece);
    const std::unique_ptr<char[]> copy(new char[part.size()]);  // the sanitizer sees each read behind it
    std::memcpy(copy.get(), part.data(), part.size());
    o.fault = filter.received({copy.get(), part.size()}, o.passed);
  }
  return o;
}

void check_passed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (bytes.size() < net::basp_head_bytes) std::abort();
    const auto head = net::read_basp_head(bytes);
    const auto size = net::basp_head_bytes + head.payload_bytes;
    if (head.payload_bytes > message_bytes_max || bytes.size() < size) std::abort();
    if (head.operation == net::basp_operation::routed_message || head.operation > net::basp_operation::heartbeat) std::abort();
    if (head.operation == net::basp_operation::direct_message &&
        (head.flags != 0 || head.target != our_actor || !bytes.substr(net::basp_head_bytes).starts_with(net::frame_payload_start)))
      std::abort();
    bytes.remove_prefix(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 1u << 13) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = run(data[0], stream, stream.size());
  check_passed(whole.passed);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 61})
    if (run(data[0], stream, piece) != whole) std::abort();
  return 0;
}
