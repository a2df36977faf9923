// About whom there is news to tell. Each subject stands in it at most once: newer news about it starts over (memberlist's
// transmit-limited queue), so what is told is always the newest that is known. What was told least often comes first, among those
// the newest. One thread. At most one entry per member.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "domain/mesh_ids.hpp"

namespace edgemesh::membership {

/// mult x ceil(log10(n + 1)): how often a node tells one piece of news.
int retransmits_of(int mult, std::size_t members) noexcept;

class news_queue {
 public:
  void add(const node_key& subject);
  void erase(const node_key& subject) { live_.erase(subject); }
  /// The next `count` subjects; each counts as told once more and is forgotten after `limit` times.
  std::vector<node_key> take(std::size_t count, int limit);
  bool is_empty() const noexcept { return live_.empty(); }
  std::size_t size() const noexcept { return live_.size(); }

 private:
  struct token { node_key subject; std::uint64_t generation; };
  void tidy();
  std::unordered_map<node_key, std::uint64_t> live_;  // subject -> generation; tokens of older generations are void
  std::vector<std::vector<token>> told_;              // [times told]; the newest last
  std::uint64_t generation_ = 0;
  std::size_t tokens_ = 0;
};

}  // namespace edgemesh::membership
