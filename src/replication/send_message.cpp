#include "replication/send_message.hpp"

#include <algorithm>

namespace edgemesh::replication {

std::vector<proto::records> in_frames(std::vector<std::string> raw) {
  std::vector<proto::records> messages;
  std::size_t bytes = 0;
  for (auto& r : raw) {
    const bool is_full = !messages.empty() && (bytes + r.size() > records_bytes_max || messages.back().raw.size() >= proto::records_max);
    if (messages.empty() || is_full) {
      messages.emplace_back();
      bytes = 0;
    }
    bytes += r.size() + 3;  // msgpack's head of up to 64 KiB of bytes
    messages.back().raw.push_back(std::move(r));
  }
  return messages;
}

std::vector<proto::want> in_wants(const std::vector<std::uint64_t>& keys) {
  std::vector<proto::want> messages;
  for (std::size_t at = 0; at < keys.size(); at += proto::bucket_keys_max) {
    const auto end = std::min(at + proto::bucket_keys_max, keys.size());
    messages.push_back({{keys.begin() + static_cast<std::ptrdiff_t>(at), keys.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
  return messages;
}

std::vector<proto::bucket_keys> in_announcements(const std::vector<proto::key_version>& keys) {
  std::vector<proto::bucket_keys> messages;
  for (std::size_t at = 0; at < keys.size(); at += proto::bucket_keys_max) {
    const auto end = std::min(at + proto::bucket_keys_max, keys.size());
    messages.push_back({0, true, {keys.begin() + static_cast<std::ptrdiff_t>(at), keys.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
  return messages;
}

}  // namespace edgemesh::replication
