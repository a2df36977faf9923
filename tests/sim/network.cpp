#include "tests/sim/network.hpp"

#include <cmath>

namespace edgemesh::sim {
namespace {

std::int64_t time_on(const link_quality& q, random_source& chance) {
  auto taken = static_cast<double>(q.latency.count()) - std::log1p(-chance.uniform()) * static_cast<double>(q.jitter.count());
  if (q.reordering > 0 && chance.uniform() < q.reordering) taken += chance.uniform() * static_cast<double>(q.reordering_delay.count());
  return static_cast<std::int64_t>(taken);
}

}  // namespace

std::vector<arrival>& network::carry(std::uint32_t from, std::uint32_t to, random_source& chance) {
  arrivals_.clear();
  if (is_cut(from, to)) return arrivals_;
  const link_quality& q = quality(from, to);
  const int copies = q.duplication > 0 && chance.uniform() < q.duplication ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    if (q.loss > 0 && chance.uniform() < q.loss) continue;
    arrivals_.push_back({time_on(q, chance), q.corruption > 0 && chance.uniform() < q.corruption});
  }
  return arrivals_;
}

}  // namespace edgemesh::sim
