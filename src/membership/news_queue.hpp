// About whom there is news to tell. Each subject stands in it at most once: newer news about it starts over (memberlist's
// transmit-limited queue), so what is told is always the newest that is known. What was told least often comes first, among those
// the newest. Subjects are named by their slots in the member table. One thread. At most one entry per member.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace edgemesh::membership {

/// mult x ceil(log10(n + 1)): how often a node tells one piece of news.
int retransmits_of(int mult, std::size_t members) noexcept;

class news_queue {
 public:
  /// As if it had been told so many times already.
  void add(std::uint32_t subject, std::size_t told = 0);
  void erase(std::uint32_t subject);
  /// The next subjects that fit into `room`; each counts as told once more and is forgotten after `limit` times. `size_of` says
  /// how much room a subject needs; null: one.
  std::vector<std::uint32_t> take(std::size_t room, int limit, const std::function<std::size_t(std::uint32_t)>& size_of = nullptr);
  /// Is there news that was told fewer than so many times?
  bool has_fresh(int times);
  bool has(std::uint32_t subject) const noexcept { return subject < generations_.size() && generations_[subject] != 0; }
  bool is_empty() const noexcept { return live_ == 0; }
  std::size_t size() const noexcept { return live_; }

 private:
  struct token { std::uint32_t subject; std::uint64_t generation; };
  bool is_valid(const token& t) const noexcept { return generations_[t.subject] == t.generation; }
  void tidy();
  std::vector<std::uint64_t> generations_;            // [subject]; 0: no news. Tokens of older generations are void
  std::vector<std::vector<token>> told_;              // [times told]; the newest last
  std::uint64_t generation_ = 0;
  std::size_t tokens_ = 0, live_ = 0;
};

}  // namespace edgemesh::membership
