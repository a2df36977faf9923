// Whether a key may enter, for TLS handshakes on any thread: a view that is replaced as a whole whenever the roster changes. The mutex
// covers the copy of one pointer.
#pragma once
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "net/mesh_tls.hpp"

namespace edgemesh::actors {

class member_gate {
 public:
  struct view {
    std::map<node_key, node_key> members;              ///< each key that may enter, and the one that its node is known by
    std::map<node_key, std::vector<node_key>> former;  ///< of nodes that had other keys before: those
    std::map<node_key, key_standing> refused;          ///< keys of which is known why they may not
    friend bool operator==(const view&, const view&) = default;
  };
  void replace(view next) {
    auto made = std::make_shared<const view>(std::move(next));
    const std::lock_guard guard(mutex_);
    view_.swap(made);
  }
  std::shared_ptr<const view> now() const {
    const std::lock_guard guard(mutex_);
    return view_;
  }
  net::entry_verdict verdict(const node_key& key) const {
    const auto v = now();
    if (const auto at = v->members.find(key); at != v->members.end())
      return {key_standing::member, at->second == key ? std::nullopt : std::optional(at->second)};
    const auto at = v->refused.find(key);
    return at == v->refused.end() ? key_standing::unknown : at->second;
  }
  /// The key that the node of `key` is known by.
  node_key known_as(const node_key& key) const { return verdict(key).known_as.value_or(key); }
  std::vector<node_key> former_of(const node_key& key) const {
    const auto v = now();
    const auto at = v->former.find(key);
    return at == v->former.end() ? std::vector<node_key>{} : at->second;
  }

  void count_refusal(key_standing s) noexcept { refusals_[static_cast<std::size_t>(s)].fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t refusals(key_standing s) const noexcept { return refusals_[static_cast<std::size_t>(s)].load(std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const view> view_ = std::make_shared<const view>();
  std::array<std::atomic<std::uint64_t>, 5> refusals_{};
};

}  // namespace edgemesh::actors
