// The content blobs that this node has, by hash, and which records use them. Those in use are never dropped; of the others the least
// recently used goes first. Pure; one owner. Bounded: `count` blobs, `bytes` in all; over that a new one is refused.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "domain/mesh_ids.hpp"

namespace edgemesh::replication {

struct content_shelf_limits {
  std::size_t count = 4096;
  std::size_t bytes = 256u << 20;
};

class content_shelf {
 public:
  explicit content_shelf(content_shelf_limits limits) : limits_(limits) {}

  /// The caller checked the hash. False: no room.
  bool keep(const content_hash& hash, std::string bytes);
  const std::string* find(const content_hash& hash) const;
  /// As find(), and it counts as a use now.
  const std::string* take_up(const content_hash& hash);

  /// The record of this key refers to this content from now on; the zero hash: to none.
  /// Answers the content that nothing uses any more; the zero hash: none.
  content_hash refer(std::uint64_t record_key, const content_hash& hash);
  bool is_in_use(const content_hash& hash) const { return uses_.contains(hash); }
  std::size_t count() const noexcept { return blobs_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct blob { std::string bytes; std::uint64_t used_at = 0; };
  bool drop_one();
  content_shelf_limits limits_;
  std::unordered_map<content_hash, blob> blobs_;
  std::unordered_map<content_hash, std::size_t> uses_;                // how many records
  std::unordered_map<std::uint64_t, content_hash> of_record_;
  std::size_t bytes_ = 0;
  std::uint64_t clock_ = 0;  // counts uses
};

}  // namespace edgemesh::replication
