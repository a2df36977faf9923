#include "resilience/limit_share.hpp"

#include <algorithm>

namespace edgemesh::resilience {

namespace {

/// FNV-1a (64 bits) and a last mixing, so that keys which differ in one bit stand far apart.
std::uint64_t mixed(std::uint64_t h) noexcept {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  return h ^ (h >> 33);
}
std::uint64_t fnv(std::uint64_t h, std::string_view bytes) noexcept {
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (h ^ 0) * 0x100000001b3ULL;  // and the byte 0, which ends each part
}

/// Equal parts; what is left over goes to the first in rank. With fewer who share nobody's part is less: that is what the safety of
/// two nodes with different views rests on.
int part_of(int limit, std::size_t sharers, std::size_t before) noexcept {
  const int n = static_cast<int>(sharers), rest = limit % n;
  return limit / n + (static_cast<int>(before) < rest ? 1 : 0);
}

struct division {
  int limit = 0;
  std::vector<std::uint64_t> ranks;  // of those who take part

  int part(std::uint64_t rank, bool takes_part) const noexcept {
    if (!takes_part) return 0;
    return part_of(limit, ranks.size(), static_cast<std::size_t>(std::count_if(ranks.begin(), ranks.end(), [rank](auto r) { return r < rank; })));
  }
};

division divide(const limit_share::view& v, std::uint64_t own_rank) {
  division d{v.limit, {}};
  if (v.takes_part) d.ranks.push_back(own_rank);
  for (const auto& o : v.others) {
    d.limit = std::min(d.limit, o.limit);  // configurations that differ: the strictest holds
    if (o.told.claim != 0) d.ranks.push_back(o.rank);
  }
  return d;
}

}  // namespace

std::uint64_t lister_rank(std::string_view id, const node_key& node, std::string_view backend) noexcept {
  return mixed(fnv(fnv(fnv(0xcbf29ce484222325ULL, id), node.view()), backend));
}

int limit_share::update(const view& v) {
  seen_.clear();
  for (const auto& o : v.others)
    if (o.told.claim != 0 && seen_.size() < listers_max) seen_.push_back(o.told.claim);
  std::sort(seen_.begin(), seen_.end());
  if (!v.takes_part) claim_ = 0;
  while (v.takes_part && claim_ == 0) claim_ = rng_.next();
  const auto parts = divide(v, rank_);
  if (parts.ranks.empty()) return target_ = share_;  // nobody could use it better
  target_ = parts.part(rank_, v.takes_part);
  share_ = std::min(share_, target_);
  if (!v.is_settled || share_ == target_) return share_;
  int room = target_;
  for (const auto& o : v.others) {
    if (!std::binary_search(o.told.seen.begin(), o.told.seen.end(), claim_)) return share_;
    room -= std::max(0, o.told.share - parts.part(o.rank, o.told.claim != 0));
  }
  return share_ = std::max(share_, room);
}

told_share limit_share::told(int inside) const { return {std::max(share_, inside), claim_, seen_}; }

}  // namespace edgemesh::resilience
