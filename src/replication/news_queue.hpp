// Which records are news, whom they are sent to and when. Each record goes whole to a few neighbours at once; a little later, after a
// random delay, the other neighbours that are not known to have it by then get its key and version alone (some 25 bytes instead of 300)
// and ask for it if they lack it. So redundancy costs little, and loss and odd topologies (a node behind one hub) are still covered.
// Who brought a record, or announced it, is not told it. A newer version replaces an older one. Pure; one owner.
// Bounded: items_max records, the oldest dropped first (digests mend that).
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::replication {

enum class spread : std::uint8_t {
  at_once,    ///< whole to every neighbour, now; announced to all a little later, in case that was lost (who belongs to the mesh)
  to_all,     ///< whole to every neighbour with the next push (our own news in a small mesh: everybody is a neighbour)
  to_some,    ///< whole to `fanout` neighbours, announced to the others
  announced,  ///< announced only
};

struct news_options {
  milliseconds push_interval{100};  ///< at least this long between pushes; the first one after a pause goes at once
  int fanout = 2;
  std::size_t items_max = 8192;
};

class news_queue {
 public:
  struct delivery { node_key to; std::vector<std::uint64_t> push, announce; };

  explicit news_queue(news_options options) : options_(options) {}
  /// `from` brought it; the zero key: nobody did.
  void add(std::uint64_t key, spread how, const node_key& from, instant now, random_source& rng);
  /// This neighbour has the version that is here.
  void known_to(std::uint64_t key, const node_key& who);
  void forget(std::uint64_t key) { items_.erase(key); }
  /// What is to be sent now, at most one delivery per neighbour.
  std::vector<delivery> take_due(instant now, std::span<const node_key> neighbours, random_source& rng);
  instant next_due() const noexcept;
  std::size_t size() const noexcept { return items_.size(); }
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct item {
    spread how = spread::announced;
    std::uint64_t serial = 0;      // of arrival
    bool is_pushed = false;
    instant announce_at{};
    std::vector<node_key> known_to;
  };
  bool is_due(const item& i, instant now, bool is_push_due) const noexcept;
  std::vector<node_key> targets_of(const item& i, std::span<const node_key> neighbours, random_source& rng) const;
  void drop_oldest();
  instant some_later(instant now, random_source& rng) const;

  news_options options_;
  std::map<std::uint64_t, item> items_;  // by record key
  std::uint64_t serial_ = 0, dropped_ = 0;
  instant next_push_{};
};

}  // namespace edgemesh::replication
