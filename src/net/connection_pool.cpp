#include "net/connection_pool.hpp"

namespace edgemesh::net {

std::unique_ptr<upstream_connection> connection_pool::take(std::uint64_t pool_key) {
  const auto found = idle_.find(pool_key);
  if (found == idle_.end()) return nullptr;
  auto& list = found->second;
  while (!list.empty()) {
    auto connection = std::move(list.back().connection);
    list.pop_back();
    --count_;
    if (connection->is_reusable()) return connection;
  }
  return nullptr;
}

void connection_pool::give_back(std::uint64_t pool_key, std::unique_ptr<upstream_connection> connection, instant now) {
  auto& list = idle_[pool_key];
  if (count_ >= options_.idle_max || list.size() >= options_.idle_per_target_max) return;
  list.push_back({std::move(connection), now});
  ++count_;
  if (!sweeper_) sweeper_ = std::make_unique<sweeper>(ticks_, *this);
}

void connection_pool::drop_older_than(instant limit) {
  for (auto it = idle_.begin(); it != idle_.end();) {
    auto& list = it->second;
    std::size_t old = 0;
    while (old < list.size() && list[old].since < limit) ++old;
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(old));
    count_ -= old;
    it = list.empty() ? idle_.erase(it) : std::next(it);
  }
  if (count_ == 0) sweeper_.reset();  // destroys the caller's object last; nothing of it is touched after this line
}

}  // namespace edgemesh::net
