#include "net/basp_reader.hpp"

#include <algorithm>

namespace edgemesh::net {

namespace {

constexpr std::size_t kept_bytes_max = 4096;  // of an idle link's buffer

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace

basp_head read_basp_head(std::string_view bytes) noexcept {
  basp_head head;
  head.operation = static_cast<basp_operation>(bytes[0]);
  head.padding = static_cast<std::uint16_t>(big_endian(bytes.substr(1, 2)));
  head.flags = static_cast<std::uint8_t>(bytes[3]);
  head.payload_bytes = static_cast<std::uint32_t>(big_endian(bytes.substr(4, 4)));
  head.data = big_endian(bytes.substr(8, 8));
  head.source = big_endian(bytes.substr(16, 8));
  head.target = big_endian(bytes.substr(24, 8));
  return head;
}

void basp_reader::take(std::string_view& bytes, std::size_t until) {
  const auto n = std::min(bytes.size(), until - held_.size());
  held_.append(bytes.substr(0, n));
  bytes.remove_prefix(n);
}

basp_reader::step basp_reader::read(std::string_view& bytes) {
  if (is_over_) {
    held_.clear();
    if (held_.capacity() > kept_bytes_max) held_.shrink_to_fit();
    has_head_ = is_over_ = false;
  }
  if (!has_head_) {
    take(bytes, basp_head_bytes);
    if (held_.size() < basp_head_bytes) return step::wants_more;
    head_ = read_basp_head(held_);
    has_head_ = true;
    return step::has_head;
  }
  take(bytes, basp_head_bytes + head_.payload_bytes);
  if (held_.size() < basp_head_bytes + head_.payload_bytes) return step::wants_more;
  is_over_ = true;
  return step::has_message;
}

}  // namespace edgemesh::net
