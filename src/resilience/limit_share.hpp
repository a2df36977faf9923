// This node's share of the limit of a backend that several nodes list under one id. Each lister lets at most its share go by its own
// connection and tells the others how much it uses; shares are divided anew when listers come, fail and return, so that all of them
// together never exceed the limit and no lister's death loses capacity (docs/decisions/0019-shares-of-one-limit.md). Pure; one owner.
//
// What keeps the sum: a share is lowered at once, but what is told stays above it while requests are inside; it is raised only when every
// other living lister tells no more than its own part, and that it has seen the claim on which this node raises it.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random_source.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::resilience {

/// What a lister tells about its share.
struct told_share {
  int share = 0;                     ///< it has no more than this inside
  std::uint64_t claim = 0;           ///< names its wish to take part, from when it could serve to when it cannot; 0: it takes no part now
  std::vector<std::uint64_t> seen;   ///< the claims of all others that it knows, at most `listers_max`; ascending
  friend bool operator==(const told_share&, const told_share&) = default;
};

/// The order in which listers get what division leaves over: by this number, the lower first. The same on all nodes.
std::uint64_t lister_rank(std::string_view id, const node_key& node, std::string_view backend) noexcept;

struct other_lister {
  std::uint64_t rank = 0;
  int limit = 0;                     ///< as configured there
  told_share told;
};

class limit_share {
 public:
  static constexpr std::size_t listers_max = 128;

  struct view {
    int limit = 1;                   ///< as configured here
    bool takes_part = true;          ///< the backend can be served from here: healthy, not draining
    bool is_settled = true;          ///< every lister would be known by now
    std::vector<other_lister> others;  ///< who live and divide; a dead one's share is nobody's
  };

  limit_share(std::uint64_t rank, std::uint64_t seed) : rank_(rank), rng_(seed) {}
  /// How many requests may go by this node's own connection now.
  int update(const view& v);
  /// What others are to be told; `inside` as of the moment at which the limit that update() gave took effect, or later.
  told_share told(int inside) const;
  /// Not all that this node could have: others are still inside, or have not seen its claim.
  bool is_waiting() const noexcept { return share_ < target_; }

 private:
  const std::uint64_t rank_;
  random_source rng_;
  std::uint64_t claim_ = 0;
  std::vector<std::uint64_t> seen_;
  int share_ = 0, target_ = 0;
};

}  // namespace edgemesh::resilience
