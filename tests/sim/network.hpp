// What the simulated network does to a message: how long it takes, whether it is lost, doubled, overtaken or damaged, and who can
// reach whom. Our links are TLS over TCP, where loss shows as delay or a broken link; loss of single messages is harsher than
// that, and what the published detectors are measured with. One thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"

namespace edgemesh::sim {

struct link_quality {
  nanoseconds latency{microseconds{200}};   ///< at least
  nanoseconds jitter{microseconds{100}};    ///< mean of what is added, exponentially distributed
  double loss = 0, duplication = 0, corruption = 0;
  double reordering = 0;                    ///< share that takes `reordering_delay` longer, so that later messages overtake
  nanoseconds reordering_delay{milliseconds{20}};
};

/// One copy that arrives.
struct arrival {
  std::int64_t after = 0;  ///< nanoseconds
  bool is_damaged = false;
};

class network {
 public:
  static constexpr std::size_t groups_max = 8;

  network(std::size_t nodes, std::vector<std::uint32_t> site_of, link_quality within_site, link_quality between_sites)
      : site_of_(std::move(site_of)), group_of_(nodes, 0), own_(nodes), near_(within_site), far_(between_sites) {}

  /// Zero, one or two copies.
  std::vector<arrival>& carry(std::uint32_t from, std::uint32_t to, random_source& chance);
  bool is_cut(std::uint32_t from, std::uint32_t to) const noexcept { return cut_[group_of_[from]][group_of_[to]]; }

  void set_quality(link_quality within_site, link_quality between_sites) {
    near_ = within_site;
    far_ = between_sites;
  }
  link_quality within_site() const noexcept { return near_; }
  link_quality between_sites() const noexcept { return far_; }
  /// Everything that this node sends and receives, instead of the quality of its site.
  void set_own_quality(std::uint32_t node, std::optional<link_quality> q) { own_[node] = q; }
  void put_in_group(std::uint32_t node, std::size_t group) { group_of_[node] = static_cast<std::uint8_t>(group); }
  /// One way only; call it twice for a partition.
  void cut(std::size_t from_group, std::size_t to_group) { cut_[from_group][to_group] = true; }
  /// Undoes every cut.
  void heal() { cut_ = {}; }

 private:
  const link_quality& quality(std::uint32_t from, std::uint32_t to) const noexcept {
    if (own_[from]) return *own_[from];
    if (own_[to]) return *own_[to];
    return site_of_[from] == site_of_[to] ? near_ : far_;
  }
  std::vector<std::uint32_t> site_of_;
  std::vector<std::uint8_t> group_of_;
  std::vector<std::optional<link_quality>> own_;
  std::array<std::array<bool, groups_max>, groups_max> cut_{};
  link_quality near_, far_;
  std::vector<arrival> arrivals_;
};

}  // namespace edgemesh::sim
