// Whether a key belongs to a member, for TLS handshakes on any thread: a set that is replaced as a whole whenever the roster changes. The
// mutex covers the copy of one pointer.
#pragma once
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

class member_gate {
 public:
  using keys = std::set<node_key>;
  void replace(keys members) {
    auto next = std::make_shared<const keys>(std::move(members));
    const std::lock_guard guard(mutex_);
    members_.swap(next);
  }
  bool may_enter(const node_key& key) const {
    std::unique_lock guard(mutex_);
    const auto now = members_;
    guard.unlock();
    return now->contains(key);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const keys> members_ = std::make_shared<const keys>();
};

}  // namespace edgemesh::actors
